"""Four tokens worked out by hand: every number between H and what the layer makes of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import torch
from jaxtyping import Float
from torch import Tensor

from contranorm import contra_norm, effective_rank, singular_values
from contranorm.functional import unit_vectors
from ui.closeup_words import direction, shown

EXAMPLES: Mapping[str, str] = MappingProxyType(
    {"fan": "example_fan", "cone": "example_cone", "axes": "example_axes"}
)
TOKENS: Mapping[str, tuple[tuple[float, ...], ...]] = MappingProxyType(
    {
        "fan": ((1, 1), (1, -1), (2, 2), (1, -2)),
        "cone": ((3, 1), (3, 0), (2, 1), (3, 2)),
        "axes": ((1, 0, 0, 0), (0, 1, 0, 0), (0, 0, 1, 0), (0, 0, 0, 1)),
    }
)


@dataclass(frozen=True)
class ExampleSettings:
    """Which four tokens, and the step size and temperature of the layer."""

    tokens: str = "fan"
    scale: float = 0.5
    temperature: float = 0.2


@dataclass(frozen=True)
class Example:
    """Every intermediate result of one layer on four tokens, in the order of the sum.

    float64, unlike the packets of the figures: its digits are there to be checked on paper, and
    whether the effective rank rose or only rounded must not depend on the seventh of them.
    """

    h: Float[Tensor, "n d"]
    cosine: Float[Tensor, "n n"]
    weights: Float[Tensor, "n n"]
    average: Float[Tensor, "n d"]
    result: Float[Tensor, "n d"]
    sigma_before: tuple[float, ...]
    sigma_after: tuple[float, ...]
    rank_before: float
    rank_after: float


def example(settings: ExampleSettings) -> Example:
    """Work out one layer, (1 + s) H − s A H, on four tokens, with all that lies between."""
    h = torch.tensor(TOKENS[settings.tokens], dtype=torch.float64)
    unit = unit_vectors(h)
    cosine = unit @ unit.mT  # (n, n)
    weights = (cosine / settings.temperature).softmax(-1)
    result = contra_norm(h, scale=settings.scale, temperature=settings.temperature)
    return Example(
        h=h,
        cosine=cosine,
        weights=weights,
        average=weights @ h,
        result=result,
        sigma_before=tuple(singular_values(h).tolist()),
        sigma_after=tuple(singular_values(result).tolist()),
        rank_before=float(effective_rank(h)),
        rank_after=float(effective_rank(result)),
    )


def explanation(worked: Example) -> tuple[str, dict[str, str]]:
    """Name the sentence that says why the four tokens' effective rank went where it did.

    With σ the singular values, largest first, the slots are σ_1 over the last one before and
    after. With two of them the effective rank falls exactly if this ratio rises.
    """
    ratios = [sigma[0] / sigma[-1] for sigma in (worked.sigma_before, worked.sigma_after)]
    went = direction(worked.rank_before, worked.rank_after)
    name = {"rose": "why_rose", "fell": "why_fell", "same": "why_same"}[went]
    return name, {"before": shown(ratios[0]), "after": shown(ratios[1])}
