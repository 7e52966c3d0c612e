"""The lab's own graded sentence pairs, and sentences as single vectors.

sentence_pairs() -> (SentencePair, ...)              75 of them; see data/sentence_pairs.md
read_pairs(used, branch, placement=...) -> TextTrace  all their sentences, as one batch
sentence_embeddings(run) -> (b, d)
"""

import csv
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from weakref import WeakKeyDictionary

from jaxtyping import Float
from torch import Tensor

from contranorm.masks import token_mean
from contranorm.placements import Placement
from models.branch import Branch
from models.loading import Pretrained
from models.reading import TextTrace, text_trace

DATA = Path(__file__).parent / "data" / "sentence_pairs.csv"

_unchanged: WeakKeyDictionary[Pretrained, TextTrace] = WeakKeyDictionary()


@dataclass(frozen=True)
class SentencePair:
    """Two sentences; grade 4 is one meaning, 0 is nothing in common but perhaps words."""

    grade: int
    first: str
    second: str


@lru_cache(maxsize=1)
def sentence_pairs() -> tuple[SentencePair, ...]:
    """Read the pairs, fifteen of each grade from 4 down to 0.

    >>> len(sentence_pairs())
    75
    """
    with DATA.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    return tuple(SentencePair(int(row["grade"]), row["first"], row["second"]) for row in rows)


def read_pairs(
    used: Pretrained, branch: Branch, *, placement: Placement | None = None
) -> TextTrace:
    """Read all first and then all second sentences of the pairs with one norm, as one batch.

    What the model makes of them without a norm is remembered for as long as the model is.

    Args:
        used: The model.
        branch: The norm; `Branch()` for none.
        placement: Where it goes; the usual place of the model's family when None.
    """
    if branch.norm == "none" and used in _unchanged:
        return _unchanged[used]
    pairs = sentence_pairs()
    texts = [pair.first for pair in pairs] + [pair.second for pair in pairs]
    (run,) = text_trace(texts, used=used, branches=[branch], placement=placement, attention=False)
    if branch.norm == "none":
        _unchanged[used] = run
    return run


def sentence_embeddings(run: TextTrace) -> Float[Tensor, "b d"]:
    """Average what left the last layer over the real pieces, the special ones included.

    It is how all-MiniLM-L6-v2 makes its sentence embeddings (its 1_Pooling/config.json), up to
    their length. For other models it is one choice among several.
    """
    return token_mean(run.hidden[-1], run.mask.unsqueeze(-1)).squeeze(-2)
