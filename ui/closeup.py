"""One layer on a cloud of points: what it does to each, and a four-token case by hand."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import torch
from jaxtyping import Float
from torch import Tensor

from contranorm import (
    VARIANTS,
    contra_norm,
    effective_rank,
    mean_cosine_similarity,
    singular_values,
    uniformity,
)
from contranorm.functional import unit_vectors

POINTS = 24
SEED = 0
SCALES = (0.0, 0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0)
TEMPERATURES = (0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 1.0, 2.0, 5.0, 10.0)
STEPS = tuple(range(21))
DIMENSIONS: Mapping[str, str] = MappingProxyType({"2": "dimension_2", "3": "dimension_3"})
CLOUDS: Mapping[str, str] = MappingProxyType(
    {
        "cone": "cloud_cone",
        "blob": "cloud_blob",
        "ring": "cloud_ring",
        "antipodal": "cloud_antipodal",
        "isotropic": "cloud_isotropic",
    }
)
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
# A graph's spelling compares only nodes that are not neighbours; a cloud has no edges.
SPELLINGS: Mapping[str, str] = MappingProxyType(
    {row.name: row.title for row in VARIANTS.values() if not row.needs_pair_mask}
)


@dataclass(frozen=True)
class Settings:
    """What a visitor chose: the cloud, the spelling, its step size, and how often it runs."""

    cloud: str = "cone"
    dimension: str = "2"
    variant: str = "bert"
    scale: float = 0.5
    temperature: float = 0.2
    steps: int = 3
    unit: bool = True


@dataclass(frozen=True)
class ExampleSettings:
    """Which four tokens, and the step size and temperature of the layer."""

    tokens: str = "fan"
    scale: float = 0.5
    temperature: float = 0.2


@dataclass(frozen=True)
class CloseUp:
    """The cloud before, now, and one layer further, with the measures after every step.

    `before`, `now` and `pushed` are (n, d): `pushed` is the layer's own output on `now`, not
    brought back to length one. `sigma_before` and `sigma_now` are (d,). `losses` (nats),
    `ranks` (directions) and `cosines` have steps + 1 entries, the first of them `before`.
    """

    before: Float[Tensor, "n d"]
    now: Float[Tensor, "n d"]
    pushed: Float[Tensor, "n d"]
    sigma_before: Float[Tensor, " d"]
    sigma_now: Float[Tensor, " d"]
    losses: tuple[float, ...]
    ranks: tuple[float, ...]
    cosines: tuple[float, ...]


@dataclass(frozen=True)
class Example:
    """Every intermediate result of one layer on four tokens, in the order of the sum."""

    h: Float[Tensor, "n d"]
    cosine: Float[Tensor, "n n"]
    weights: Float[Tensor, "n n"]
    average: Float[Tensor, "n d"]
    result: Float[Tensor, "n d"]
    sigma_before: tuple[float, ...]
    sigma_after: tuple[float, ...]
    rank_before: float
    rank_after: float


def start(cloud: str, *, dimension: int) -> Float[Tensor, "n d"]:
    """Give the cloud's points, the same ones at every call.

    >>> start("isotropic", dimension=2).shape
    torch.Size([24, 2])
    """
    generator = torch.Generator().manual_seed(SEED)
    noise = torch.randn(POINTS, dimension, dtype=torch.float64, generator=generator)
    first = torch.zeros_like(noise)  # (n, d)
    if cloud == "isotropic":
        return noise
    if cloud == "ring":
        angle = torch.arange(POINTS) * (2 * math.pi / POINTS)
        first[:, 0], first[:, 1] = angle.cos(), angle.sin()
        return first + 0.03 * noise
    first[:, 0] = 1.0
    if cloud == "antipodal":
        first[POINTS // 2 :, 0] = -1.0
    return first + {"cone": 0.15, "blob": 0.5, "antipodal": 0.15}[cloud] * noise


def close_up(settings: Settings) -> CloseUp:
    """Apply the layer `steps` times and look at where it has got, and where it pushes next."""
    h = start(settings.cloud, dimension=int(settings.dimension))
    states = [unit_vectors(h) if settings.unit else h]
    for _ in range(settings.steps):
        h = pushed(states[-1], settings)
        states.append(unit_vectors(h) if settings.unit else h)
    path = torch.stack(states)  # (steps + 1, n, d)
    return CloseUp(
        before=path[0],
        now=path[-1],
        pushed=pushed(path[-1], settings),
        sigma_before=singular_values(path[0]),
        sigma_now=singular_values(path[-1]),
        losses=tuple(uniformity(path, temperature=settings.temperature).tolist()),
        ranks=tuple(effective_rank(path).tolist()),
        cosines=tuple(mean_cosine_similarity(path).tolist()),
    )


def pushed(h: Float[Tensor, "n d"], settings: Settings) -> Float[Tensor, "n d"]:
    """Give the output of the chosen spelling, once, without a LayerNorm after it."""
    variant = VARIANTS[settings.variant]
    return variant.apply(h, scale=settings.scale, temperature=settings.temperature)


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


def shown(value: float) -> str:
    """Give a number as it is printed, to four digits; a rounding error is printed as 0.

    >>> shown(1.23456), shown(-1e-17)
    ('1.235', '0')
    """
    return "0" if abs(value) < 1e-9 else f"{value:.4g}"


def direction(before: float, after: float) -> str:
    """Name the way a number went, as far as its printed digits show it.

    >>> direction(1.0, 2.0), direction(2.0, 1.0), direction(1.0, 1.00001)
    ('rose', 'fell', 'same')
    """
    left, right = float(shown(before)), float(shown(after))
    if left == right:
        return "same"
    return "rose" if right > left else "fell"


def outcome(before: float, after: float) -> dict[str, str]:
    """Give both numbers as printed, and the name of the word for the way from one to the other.

    >>> outcome(1.0, 2.0)
    {'before': '1', 'after': '2', 'went': 'rose'}
    """
    return {"before": shown(before), "after": shown(after), "went": direction(before, after)}


def facts(settings: Settings, packet: CloseUp) -> dict[str, str]:
    """Give the slots that the page's sentences about the cloud share."""
    return {
        "n": str(len(packet.now)),
        "steps": str(settings.steps),
        "variant": SPELLINGS[settings.variant],
        "scale": shown(settings.scale),
        "temperature": shown(settings.temperature),
        "before": shown(packet.losses[0]),
        "after": shown(packet.losses[-1]),
    }


def outcomes(packet: CloseUp) -> dict[str, dict[str, str]]:
    """Give, per sentence about the cloud, the numbers from the start to now."""
    return {
        "happened_loss": outcome(packet.losses[0], packet.losses[-1]),
        "happened_rank": outcome(packet.ranks[0], packet.ranks[-1]),
        "happened_cosine": outcome(packet.cosines[0], packet.cosines[-1]),
    }


def explanation(packet: Example) -> tuple[str, dict[str, str]]:
    """Name the sentence that says why the four tokens' effective rank went where it did.

    With σ the singular values, largest first, the slots are σ_1 over the last one before and
    after. With two of them the effective rank falls exactly if this ratio rises.
    """
    ratios = [sigma[0] / sigma[-1] for sigma in (packet.sigma_before, packet.sigma_after)]
    went = direction(packet.rank_before, packet.rank_after)
    name = {"rose": "why_rose", "fell": "why_fell", "same": "why_same"}[went]
    return name, {"before": shown(ratios[0]), "after": shown(ratios[1])}


def code(settings: Settings) -> str:
    """Write out the program that gives the numbers on the page."""
    project = "unit_vectors(h)" if settings.unit else "h"
    call = f"scale={settings.scale}, temperature={settings.temperature}"
    return f"""from contranorm import VARIANTS, effective_rank, mean_cosine_similarity, uniformity
from contranorm.functional import unit_vectors
from ui.closeup import start

layer = VARIANTS["{settings.variant}"]
h = start("{settings.cloud}", dimension={settings.dimension})
h = {project}
for _ in range({settings.steps}):
    h = layer.apply(h, {call})
    h = {project}
arrows = layer.apply(h, {call}) - h
loss = uniformity(h, temperature={settings.temperature}).item()
rank, cosine = effective_rank(h).item(), mean_cosine_similarity(h).item()
"""
