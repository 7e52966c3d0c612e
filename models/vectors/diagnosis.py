"""What the measures say about a cloud, as it is and about its mean."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float

from contranorm import MEASURES, NORMS
from contranorm.blocks import ROWS, Moments, contra_norm_in_blocks, moments
from contranorm.functional import unit_vectors
from contranorm.measures.contrastive import uniformity
from contranorm.measures.similarity import mean_cosine_similarity
from contranorm.measures.spectrum import (
    effective_rank_of,
    explained_variance_of,
    participation_ratio_of,
    stable_rank_of,
)

UNIFORMITY_ROWS = 2000  # the loss takes n² cosines, so larger clouds are judged by a sample
UNIFORMITY_TEMPERATURE = 0.5
EXACT_ROWS = 4096  # up to here ContraNorm is computed in one piece
MEASURED = tuple(name for name, row in MEASURES.items() if row.takes == "tokens")
LEFT_OUT = tuple(name for name, row in MEASURES.items() if row.takes != "tokens")
OF_SPECTRUM = {
    "effective_rank": effective_rank_of,
    "stable_rank": stable_rank_of,
    "participation_ratio": participation_ratio_of,
    "explained_variance": explained_variance_of,
}

Report = Callable[[float], None]


@dataclass(frozen=True, eq=False)
class Outline:
    """The few numbers a verdict is made from, and the singular values with and without the mean.

    `spread` is the root mean square distance from the mean, as a share of the rows' root mean
    square length; `rank` the effective rank about the mean; `possible` the most it can be.
    """

    spread: float
    cosine: float
    rank: float
    possible: int
    sigma: Float[np.ndarray, "k"]
    sigma_centered: Float[np.ndarray, "k"]


@dataclass(frozen=True, eq=False)
class Diagnosis:
    """The measures of one cloud: `raw` of the rows as they are, `centered` about their mean.

    `spread` is the root mean square distance from the mean, as a share of the rows' root mean
    square length. `uniformity_rows` is how many rows the uniformity loss is of.
    """

    rows: int
    columns: int
    raw: Mapping[str, float]
    centered: Mapping[str, float]
    sigma: Float[np.ndarray, "k"]
    sigma_centered: Float[np.ndarray, "k"]
    spread: float
    uniformity_rows: int

    @property
    def outline(self) -> Outline:
        """The numbers a verdict is made from."""
        return Outline(
            self.spread,
            self.raw["mean_cosine_similarity"],
            self.centered["effective_rank"],
            min(self.rows - 1, self.columns),
            self.sigma,
            self.sigma_centered,
        )


def sample(rows: int, most: int) -> Float[np.ndarray, "m"]:
    """Choose rows by lot, the same ones each time, in their order; all if they are few enough.

    >>> sample(3, 5).tolist(), len(sample(100, 10))
    ([0, 1, 2], 10)
    """
    if rows <= most:
        return np.arange(rows)
    return np.sort(np.random.default_rng(0).choice(rows, most, replace=False))


@torch.inference_mode()
def diagnose(values: Float[np.ndarray, "n d"], report: Report | None = None) -> Diagnosis:
    """Compute every measure that takes a cloud, with and without its mean.

    Args:
        values: The rows.
        report: Told the share that is done, from 0 to 1.

    >>> round(diagnose(np.diag([3.0, 1.0])).raw["effective_rank"], 4)
    1.7548
    """
    h = _rows(values)
    found = moments(h, report=report)
    chosen = h[torch.from_numpy(sample(len(h), UNIFORMITY_ROWS))].double()
    sigma, sigma_centered = (found.singular_values(centered=of) for of in (False, True))
    raw = _measured(found, sigma, chosen, centered=False)
    centered = _measured(found, sigma_centered, chosen - found.mean, centered=True)
    variance = float(found.gram.trace())
    energy = variance + found.count * float(found.mean.square().sum())
    return Diagnosis(
        rows=len(h),
        columns=h.shape[1],
        raw=raw,
        centered=centered,
        sigma=sigma.numpy(),
        sigma_centered=sigma_centered.numpy(),
        spread=(variance / energy) ** 0.5 if energy else 0.0,
        uniformity_rows=len(chosen),
    )


@torch.inference_mode()
def outline(values: Float[np.ndarray, "n d"]) -> Outline:
    """Compute only what a verdict needs; fast where there are fewer rows than columns too.

    >>> outline(np.diag([3.0, 1.0])).possible
    1
    """
    h = _rows(values).double()
    centred = h - h.mean(0)
    sigma, sigma_centered = _singular(h), _singular(centred)
    variance = float(centred.square().sum())
    energy = float(h.square().sum())
    return Outline(
        spread=(variance / energy) ** 0.5 if energy else 0.0,
        cosine=float(mean_cosine_similarity(h)),
        rank=float(effective_rank_of(sigma_centered)),
        possible=min(len(h) - 1, h.shape[1]),
        sigma=sigma.numpy(),
        sigma_centered=sigma_centered.numpy(),
    )


@torch.inference_mode()
def normed(
    values: Float[np.ndarray, "n d"],
    norm: str,
    *,
    scale: float,
    temperature: float,
    report: Report | None = None,
) -> Float[np.ndarray, "n d"]:
    """Apply a norm to all rows; ContraNorm on many rows goes block by block.

    Args:
        values: The rows.
        norm: A name of `NORMS`.
        scale: The step size s.
        temperature: τ.
        report: Told the share that is done, from 0 to 1.

    >>> normed(np.float32([[1.0], [3.0]]), "partial_centering", scale=1, temperature=1).tolist()
    [[0.0], [4.0]]
    """
    h = _rows(values)
    if norm != "contra_norm" or len(h) <= EXACT_ROWS:
        return NORMS[norm](h, scale=scale, temperature=temperature).numpy()
    result = np.empty_like(values)
    done = 0
    for block in contra_norm_in_blocks(h, scale=scale, temperature=temperature, rows=ROWS):
        result[done : done + len(block)] = block.numpy()
        done += len(block)
        if report is not None:
            report(done / len(h))
    return result


def _rows(values: Float[np.ndarray, "n d"]) -> Float[torch.Tensor, "n d"]:
    """Take rows as they lie in memory; those that are only to be read, as of a file, are copied."""
    return torch.from_numpy(values if values.flags.writeable else values.copy())


def _singular(h: torch.Tensor) -> torch.Tensor:
    """Give singular values by the smaller Gram matrix, rounding to zero what it cannot tell."""
    gram = h @ h.mT if len(h) <= h.shape[1] else h.mT @ h
    eigenvalues = torch.linalg.eigvalsh(gram).flip(-1)
    floor = len(gram) * torch.finfo(torch.float64).eps * eigenvalues[:1].clamp_min(0)
    return torch.where(eigenvalues > floor, eigenvalues, 0.0).sqrt()


def _measured(
    found: Moments, sigma: torch.Tensor, chosen: torch.Tensor, *, centered: bool
) -> dict[str, float]:
    """Compute each measure; `chosen` are the rows that the uniformity loss is of."""
    values = {name: float(measure(sigma)) for name, measure in OF_SPECTRUM.items()}
    values["mean_cosine_similarity"] = found.mean_cosine(centered=centered)
    values["token_variance"] = float(found.gram.trace())
    loss = uniformity(unit_vectors(chosen), temperature=UNIFORMITY_TEMPERATURE)
    values["uniformity"] = float(loss)
    return {name: values[name] for name in MEASURED}
