"""FeatScale: tokens whose mean and whose differences are weighed apart, per channel."""

from jaxtyping import Float
from torch import Tensor

from contranorm.arguments import checked_scale, require_tokens
from contranorm.masks import keep_pads, real_tokens, token_mean


def feat_scale(
    h: Float[Tensor, "*batch n d"],
    *,
    mean_scale: float | int | Tensor,
    rest_scale: float | int | Tensor,
    mask: Tensor | None = None,
) -> Float[Tensor, "*batch n d"]:
    """Add a share of the tokens' mean and a share of what differs from it, per channel.

    H + DC(H) s + HC(H) t, with DC the mean over tokens in every row and HC = H − DC.

    Source: Wang et al., ICLR 2022, arXiv 2203.05962, where s and t are learned and start at 0.
    Their code (featscale.py:49-55) adds both terms twice, which s and t can undo: here they are
    added once, as the paper says. Both ends: s = t = 0 is the identity; s = −1 removes the
    mean, t = −1 puts every token on it. With s = 0 and one t for all channels it is
    `partial_centering`.

    Args:
        h: The tokens; in a Transformer, what the attention gives.
        mean_scale: s, a number or a tensor that broadcasts with h, such as `(d,)`.
        rest_scale: t, likewise.
        mask: Boolean, `*batch n` (True: a real token); pads neither count nor change.

    Raises:
        TypeError: For arguments of the wrong kind.
        ValueError: For shapes that do not fit, or a scale that is not finite.

    >>> import torch
    >>> feat_scale(torch.tensor([[1.0], [3.0]]), mean_scale=1.0, rest_scale=0.5).flatten().tolist()
    [2.5, 5.5]
    """
    require_tokens(h)
    real = real_tokens(h, mask)
    mean = token_mean(h, real)  # (*batch, 1, d)
    low, high = checked_scale(mean_scale, h), checked_scale(rest_scale, h)
    return keep_pads(h + low * mean + high * (h - mean), h, real)
