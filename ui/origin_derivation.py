"""The derivation of the layer as it runs: from the loss's gradient to ContraNorm."""

from dataclasses import dataclass, field

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional as F

from contranorm import (
    contra_norm,
    layer_norm,
    mean_cosine_similarity,
    uniformity,
    uniformity_gradient,
)

ROWS, FEATURES = 12, 8  # of the cloud on which the derivation runs


@dataclass(frozen=True)
class Step:
    """The step to derive: its size s and its temperature τ."""

    scale: float = 0.5
    temperature: float = 0.5
    seed: int = 0


@dataclass(frozen=True)
class Derivation:
    """The derivation's numbers for one set of rows.

    float64, unlike the packets of the figures: the question is whether two ways to one number
    agree to its last digits, and float32 has too few of them to tell.
    """

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


def _gap(one: Tensor, other: Tensor) -> float:
    return (one - other).abs().max().item()


def _row_summary(h: Tensor) -> tuple[float, float, float, float]:
    lengths = h.norm(dim=-1)
    cosine = mean_cosine_similarity(h).item()
    return h.mean(-1).abs().max().item(), lengths.min().item(), lengths.max().item(), cosine
