"""Sentences read by a model, once per norm, with every layer kept.

    text_trace(texts, used=..., branches=..., placement=..., longest=...) -> (TextTrace, ...)
    sentence_trace(text, branches=..., ...) -> (SentenceTrace, ...)      one sentence, no padding

The answers are on the CPU, whatever device ran; `TextTrace.device` names it.
"""

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from contranorm.attaching import attach
from contranorm.norms import NORMS
from contranorm.placements import Placement
from contranorm.tracing import trace
from models.branch import Branch
from models.loading import Pretrained
from models.pretrained import minilm
from models.together import together
from models.word_pieces import LONGEST, Pieces, word_pieces


@dataclass(frozen=True, eq=False)
class SentenceTrace:
    """One sentence through the first k layers, with one norm.

    `tokens` are the word pieces, the special ones included and named; `dropped` is how many
    pieces at the end did not fit.
    """

    branch: Branch
    tokens: tuple[str, ...]
    dropped: int
    hidden: Float[Tensor, "layers_and_input n d"]
    attention: Float[Tensor, "layers heads n n"]


@dataclass(frozen=True, eq=False)
class TextTrace:
    """Several sentences through one model as one padded batch, with one norm.

    `mask` is True at real pieces; what stands at the others means nothing. `attention` is None
    if it was not asked for.
    """

    branch: Branch
    texts: tuple[Pieces, ...]
    mask: Bool[Tensor, "b n"]
    hidden: Float[Tensor, "layers_and_input b n d"]
    attention: Float[Tensor, "layers b heads n n"] | None
    device: str

    def sentence(self, index: int) -> SentenceTrace:
        """Give one sentence alone, without its padding.

        Raises:
            ValueError: If the attention maps were not kept.
        """
        if self.attention is None:
            raise ValueError("a sentence has its attention maps; trace with attention=True")
        pieces = self.texts[index]
        n = len(pieces)
        return SentenceTrace(
            self.branch,
            pieces.names,
            pieces.dropped,
            self.hidden[:, index, :n],
            self.attention[:, index, :, :n, :n],
        )


def text_trace(
    texts: Sequence[str],
    *,
    used: Pretrained,
    branches: Sequence[Branch] = (Branch(),),
    placement: Placement | None = None,
    longest: int = LONGEST,
    attention: bool = True,
    causal: bool | None = None,
) -> tuple[TextTrace, ...]:
    """Read sentences once per branch, as one batch, and keep every layer of each.

    Padding is at the right and hidden from the model and from the norms.

    Args:
        texts: At least one.
        used: The model, from `models.registry` or `models.loading`.
        branches: The norms to compare; `Branch()` is the model as it was published.
        placement: Where in each layer the norm goes; the usual place of its family when None.
        longest: Word pieces that are kept of each text, the special ones included.
        attention: Keep the attention maps too.
        causal: Whether a token may be repelled by earlier ones only; as the model's family
            asks when None.

    Raises:
        ValueError: For no text, an unknown norm, or a placement that the family lacks.
    """
    if not texts:
        raise ValueError("at least one text must be read; got none")
    pieces = tuple(word_pieces(text, used, longest=longest) for text in texts)
    ids, mask = padded(pieces, used)
    inputs = {"input_ids": ids.to(used.device.torch)}
    if not bool(mask.all()):
        inputs["attention_mask"] = mask.long().to(used.device.torch)

    def run(branch: Branch) -> TextTrace:
        with torch.inference_mode(), _attached(used, branch, placement, causal):
            seen = trace(used.model, inputs, attention=attention)
        maps = None if seen.attention is None else seen.attention.cpu()
        return TextTrace(branch, pieces, mask, seen.hidden.cpu(), maps, used.device.name)

    return together(run, branches)


def sentence_trace(
    text: str,
    *,
    branches: Sequence[Branch] = (Branch(),),
    depth: int | None = None,
    placement: Placement | None = None,
    pretrained: Pretrained | None = None,
    longest: int = LONGEST,
) -> tuple[SentenceTrace, ...]:
    """Read one sentence once per branch, and keep the first layers of each.

    Args:
        text: Any text; past `longest` word pieces the rest is dropped and counted. Empty text
            is the model's special tokens alone.
        branches: The norms to compare; `Branch()` is the model as it was published.
        depth: Its first `depth` layers; all of them when None.
        placement: Where in each layer the norm goes; the usual place of its family when None.
        pretrained: A loaded model; `minilm()` when None.
        longest: Word pieces that are kept, the special ones included.

    Raises:
        ModelUnavailable: If the model is not on this machine.
        ValueError: For a depth the model does not have or an unknown norm.
    """
    used = minilm() if pretrained is None else pretrained
    count = used.depth if depth is None else depth
    if not 1 <= count <= used.depth:
        raise ValueError(f"depth must be from 1 to {used.depth} layers; got {depth}")
    runs = text_trace([text], used=used, branches=branches, placement=placement, longest=longest)
    whole = [run.sentence(0) for run in runs]
    return tuple(
        SentenceTrace(run.branch, run.tokens, run.dropped, *_first_layers(run, count))
        for run in whole
    )


def padded(
    pieces: Sequence[Pieces], used: Pretrained
) -> tuple[Int[Tensor, "b n"], Bool[Tensor, "b n"]]:
    """Put texts of different lengths into one table of ids, and say which of them are real."""
    longest = max(len(one) for one in pieces)
    config: Any = used.model.config
    filler = getattr(used.tokenizer, "pad_token_id", None) or 0
    filler = filler if filler < config.vocab_size else 0
    ids = torch.full((len(pieces), longest), filler)
    mask = torch.zeros(len(pieces), longest, dtype=torch.bool)
    for row, one in enumerate(pieces):
        ids[row, : len(one)] = torch.tensor(one.ids)
        mask[row, : len(one)] = True
    return ids, mask


def applied(branch: Branch) -> Any:
    """Give a branch's norm as one function of the tokens.

    Raises:
        ValueError: For an unknown norm.
    """
    if branch.norm not in NORMS:
        raise ValueError(f"norm must be one of {', '.join(NORMS)}; got {branch.norm!r}")
    settings: dict[str, Any] = dict(branch.settings)
    return partial(
        NORMS[branch.norm], scale=branch.scale, temperature=branch.temperature, **settings
    )


def _attached(
    used: Pretrained, branch: Branch, placement: Placement | None, causal: bool | None
) -> AbstractContextManager[None]:
    norm = applied(branch)
    if branch.norm == "none":
        return nullcontext()
    return attach(used.model, norm, placement=placement, causal=causal)


def _first_layers(run: SentenceTrace, count: int) -> tuple[Tensor, Tensor]:
    return run.hidden[: count + 1], run.attention[:count]  # layers do not depend on later ones
