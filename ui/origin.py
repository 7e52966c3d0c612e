"""The contrastive loss at work: pairs of points that walk down its two halves."""

from dataclasses import asdict, dataclass

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional as F

from contranorm import alignment, uniformity, uniformity_gradient
from ui.origin_derivation import FEATURES, ROWS, Step
from ui.origin_packet import Path
from ui.recipe import Recipe

PAIRS = 12
SPACES = {"circle": 2, "sphere": 3}
LAST = 320  # steps that are walked


@dataclass(frozen=True)
class Descent:
    """What is minimised, and where."""

    space: str = "circle"
    alignment: float = 1.0
    uniformity: float = 1.0
    overlap: float = 0.1  # the share of positives that are any point instead of the partner
    temperature: float = 0.2
    seed: int = 0


def start(settings: Descent) -> Float[Tensor, "n d"]:
    """Draw the pairs: partners are neighbours in the list and near each other in space."""
    generator = torch.Generator().manual_seed(settings.seed)
    shape = (PAIRS, 1, SPACES[settings.space])
    centres = torch.randn(shape, generator=generator, dtype=torch.float64)
    noise = torch.randn((PAIRS, 2, shape[-1]), generator=generator, dtype=torch.float64)
    return F.normalize(F.normalize(centres, dim=-1) + 0.6 * noise, dim=-1).flatten(0, 1)


def partners(h: Float[Tensor, "*batch n d"]) -> Float[Tensor, "*batch n d"]:
    """Give every point's positive: 0 with 1, 2 with 3, and so on."""
    return h.unflatten(-2, (-1, 2)).flip(-2).flatten(-3, -2)


def expected_alignment(h: Float[Tensor, "*batch n d"], overlap: float) -> Float[Tensor, "*batch"]:
    """Average the squared distance to the positive, if a share of positives is any point.

    (1 − o)(1/n) Σ_i ‖h_i − h_i⁺‖² + o (1/n²) Σ_ij ‖h_i − h_j‖². Both ends: o = 0 is the pairs
    alone, whose minimum is every pair in one place; any o > 0 has one point as its minimum.
    """
    anywhere = 2 * (h.square().sum(-1).mean(-1) - h.mean(-2).square().sum(-1))
    return (1 - overlap) * alignment(h, partners(h)) + overlap * anywhere


def losses(h: Float[Tensor, "*batch n d"], settings: Descent) -> Float[Tensor, "*batch 3"]:
    """Give alignment, uniformity per point, and their weighted sum."""
    pull = expected_alignment(h, settings.overlap)
    push = uniformity(h, temperature=settings.temperature) / h.shape[-2]
    total = settings.alignment * pull + settings.uniformity * push
    return torch.stack([pull, push, total], dim=-1)


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
    """Step down the gradient and back onto the sphere, `LAST` times."""
    size = step_size(settings)
    points = [start(settings)]
    for _ in range(LAST):
        h = points[-1]
        points.append(F.normalize(h - size * slope(h, settings), dim=-1))
    path = torch.stack(points)  # (steps + 1, n, d)
    pull, push, total = losses(path, settings).unbind(-1)
    gaps, cosines = torch.cdist(path, path), path @ path.mT
    pair = torch.arange(2 * PAIRS) // 2
    others = pair[:, None] != pair
    return Path(
        points=_packed(path),
        alignment=_packed(pull),
        uniformity=_packed(push),
        total=_packed(total),
        pair_distance=_packed(gaps[:, ::2, 1::2].diagonal(dim1=-2, dim2=-1).mean(-1)),
        other_distance=_packed(gaps[:, others].mean(-1)),
        other_cosine=_packed(cosines[:, others].mean(-1)),
        mean_length=_packed(path.mean(1).norm(dim=-1)),
    )


def recipe(settings: Descent, step: Step) -> Recipe:
    """Say what the page's program is written from."""
    sizes = {"pairs": PAIRS, "axes": SPACES[settings.space], "last": LAST}
    rows = {"rows": ROWS, "features": FEATURES, "step": asdict(step)}
    return Recipe("origin", asdict(settings) | sizes | rows)


def _packed(values: Tensor) -> np.ndarray:
    return values.float().numpy()
