"""One layer on a cloud of points: what it does to each, and to all of them, step after step."""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from types import MappingProxyType

import torch
from jaxtyping import Float
from torch import Tensor

from contranorm import (
    VARIANTS,
    effective_rank,
    mean_cosine_similarity,
    singular_values,
    uniformity,
)
from contranorm.functional import unit_vectors
from ui.apart import anywhere
from ui.closeup_example import TOKENS, ExampleSettings
from ui.closeup_layer import branch_of, hidden_states
from ui.closeup_packet import CloseUp
from ui.closeup_words import outcome, shown
from ui.recipe import Recipe
from ui.seen import recipe_values
from ui.settings import Settings

POINTS = 24
SEED = 0
SCALES = (
    *(round(0.05 * step, 2) for step in range(20)),
    *(round(1 + 0.1 * step, 1) for step in range(21)),
)
LAST = 20  # how often the layer is applied at most
FARTHEST = 1e15  # past this length of a point its square no longer fits in float32 with ease
DIMENSIONS: Mapping[str, str] = MappingProxyType({"2": "dimension_2", "3": "dimension_3"})
LAYER = "layer"  # the cloud that is a layer of the page above
CLOUDS: Mapping[str, str] = MappingProxyType(
    {
        "cone": "cloud_cone",
        "blob": "cloud_blob",
        "ring": "cloud_ring",
        "antipodal": "cloud_antipodal",
        "isotropic": "cloud_isotropic",
        LAYER: "cloud_layer",
    }
)
# A graph's spelling compares only nodes that are not neighbours; a cloud has no edges.
SPELLINGS: Mapping[str, str] = MappingProxyType(
    {row.name: row.title for row in VARIANTS.values() if not row.needs_pair_mask}
)


@dataclass(frozen=True)
class Source:
    """Which hidden states: of which experiment, in which of its branches, after which layer."""

    experiment: Settings = field(default_factory=Settings)
    branch: str = "without"
    layer: int = 6


@dataclass(frozen=True)
class CloudSettings:
    """What a visitor chose: the cloud, the spelling and its step size; `source` for a layer."""

    cloud: str = "cone"
    dimension: str = "2"
    variant: str = "bert"
    scale: float = 0.5
    temperature: float = 0.2
    unit: bool = True
    source: Source | None = None

    @property
    def light(self) -> bool:
        """Whether every process may compute it: its cloud needs no pretrained model."""
        return self.source is None or self.source.experiment.light


def start(cloud: str, *, dimension: int) -> Float[Tensor, "n d"]:
    """Give the points of a made-up cloud, the same ones at every call.

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


@torch.inference_mode()
@anywhere(lambda settings: settings.light)
def close_up(settings: CloudSettings) -> CloseUp:
    """Apply the layer up to `LAST` times, and look where each application pushes next.

    Raises:
        ModelUnavailable: If the cloud is a layer of a model that is not on this machine.
    """
    names, h = _beginning(settings)
    path = _path(h, settings)  # (steps + 1, n, d)
    basis = _basis(path[0], int(settings.dimension), named=bool(names))  # (d, axes)
    centred = path - path.mean(-2, keepdim=True)
    variance = centred.square().sum((-2, -1)).clamp_min(1e-300)
    energy = path.square().sum((-2, -1)).clamp_min(1e-300)
    along = (centred @ basis).square().sum(-2) / variance[:, None]  # (steps + 1, axes)
    return CloseUp(
        tokens=names,
        features=path.shape[-1],
        coordinates=(path @ basis).float().numpy(),
        pushed=(pushed(path, settings) @ basis).float().numpy(),
        singular_values=singular_values(path).float().numpy(),
        uniformity=uniformity(path, temperature=settings.temperature).float().numpy(),
        effective_rank=effective_rank(path).float().numpy(),
        mean_cosine=mean_cosine_similarity(path).float().numpy(),
        drawn_share=along.sum(-1).float().numpy(),
        spread=(variance / energy).sqrt().float().numpy(),
        axes_share=tuple(along[0].tolist()),
        bounded=settings.unit,
    )


def pushed(h: Float[Tensor, "*batch n d"], settings: CloudSettings) -> Float[Tensor, "*batch n d"]:
    """Give the output of the chosen spelling, once, without a LayerNorm after it."""
    variant = VARIANTS[settings.variant]
    return variant.apply(h, scale=settings.scale, temperature=settings.temperature)


def facts(settings: CloudSettings, packet: CloseUp, step: int) -> dict[str, str]:
    """Give the slots that the page's sentences about the cloud share."""
    return {
        "n": str(packet.coordinates.shape[1]),
        "steps": str(step),
        "last": str(packet.last),
        "features": str(packet.features),
        "variant": SPELLINGS[settings.variant],
        "scale": shown(settings.scale),
        "temperature": shown(settings.temperature),
        "before": shown(float(packet.uniformity[0])),
        "after": shown(float(packet.uniformity[step])),
        "drawn_share": f"{100 * float(packet.drawn_share[step]):.0f}",
    }


def outcomes(packet: CloseUp, step: int) -> dict[str, dict[str, str]]:
    """Give, per sentence about the cloud, the numbers from the start to a step."""
    measured = {
        "happened_loss": packet.uniformity,
        "happened_rank": packet.effective_rank,
        "happened_cosine": packet.mean_cosine,
    }
    return {name: outcome(float(row[0]), float(row[step])) for name, row in measured.items()}


def recipe(settings: CloudSettings, worked: ExampleSettings) -> Recipe:
    """Say what the page's program is written from."""
    values = asdict(settings) | {
        "dimension": int(settings.dimension),
        "seed": SEED,
        "points": POINTS,
        "last": LAST,
        "farthest": FARTHEST,
        "example": TOKENS[worked.tokens],
        "experiment": None,
    }
    if settings.cloud == LAYER:
        source = settings.source or Source()
        branch = branch_of(source.experiment, source.branch)
        values |= recipe_values(source.experiment)
        values |= {"branch": asdict(branch), "layer": source.layer}
    return Recipe("layer", values)


def _beginning(settings: CloudSettings) -> tuple[tuple[str, ...], Float[Tensor, "n d"]]:
    if settings.cloud != LAYER:
        return (), start(settings.cloud, dimension=int(settings.dimension))
    source = settings.source or Source()
    names, hidden = hidden_states(source.experiment, branch=source.branch)
    return names, hidden[min(source.layer, len(hidden) - 1)].double()


def _path(h: Float[Tensor, "n d"], settings: CloudSettings) -> Float[Tensor, "steps n d"]:
    """Follow the cloud for `LAST` steps, or until it runs away."""
    states: list[Tensor] = []
    while len(states) <= LAST:
        h = unit_vectors(h) if settings.unit else h
        if states and not float(h.norm(dim=-1).max()) < FARTHEST:
            break
        states.append(h)
        h = pushed(h, settings)
    return torch.stack(states)


def _basis(h: Float[Tensor, "n d"], axes: int, *, named: bool) -> Float[Tensor, "d axes"]:
    """Give the main directions of the tokens about their mean, or the points' own axes.

    A direction's largest entry is positive, so that no picture is its own mirror image.
    """
    if not named:
        return torch.eye(axes, dtype=h.dtype)
    centred = h - h.mean(0)
    vectors = torch.linalg.svd(centred, full_matrices=True).Vh[:axes].mT  # (d, axes)
    largest = vectors.abs().argmax(0, keepdim=True)
    return vectors * vectors.gather(0, largest).sign()
