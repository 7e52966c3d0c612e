"""The simple methods ContraNorm has to be compared with, all with the same call."""

from typing import Any

import torch
import torch.nn.functional as F
from jaxtyping import Bool, Float
from torch import Tensor

from contranorm.arguments import checked_scale, require_tokens
from contranorm.masks import keep_pads, mean_of_keys, pairs_that_count, real_tokens, token_mean
from contranorm.precision import in_float64

PAIR_NORM_EPS = 1e-6
BATCH_NORM_EPS = 1e-5
LAYER_NORM_EPS = 1e-5


def partial_centering(
    h: Float[Tensor, "*batch n d"], *, scale: float | int | Tensor = 1.0, mask: Tensor | None = None
) -> Float[Tensor, "*batch n d"]:
    """Push every token away from the mean of all tokens: ContraNorm without a softmax.

    H + s(H − mean), the limit of `contra_norm` for τ → ∞; under a mask of pairs each token has
    a mean of its own, that of the tokens it sees.

    Source: that limit, computed; and FeatScale (Wang et al., "Anti-Oversmoothing in Deep Vision
    Transformers", ICLR 2022, arXiv 2203.05962) with one weight for all channels and none for
    the mean. Both ends: s = 0 is the identity, s = −1 puts every token on the mean.

    Args:
        h: The tokens.
        scale: The step size s, a number or a tensor that broadcasts with h.
        mask: Boolean, `*batch n n` (True: counts for the row) or `*batch n` (True: a real
            token), as for `contra_norm`; a row without any key does not change.

    Raises:
        TypeError: For arguments of the wrong kind.
        ValueError: For shapes that do not fit, or a scale that is not finite.

    >>> partial_centering(torch.tensor([[1.0], [3.0]]), scale=0.5).flatten().tolist()
    [0.5, 3.5]
    """
    require_tokens(h)
    strength, pairs = checked_scale(scale, h), pairs_that_count(h, mask)
    rows = None if pairs is None else pairs.rows
    return keep_pads(h + strength * (h - mean_of_keys(h, pairs)), h, rows)


def pair_norm(
    h: Float[Tensor, "*batch n d"], *, scale: float | int | Tensor = 1.0, mask: Tensor | None = None
) -> Float[Tensor, "*batch n d"]:
    """Center the tokens and give them a fixed total pairwise distance (PairNorm, PN).

    s · X / √(mean_i ‖x_i‖² + 1e-6) with X = H − mean; the sum of all squared distances becomes
    2 n² s².

    Source: Zhao and Akoglu, "PairNorm", ICLR 2020, arXiv 1909.12223, and their code
    (layers.py:108-127). Both ends: s = 0 gives zeros; equal tokens give zeros.

    Args:
        h: The tokens.
        scale: The size s of the result, a number or a tensor that broadcasts with h.
        mask: Boolean, `*batch n` (True: a real token); pads neither count nor change.

    Raises:
        TypeError: For arguments of the wrong kind.
        ValueError: For shapes that do not fit, or a scale that is not finite.

    >>> pair_norm(torch.tensor([[1e6], [3e6]])).flatten().tolist()
    [-1.0, 1.0]
    """
    size, real = _arguments(h, scale, mask)
    centered = h - token_mean(h, real)
    mean_square = token_mean(centered.square().sum(-1, keepdim=True), real)  # (*batch, 1, 1)
    return keep_pads(size * centered / (PAIR_NORM_EPS + mean_square).sqrt(), h, real)


def pair_norm_si(
    h: Float[Tensor, "*batch n d"], *, scale: float | int | Tensor = 1.0, mask: Tensor | None = None
) -> Float[Tensor, "*batch n d"]:
    """Center the tokens and give each of them the same length (PairNorm, PN-SI).

    s · x_i / √(‖x_i‖² + 1e-6) with X = H − mean.

    Source: Zhao and Akoglu, arXiv 1909.12223, and their code (layers.py:108-127; "scale
    individually"). Both ends: s = 0 gives zeros; a token on the mean stays there.

    Args:
        h: The tokens.
        scale: The length s of the rows, a number or a tensor that broadcasts with h.
        mask: Boolean, `*batch n` (True: a real token); pads neither count nor change.

    Raises:
        TypeError: For arguments of the wrong kind.
        ValueError: For shapes that do not fit, or a scale that is not finite.

    >>> pair_norm_si(torch.tensor([[0.0], [3e6], [9e6]])).flatten().tolist()
    [-1.0, -1.0, 1.0]
    """
    size, real = _arguments(h, scale, mask)
    centered = h - token_mean(h, real)
    return keep_pads(size * centered / _row_lengths(centered), h, real)


def pair_norm_scs(
    h: Float[Tensor, "*batch n d"], *, scale: float | int | Tensor = 1.0, mask: Tensor | None = None
) -> Float[Tensor, "*batch n d"]:
    """Give each token the same length, then subtract the mean (PairNorm, PN-SCS).

    s · h_i / √(‖h_i‖² + 1e-6) − mean, with the mean taken *before* the lengths change.

    Source: Zhao and Akoglu, arXiv 1909.12223, and their code (layers.py:108-127; "scale and
    center, scaled"). Both ends: s = 0 gives minus the mean in every row; equal tokens give
    equal rows.

    Args:
        h: The tokens.
        scale: The length s of the rows before centring, a number or a tensor that broadcasts.
        mask: Boolean, `*batch n` (True: a real token); pads neither count nor change.

    Raises:
        TypeError: For arguments of the wrong kind.
        ValueError: For shapes that do not fit, or a scale that is not finite.

    >>> pair_norm_scs(torch.tensor([[2e6], [-2e6]])).flatten().tolist()
    [1.0, -1.0]
    """
    size, real = _arguments(h, scale, mask)
    return keep_pads(size * h / _row_lengths(h) - token_mean(h, real), h, real)


def token_batch_norm(
    h: Float[Tensor, "*batch n d"], *, scale: float | int | Tensor = 1.0, mask: Tensor | None = None
) -> Float[Tensor, "*batch n d"]:
    """Give every feature mean 0 and variance 1 over the tokens of one item.

    s · (h_ic − mean_c) / √(var_c + 1e-5), with the biased variance over tokens.

    Source: BatchNorm (Ioffe and Szegedy 2015) as graph networks use it, where the tokens of one
    graph are the batch; no running averages, no weights. Both ends: s = 0 gives zeros; equal
    tokens give zeros.

    Args:
        h: The tokens.
        scale: A factor s on the result, a number or a tensor that broadcasts with h.
        mask: Boolean, `*batch n` (True: a real token); pads neither count nor change.

    Raises:
        TypeError: For arguments of the wrong kind.
        ValueError: For shapes that do not fit, or a scale that is not finite.

    >>> token_batch_norm(torch.tensor([[1e6, 5.0], [3e6, 5.0]])).tolist()
    [[-1.0, 0.0], [1.0, 0.0]]
    """
    size, real = _arguments(h, scale, mask)
    centered = h - token_mean(h, real)
    variance = token_mean(centered.square(), real)  # (*batch, 1, d)
    return keep_pads(size * centered / (variance + BATCH_NORM_EPS).sqrt(), h, real)


def zca_whitening(
    h: Float[Tensor, "*batch n d"], *, scale: float | int | Tensor = 1.0, mask: Tensor | None = None
) -> Float[Tensor, "*batch n d"]:
    """Center the tokens and make all their singular values equal, turning them least.

    s · X Σ^{-1/2} with X = H − mean and Σ = XᵀX/n, the symmetric square root.

    Source: ZCA whitening (Bell and Sejnowski 1997; decorrelated BatchNorm, Huang et al. 2018,
    without its running averages). Both ends: s = 0 gives zeros; equal tokens give zeros.
    Computed from the smaller of XᵀX and XXᵀ in float64, so n < d is handled. A direction
    counts as empty below the usual rank tolerance, a singular value of max(n, d) · ε · ‖H‖
    with ε of the input's dtype (√(max(n, d) ε) ‖H‖ for float64, whose squares lose the rest);
    it is divided by that tolerance instead, and so stays small.
    Differentiable where no two eigenvalues are equal.

    Args:
        h: The tokens.
        scale: A factor s on the result, a number or a tensor that broadcasts with h.
        mask: Boolean, `*batch n` (True: a real token); pads neither count nor change.

    Raises:
        TypeError: For arguments of the wrong kind.
        ValueError: For shapes that do not fit, or a scale that is not finite.

    >>> zca_whitening(torch.tensor([[1.0, 5.0], [3.0, 5.0]])).tolist()
    [[-1.0, 0.0], [1.0, 0.0]]
    """
    size, real = _arguments(h, scale, mask)
    tokens = in_float64(h)
    on_device = None if real is None else real.to(tokens.device)
    whitened = _whitened(tokens, on_device, torch.finfo(h.dtype).eps)
    return keep_pads(size * whitened.to(h), h, real)


def layer_norm(
    h: Float[Tensor, "*batch n d"], *, scale: float | int | Tensor = 1.0, mask: Tensor | None = None
) -> Float[Tensor, "*batch n d"]:
    """Give the features of every token mean 0 and variance 1; no token sees another.

    s · (h_i − mean_d) / √(var_d + 1e-5), without weights.

    Source: Ba, Kiros, Hinton 2016, arXiv 1607.06450. Both ends: s = 0 gives zeros; a token with
    equal features gives zeros.

    Args:
        h: The tokens.
        scale: A factor s on the result, a number or a tensor that broadcasts with h.
        mask: Boolean, `*batch n` (True: a real token) or pairs, `*batch n n`; pads, and rows
            without any key, do not change.

    Raises:
        TypeError: For arguments of the wrong kind.
        ValueError: For shapes that do not fit, or a scale that is not finite.

    >>> layer_norm(torch.tensor([[-1e6, 1e6]])).tolist()
    [[-1.0, 1.0]]
    """
    require_tokens(h)
    size, pairs = checked_scale(scale, h), pairs_that_count(h, mask)
    rows = None if pairs is None else pairs.rows
    return keep_pads(size * F.layer_norm(h, h.shape[-1:], eps=LAYER_NORM_EPS), h, rows)


def _arguments(h: Any, scale: object, mask: object) -> tuple[float | Tensor, Tensor | None]:
    require_tokens(h)
    return checked_scale(scale, h), real_tokens(h, mask)


def _row_lengths(h: Float[Tensor, "*batch n d"]) -> Float[Tensor, "*batch n 1"]:
    return (PAIR_NORM_EPS + h.square().sum(-1, keepdim=True)).sqrt()


def _whitened(
    h: Float[Tensor, "*batch n d"], real: Bool[Tensor, "*#batch n 1"] | None, eps: float
) -> Float[Tensor, "*batch n d"]:
    counted = h if real is None else h.masked_fill(~real, 0)
    centered = h - token_mean(h, real)
    if real is not None:
        centered = centered.masked_fill(~real, 0)
    n, d = h.shape[-2:]
    wide = n < d
    gram = centered @ centered.mT if wide else centered.mT @ centered
    eigenvalues, vectors = torch.linalg.eigh(gram)
    size = counted.square().sum((-2, -1)).unsqueeze(-1)  # (*batch, 1)
    # What rounding leaves of zero: of the input, and of squaring it.
    share = max((max(n, d) * eps) ** 2, max(n, d) * torch.finfo(h.dtype).eps)
    floor = (share * size).clamp_min(torch.finfo(h.dtype).tiny)
    inverse_root = (vectors * eigenvalues.clamp_min(floor).rsqrt().unsqueeze(-2)) @ vectors.mT
    count = h.new_tensor(n) if real is None else real.sum((-2, -1)).to(h)[..., None, None]
    return count.sqrt() * (inverse_root @ centered if wide else centered @ inverse_root)
