"""How a block adds what it computed to what it was given: three published ways."""

from dataclasses import dataclass

import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

from contranorm.arguments import checked_scale, require_tokens

LAYER_NORM_EPS = 1e-5


def scaled_residual(
    h: Float[Tensor, "*batch n d"],
    update: Float[Tensor, "*batch n d"],
    *,
    scale: float | int | Tensor,
) -> Float[Tensor, "*batch n d"]:
    """Add an update times a learned factor: ReZero with a number, LayerScale with channels.

    H + α F (one α) or H + F diag(λ).

    Source: ReZero, Bachlechner et al. 2020, arXiv 2003.04887: one α for both halves of a
    block, learned from 0, and no LayerNorm. LayerScale, Touvron et al. 2021 ("Going deeper with
    Image Transformers"), arXiv 2103.17239: one λ per channel for each half, learned from
    `layer_scale_start`, in a pre-LayerNorm block. Both ends: 0 is the identity, 1 the ordinary
    residual. Written from memory of both papers.

    Args:
        h: The tokens, as they entered.
        update: What attention or the MLP made of them.
        scale: α, or λ with the shape `(d,)`.

    Raises:
        TypeError: For arguments of the wrong kind.
        ValueError: For shapes that do not fit, or a scale that is not finite.

    >>> import torch
    >>> scaled_residual(torch.ones(1, 2), torch.ones(1, 2), scale=0.5).tolist()
    [[1.5, 1.5]]
    """
    require_tokens(h)
    return h + checked_scale(scale, h) * update


def layer_scale_start(depth: int) -> float:
    """Give the value at which every λ of LayerScale starts.

    0.1 up to depth 18, 1e-5 up to 24, 1e-6 beyond.

    Source: Touvron et al. 2021, arXiv 2103.17239, from memory. Both ends: shallow networks
    start close to an ordinary residual, deep ones close to the identity.

    Args:
        depth: How many blocks the network has.

    Raises:
        ValueError: For a depth below 1.

    >>> layer_scale_start(12), layer_scale_start(24), layer_scale_start(36)
    (0.1, 1e-05, 1e-06)
    """
    _require_depth(depth)
    if depth <= 18:
        return 0.1
    return 1e-5 if depth <= 24 else 1e-6


@dataclass(frozen=True)
class DeepNormConstants:
    """DeepNorm's two numbers: α on the residual, β on the starting weights."""

    residual: float
    start: float


def deep_norm_constants(depth: int) -> DeepNormConstants:
    """Give the α and β with which an encoder of this depth uses DeepNorm.

    α = (2L)^(1/4), β = (8L)^(−1/4).

    Source: Wang et al. 2022 ("DeepNet: Scaling Transformers to 1,000 Layers"),
    arXiv 2203.00555, encoder only. β multiplies the Xavier start of the MLP, the values and the
    attention's output, not that of queries and keys. Both ends: a single block is close to an
    ordinary one; with depth the residual weighs more and the updates start smaller.

    Args:
        depth: L, how many blocks the network has.

    Raises:
        ValueError: For a depth below 1.

    >>> deep_norm_constants(8).residual, deep_norm_constants(2).start
    (2.0, 0.5)
    """
    _require_depth(depth)
    return DeepNormConstants(residual=(2 * depth) ** 0.25, start=(8 * depth) ** -0.25)


def deep_norm(
    h: Float[Tensor, "*batch n d"],
    update: Float[Tensor, "*batch n d"],
    *,
    residual: float | int | Tensor,
) -> Float[Tensor, "*batch n d"]:
    """Add an update to an enlarged residual, and give every token mean 0 and variance 1.

    LN(α H + F), here with a LayerNorm without weights.

    Source: Wang et al. 2022, arXiv 2203.00555. Both ends: α = 1 is the ordinary post-LayerNorm
    residual; for a large α the update is lost, and LN(H) remains.

    Args:
        h: The tokens, as they entered.
        update: What attention or the MLP made of them.
        residual: α; see `deep_norm_constants`.

    Raises:
        TypeError: For arguments of the wrong kind.
        ValueError: For shapes that do not fit, or an α that is not finite.

    >>> import torch
    >>> deep_norm(torch.tensor([[1e6, 3e6]]), torch.tensor([[4e6, 0.0]]), residual=1.0).tolist()
    [[1.0, -1.0]]
    """
    require_tokens(h)
    return F.layer_norm(checked_scale(residual, h) * h + update, h.shape[-1:], eps=LAYER_NORM_EPS)


def _require_depth(depth: int) -> None:
    if depth < 1:
        raise ValueError(f"depth must be at least 1 block; got {depth}")
