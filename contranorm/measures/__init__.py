"""Every measure, with how to read it: one row each in `MEASURES`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from torch import Tensor

from contranorm.measures.contrastive import alignment, uniformity, uniformity_gradient
from contranorm.measures.similarity import (
    attention_similarity,
    mean_cosine_similarity,
    token_variance,
)
from contranorm.measures.spectrum import (
    effective_rank,
    effective_rank_of,
    explained_variance,
    explained_variance_of,
    participation_ratio,
    participation_ratio_of,
    singular_values,
    stable_rank,
    stable_rank_of,
)

__all__ = [
    "MEASURES",
    "Measure",
    "alignment",
    "attention_similarity",
    "effective_rank",
    "effective_rank_of",
    "explained_variance",
    "explained_variance_of",
    "mean_cosine_similarity",
    "participation_ratio",
    "participation_ratio_of",
    "singular_values",
    "stable_rank",
    "stable_rank_of",
    "token_variance",
    "uniformity",
    "uniformity_gradient",
]


@dataclass(frozen=True)
class Measure:
    """One number per item, and how to read it.

    `takes` says what goes in: "tokens" `*batch n d`, "attention" `*batch heads n n`, or "pairs",
    two of the first. `lower` and `upper` are what no input can pass, None where there is no such
    number (or it depends on n and d: then `high_end` says it). `needs` are keywords without
    a default. `tag` says how far the definition can be trusted: "code" (read in the authors'
    code), "2nd" (read elsewhere), "mem" (from memory), "num" (derived, computed here).
    """

    name: str
    title: str
    function: Callable[..., Tensor]
    unit: str
    low_end: str
    high_end: str
    equation: str
    source: str
    tag: str
    lower: float | None = None
    upper: float | None = None
    takes: Literal["tokens", "attention", "pairs"] = "tokens"
    needs: tuple[str, ...] = ()


PAPER = "Guo et al., arXiv 2303.06562"

MEASURES: Mapping[str, Measure] = MappingProxyType(
    {
        row.name: row
        for row in (
            Measure(
                "effective_rank",
                "Effective rank",
                effective_rank,
                "directions",
                "1: every token lies along one direction (0 if all are zero)",
                "min(n, d): all directions are used alike",
                "exp(−Σ pₖ ln pₖ),  pₖ = σₖ / Σ σ",
                f"Roy and Vetterli 2007; {PAPER}, their modeling_bert.py:209-219",
                "code",
                lower=0.0,
            ),
            Measure(
                "stable_rank",
                "Stable rank",
                stable_rank,
                "directions",
                "1: every token lies along one direction (0 if all are zero)",
                "min(n, d): all directions are used alike",
                "Σ σ² / σ₁²",
                "Rudelson and Vershynin 2007",
                "mem",
                lower=0.0,
            ),
            Measure(
                "participation_ratio",
                "Participation ratio",
                participation_ratio,
                "directions",
                "1: every token lies along one direction (0 if all are zero)",
                "min(n, d): all directions are used alike",
                "(Σ λ)² / Σ λ²,  λ = σ²",
                "Gao et al. 2017",
                "mem",
                lower=0.0,
            ),
            Measure(
                "mean_cosine_similarity",
                "Mean cosine similarity",
                mean_cosine_similarity,
                "cosine",
                "−1/(n−1): tokens point away from each other (which two clusters do too)",
                "1: every token points the same way",
                "mean over i<j of cos(hᵢ, hⱼ)",
                f"{PAPER}, their metrics.py:8-19",
                "code",
                lower=-1.0,
                upper=1.0,
            ),
            Measure(
                "attention_similarity",
                "Attention similarity",
                attention_similarity,
                "cosine",
                "0: every token attends to others of its own",
                "1: every token attends alike",
                "mean over heads and i<j of cos(aᵢ, aⱼ), aᵢ the rows of the attention map",
                f"{PAPER}, their modeling_bert.py:190-206",
                "code",
                lower=-1.0,
                upper=1.0,
                takes="attention",
            ),
            Measure(
                "token_variance",
                "Token variance",
                token_variance,
                "squared units of H",
                "0: all tokens are equal",
                "no upper end: tokens far from their mean",
                "‖(I − 11ᵀ/n) H‖²",
                f"{PAPER}, the variance of its first proposition (their code computes another)",
                "mem",
                lower=0.0,
            ),
            Measure(
                "explained_variance",
                "Explained variance",
                explained_variance,
                "share",
                "k/min(n, d): the first k axes are like all others",
                "1: a picture with k axes (2 if not said otherwise) hides nothing",
                "Σᵢ≤ₖ σᵢ² / Σ σ²,  σ of H minus its mean",
                "principal component analysis, Pearson 1901",
                "num",
                lower=0.0,
                upper=1.0,
            ),
            Measure(
                "alignment",
                "Alignment",
                alignment,
                "squared units of H",
                "0: every pair is in one place",
                "4 on unit rows: every pair is at opposite ends; no upper end otherwise",
                "(1/n) Σᵢ ‖hᵢ − hᵢ⁺‖²",
                "Wang and Isola 2020, arXiv 2005.10242",
                "2nd",
                lower=0.0,
                takes="pairs",
            ),
            Measure(
                "uniformity",
                "Uniformity loss",
                uniformity,
                "nats",
                "above n/τ: unit rows spread evenly over the sphere",
                "n ln n + n/τ: all unit rows in one place",
                "Σᵢ ln Σⱼ exp(hᵢ·hⱼ / τ)",
                f"{PAPER}; its gradient checked numerically",
                "mem",
                needs=("temperature",),
            ),
        )
    }
)
