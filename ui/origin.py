"""Where the layer comes from: the contrastive loss at work, and its derivation as it runs."""

from dataclasses import dataclass, field

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional as F

from contranorm import (
    alignment,
    contra_norm,
    layer_norm,
    mean_cosine_similarity,
    uniformity,
    uniformity_gradient,
)

PAIRS = 12
SPACES = {"circle": 2, "sphere": 3}
ROWS, FEATURES = 12, 8  # of the cloud on which the derivation runs


@dataclass(frozen=True)
class Descent:
    """What is minimised, where and for how long."""

    space: str = "circle"
    alignment: float = 1.0
    uniformity: float = 1.0
    overlap: float = 0.1  # the share of positives that are any point instead of the partner
    temperature: float = 0.2
    steps: int = 160
    seed: int = 0


@dataclass(frozen=True)
class Path:
    """Every point and every loss at every step, the start included."""

    points: Float[Tensor, "steps n d"]
    alignment: Float[Tensor, "steps"]
    uniformity: Float[Tensor, "steps"]  # per point, in nats
    total: Float[Tensor, "steps"]
    pair_distance: Float[Tensor, "steps"]
    other_distance: Float[Tensor, "steps"]
    other_cosine: Float[Tensor, "steps"]
    mean_length: Float[Tensor, "steps"]

    @property
    def verdict(self) -> str:
        """Name the sentence that describes where the points are in the end."""
        if self.other_cosine[-1] > 0.99:
            return "ends_one_point"
        if self.pair_distance[-1] < 0.5 * self.other_distance[-1]:
            return "ends_paired"
        return "ends_spread" if self.mean_length[-1] < 0.1 else "ends_between"

    @property
    def ends(self) -> dict[str, float]:
        """Give the numbers of the page's sentences: the last step's and some of the first's."""
        return {
            "steps": len(self.total) - 1,
            "pair_start": self.pair_distance[0].item(),
            "pair": self.pair_distance[-1].item(),
            "other_start": self.other_distance[0].item(),
            "other": self.other_distance[-1].item(),
            "cosine": self.other_cosine[-1].item(),
            "mean": self.mean_length[-1].item(),
            "alignment_start": self.alignment[0].item(),
            "alignment": self.alignment[-1].item(),
            "uniformity_start": self.uniformity[0].item(),
            "uniformity": self.uniformity[-1].item(),
        }


@dataclass(frozen=True)
class Step:
    """The step to derive: its size s and its temperature τ."""

    scale: float = 0.5
    temperature: float = 0.5
    seed: int = 0


@dataclass(frozen=True)
class Derivation:
    """The derivation's numbers for one set of rows, all in float64."""

    autograd_gap: float
    difference_gap: float
    full_norm: float
    anchor_norm: float
    negative_norm: float
    halves_cosine: float
    printed_gap: float
    layer_gap: float
    layer_change: float
    rows: dict[str, tuple[float, float, float, float]] = field(default_factory=dict)


def start(settings: Descent) -> Float[Tensor, "n d"]:
    """Draw the pairs: partners are neighbours in the list and near each other in space."""
    generator = torch.Generator().manual_seed(settings.seed)
    shape = (PAIRS, 1, SPACES[settings.space])
    centres = torch.randn(shape, generator=generator, dtype=torch.float64)
    noise = torch.randn((PAIRS, 2, shape[-1]), generator=generator, dtype=torch.float64)
    return F.normalize(F.normalize(centres, dim=-1) + 0.6 * noise, dim=-1).flatten(0, 1)


def partners(h: Float[Tensor, "n d"]) -> Float[Tensor, "n d"]:
    """Give every point's positive: 0 with 1, 2 with 3, and so on."""
    return h.unflatten(0, (-1, 2)).flip(1).flatten(0, 1)


def expected_alignment(h: Float[Tensor, "n d"], overlap: float) -> Float[Tensor, ""]:
    """Average the squared distance to the positive, if a share of positives is any point.

    (1 − o)(1/n) Σ_i ‖h_i − h_i⁺‖² + o (1/n²) Σ_ij ‖h_i − h_j‖². Both ends: o = 0 is the pairs
    alone, whose minimum is every pair in one place; any o > 0 has one point as its minimum.
    """
    anywhere = 2 * (h.square().sum(-1).mean() - h.mean(0).square().sum())
    return (1 - overlap) * alignment(h, partners(h)) + overlap * anywhere


def losses(h: Float[Tensor, "n d"], settings: Descent) -> Float[Tensor, "3"]:
    """Give alignment, uniformity per point, and their weighted sum."""
    pull = expected_alignment(h, settings.overlap)
    push = uniformity(h, temperature=settings.temperature) / len(h)
    return torch.stack([pull, push, settings.alignment * pull + settings.uniformity * push])


def slope(h: Float[Tensor, "n d"], settings: Descent) -> Float[Tensor, "n d"]:
    """Give n times the gradient of the weighted sum: how each point feels it."""
    meet = h - partners(h)
    gather = h - h.mean(0)
    pull = 4 * ((1 - settings.overlap) * meet + settings.overlap * gather)
    push = uniformity_gradient(h, temperature=settings.temperature)
    return settings.alignment * pull + settings.uniformity * push


def step_size(settings: Descent) -> float:
    """Give a step that cannot overshoot: below one over a bound of the curvature.

    The pull's curvature is at most 8 (two partners, 4 each); the push bends by about
    2/τ + 2/τ² on unit rows.
    """
    sharpness = 1 / settings.temperature
    bend = 8 * settings.alignment + 2 * settings.uniformity * (sharpness + sharpness**2)
    return 1 / max(bend, 1.0)


def descend(settings: Descent) -> Path:
    """Step down the gradient and back onto the sphere, `steps` times."""
    size = step_size(settings)
    points = [start(settings)]
    for _ in range(settings.steps):
        h = points[-1]
        points.append(F.normalize(h - size * slope(h, settings), dim=-1))
    path = torch.stack(points)  # (steps, n, d)
    pull, push, total = torch.stack([losses(h, settings) for h in points]).unbind(-1)
    gaps, cosines = torch.cdist(path, path), path @ path.mT
    pair = torch.arange(2 * PAIRS) // 2
    others = pair[:, None] != pair
    return Path(
        points=path,
        alignment=pull,
        uniformity=push,
        total=total,
        pair_distance=gaps[:, ::2, 1::2].diagonal(dim1=-2, dim2=-1).mean(-1),
        other_distance=gaps[:, others].mean(-1),
        other_cosine=cosines[:, others].mean(-1),
        mean_length=path.mean(1).norm(dim=-1),
    )


def drawn_rows(seed: int) -> Float[Tensor, "n d"]:
    """Draw rows that share a direction and differ in length between 0.5 and 2."""
    generator = torch.Generator().manual_seed(seed)
    noise = torch.randn((ROWS, FEATURES), generator=generator, dtype=torch.float64)
    common = torch.randn((1, FEATURES), generator=generator, dtype=torch.float64)
    length = 0.5 + 1.5 * torch.rand((ROWS, 1), generator=generator, dtype=torch.float64)
    return length * F.normalize(noise + common, dim=-1)


def finite_differences(
    h: Float[Tensor, "n d"], *, temperature: float, width: float = 1e-5
) -> Float[Tensor, "n d"]:
    """Give the slope of the uniformity loss along every coordinate: up minus down."""
    nudges = width * torch.eye(h.numel(), dtype=h.dtype).view(-1, *h.shape)
    rise = uniformity(h + nudges, temperature=temperature)
    fall = uniformity(h - nudges, temperature=temperature)
    return ((rise - fall) / (2 * width)).view_as(h)


def derivation(h: Float[Tensor, "n d"], step: Step) -> Derivation:
    """Run the derivation on these rows, from the loss to the layer."""
    tau, scale = step.temperature, step.scale
    leaf = h.clone().requires_grad_()
    (automatic,) = torch.autograd.grad(uniformity(leaf, temperature=tau), leaf)
    full = uniformity_gradient(h, temperature=tau)
    anchor = uniformity_gradient(h, temperature=tau, terms="anchor")
    stepped = h - scale * tau * anchor
    printed = contra_norm(h, scale=scale, temperature=tau, form="plain", similarity="dot")
    layer = contra_norm(h, scale=scale, temperature=tau, form="plain")
    return Derivation(
        autograd_gap=_gap(full, automatic),
        difference_gap=_gap(full, finite_differences(h, temperature=tau)),
        full_norm=full.norm().item(),
        anchor_norm=anchor.norm().item(),
        negative_norm=(full - anchor).norm().item(),
        halves_cosine=F.cosine_similarity(anchor.flatten(), (full - anchor).flatten(), 0).item(),
        printed_gap=_gap(stepped, printed),
        layer_gap=_gap(stepped, layer),
        layer_change=_gap(layer, h),
        rows={
            "before": _row_summary(h),
            "layer": _row_summary(layer),
            "layer_norm": _row_summary(layer_norm(layer)),
        },
    )


def derivations(step: Step) -> tuple[Derivation, Derivation]:
    """Run the derivation twice: on rows of length one, and on the same rows as drawn."""
    h = drawn_rows(step.seed)
    return derivation(F.normalize(h, dim=-1), step), derivation(h, step)


def code(settings: Descent, step: Step) -> str:
    """Give the lines that compute the page's numbers, to be run from the project's folder."""
    return (
        "from ui.origin import Descent, Step, derivations, descend\n\n"
        f"path = descend({settings!r})\n"
        "print(path.ends)\n"
        f"unit_rows, rows_as_drawn = derivations({step!r})\n"
        "print(rows_as_drawn)"
    )


def _gap(one: Tensor, other: Tensor) -> float:
    return (one - other).abs().max().item()


def _row_summary(h: Tensor) -> tuple[float, float, float, float]:
    lengths = h.norm(dim=-1)
    cosine = mean_cosine_similarity(h).item()
    return h.mean(-1).abs().max().item(), lengths.min().item(), lengths.max().item(), cosine
