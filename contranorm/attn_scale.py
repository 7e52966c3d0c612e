"""AttnScale: an attention map whose differences from the plain mean are made larger."""

from jaxtyping import Float
from torch import Tensor

from contranorm.arguments import checked_scale, require_tokens


def attn_scale(
    attention: Float[Tensor, "*batch heads n n"], *, scale: float | int | Tensor
) -> Float[Tensor, "*batch heads n n"]:
    """Keep the part of an attention map that averages all tokens, and enlarge the rest.

    11ᵀ/n + (1 + ω)(A − 11ᵀ/n), with one ω per head.

    Source: Wang, Zheng, Chen, Wang, "Anti-Oversmoothing in Deep Vision Transformers via the
    Fourier Domain Analysis", ICLR 2022, arXiv 2203.05962; as in their code, where every ω is
    learned and starts at 0. Both ends: ω = 0 is the map as it is; ω = −1 gives every token the
    mean of all. Rows keep the sum 1, but with ω > 0 weights can be negative.

    Args:
        attention: Attention weights; row i says where token i looks.
        scale: ω, a number or a tensor that broadcasts with the maps, such as `(heads, 1, 1)`.

    Raises:
        TypeError: For maps that are not floating-point tensors, or a scale of the wrong kind.
        ValueError: For maps that are not square, a shape that does not fit, or a scale that is
            not finite.

    >>> import torch
    >>> attn_scale(torch.eye(2).unsqueeze(0), scale=1.0)[0].tolist()
    [[1.5, -0.5], [-0.5, 1.5]]
    """
    require_tokens(attention)
    n = attention.shape[-1]
    if attention.dim() < 3 or attention.shape[-2] != n:
        raise ValueError(
            f"attention must have the axes (*batch, heads, n, n); got {tuple(attention.shape)}"
        )
    strength = checked_scale(scale, attention)
    return attention + strength * (attention - 1 / n)
