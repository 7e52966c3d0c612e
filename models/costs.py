"""What a norm costs a model that was trained without it, on the lab's sentence pairs.

norm_cost(used, branch, placement=...) -> NormCost
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from jaxtyping import Float
from numpy.typing import NDArray
from torch import Tensor

from contranorm.placements import Placement
from models.branch import Branch
from models.loading import Pretrained
from models.sentence_pairs import read_pairs, sentence_embeddings, sentence_pairs

SIMILAR, DISSIMILAR = 3, 1  # grades from, and up to
RESAMPLES = 1000
SIDES = (2.5, 97.5)  # percentiles: a range that 95 of 100 resamples fall into
Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class Range:
    """A number, and where 95 of 100 bootstrap resamples of the pairs put it."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Ranking:
    """How well a model's cosines order the pairs.

    `spearman` is the rank correlation with the grades: 1 is the same order, 0 none. `ordered`
    is the share of all (similar, dissimilar) pairs of pairs in which the similar one has the
    higher cosine, level ones counting half: 1 is every one, 0.5 is guessing.
    """

    spearman: Range
    ordered: Range


@dataclass(frozen=True)
class NormCost:
    """The ranking without and with a norm, and how far it moved the sentences.

    `change` is with minus without, on the same resamples: a range with 0 in it says nothing
    either way. `similarity` has the mean, lowest and highest cosine of a sentence's embedding
    with the norm to the one without: 1 is unmoved.
    """

    without: Ranking
    with_norm: Ranking
    change: Ranking
    similarity: Range
    pairs: int
    device: str


def norm_cost(
    used: Pretrained,
    branch: Branch,
    *,
    placement: Placement | None = None,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> NormCost:
    """Measure the ranking of the sentence pairs with and without a norm.

    Args:
        used: The model.
        branch: The norm.
        placement: Where it goes; the usual place of the model's family when None.
        resamples: Of the bootstrap, over pairs.
        seed: Of the resamples.

    Raises:
        ValueError: For an unknown norm, or a placement that the family lacks.
    """
    plain = sentence_embeddings(read_pairs(used, Branch()))
    run = read_pairs(used, branch, placement=placement)
    normed = sentence_embeddings(run)
    grades = np.array([pair.grade for pair in sentence_pairs()])
    chosen = np.random.default_rng(seed).integers(len(grades), size=(resamples, len(grades)))
    chosen = np.vstack([np.arange(len(grades)), chosen])  # the first row is the pairs themselves
    before, after = (_scores(_cosines(found), grades, chosen) for found in (plain, normed))
    own = F.cosine_similarity(normed.double(), plain.double(), dim=-1)
    return NormCost(
        without=_ranking(before),
        with_norm=_ranking(after),
        change=_ranking(after - before),
        similarity=Range(own.mean().item(), own.min().item(), own.max().item()),
        pairs=len(grades),
        device=run.device,
    )


def spearman(a: NDArray[Any], b: NDArray[Any]) -> Numbers:
    """Correlate the ranks of two rows of numbers, ties at their mean rank; 0 if one is level.

    >>> spearman(np.array([1.0, 2.0, 9.0]), np.array([3.0, 4.0, 5.0])).item()
    1.0
    """
    from scipy.stats import rankdata  # slow to import, and only needed here

    ranks = [rankdata(row, axis=-1) for row in (a, b)]
    x, y = (rank - rank.mean(-1, keepdims=True) for rank in ranks)
    size = np.sqrt((x**2).sum(-1) * (y**2).sum(-1))
    return np.asarray((x * y).sum(-1) / np.where(size > 0, size, 1.0))


def share_ordered(cosines: Numbers, grades: NDArray[np.int_]) -> float:
    """Count how often a similar pair has the higher cosine than a dissimilar one.

    >>> share_ordered(np.array([0.9, 0.5, 0.5]), np.array([4, 3, 0]))
    0.75
    """
    similar, dissimilar = cosines[grades >= SIMILAR], cosines[grades <= DISSIMILAR]
    if not similar.size or not dissimilar.size:
        return 0.5  # a resample without one of the kinds knows nothing
    gap = similar[:, None] - dissimilar[None, :]
    return float(((gap > 0) + 0.5 * (gap == 0)).mean())


def _cosines(embeddings: Float[Tensor, "b d"]) -> Numbers:
    first, second = embeddings.double().chunk(2)
    return torch.cosine_similarity(first, second, dim=-1).numpy()


def _scores(cosines: Numbers, grades: NDArray[np.int_], chosen: NDArray[np.int_]) -> Numbers:
    """Score the pairs and every resample of them: a column for each of the two scores."""
    found, given = cosines[chosen], grades[chosen]
    ordered = [share_ordered(row, kinds) for row, kinds in zip(found, given, strict=True)]
    return np.stack([spearman(found, given), np.array(ordered)], axis=1)


def _ranking(scores: Numbers) -> Ranking:
    """Take each score's value from the first row and its range from the others."""
    ranges = []
    for column in scores.T:
        low, high = np.percentile(column[1:], SIDES)
        ranges.append(Range(float(column[0]), float(low), float(high)))
    return Ranking(*ranges)
