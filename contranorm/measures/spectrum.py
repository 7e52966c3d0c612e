"""How many directions the tokens use: singular values and the numbers made from them."""

import torch
from jaxtyping import Float
from torch import Tensor

from contranorm.arguments import require_tokens
from contranorm.precision import in_float64

# Below this share of the largest, an eigenvalue of the Gram matrix says nothing about its
# singular value: squaring has pushed it into the rounding of float64.
GRAM_FLOOR = 1e-12


def singular_values(
    h: Float[Tensor, "*batch n d"], *, dtype: torch.dtype | None = None
) -> Float[Tensor, "*batch k"]:
    """Give the singular values of the tokens, largest first, min(n, d) of them.

    σ_k(H), the lengths of the axes of the cloud H maps a sphere to.

    float64 tokens, and tokens that need a gradient, go through an SVD. Others go through the
    eigenvalues of the smaller of H Hᵀ and Hᵀ H in float64, several times faster; items with
    more than one singular value too small for that are done again by SVD. How to read them, in
    units of H: one value far above the rest is a cone around one direction; zeros are unused
    directions. Zeros give zeros; an item with NaN or infinity in it gives NaN.

    Args:
        h: The tokens.
        dtype: The result's dtype; None for that of h.

    Raises:
        TypeError: For tokens that are not floating-point numbers.
        ValueError: For tokens without the axes n and d.

    >>> singular_values(torch.tensor([[0.0, 1.0], [3.0, 0.0]])).tolist()
    [3.0, 1.0]
    """
    require_tokens(h)
    tokens = in_float64(h)
    finite = torch.isfinite(tokens.abs().amax((-2, -1)))
    spoiled = not bool(finite.all())
    if spoiled:
        tokens = torch.where(finite[..., None, None], tokens, torch.zeros_like(tokens))
    precise = h.dtype == torch.float64 or (torch.is_grad_enabled() and h.requires_grad)
    sigma = torch.linalg.svdvals(tokens) if precise else _through_gram(tokens)
    if spoiled:
        sigma = sigma.masked_fill(~finite.unsqueeze(-1), torch.nan)
    return sigma.to(device=h.device, dtype=dtype or h.dtype)


def effective_rank(
    h: Float[Tensor, "*batch n d"], *, centered: bool = False
) -> Float[Tensor, "*batch"]:
    """Count the directions the tokens use, weighted by how much they use them.

    exp(−Σ_k p_k ln p_k) with p_k = σ_k/Σσ: singular values, not squared; 0 ln 0 = 0.

    Source: Roy and Vetterli, "The effective rank", EUSIPCO 2007; Guo et al., arXiv 2303.06562,
    uncentred as here. How to read it, in directions: 1 is one direction, min(n, d) is all of
    them alike. Uncentred, a common offset of all tokens counts as a direction, and a tight
    cluster far from the origin reads 1 though its shape is round: `centered=True` removes the
    mean first. All zeros give 0.

    Args:
        h: The tokens.
        centered: Whether to subtract the mean token first.

    >>> round(effective_rank(torch.diag(torch.tensor([3.0, 1.0]))).item(), 4)
    1.7548
    """
    return effective_rank_of(_spectrum(h, centered=centered)).to(h)


def stable_rank(
    h: Float[Tensor, "*batch n d"], *, centered: bool = False
) -> Float[Tensor, "*batch"]:
    """Compare all of the tokens' energy with that of their strongest direction.

    ‖H‖_F²/‖H‖₂² = Σσ²/σ_1².

    Source: Rudelson and Vershynin 2007 ("numerical rank"). How to read it, in directions: 1 is
    one direction, min(n, d) is all alike; small directions hardly count. All zeros give 0.

    Args:
        h: The tokens.
        centered: Whether to subtract the mean token first.

    >>> stable_rank(torch.diag(torch.tensor([2.0, 1.0]))).item()
    1.25
    """
    return stable_rank_of(_spectrum(h, centered=centered)).to(h)


def participation_ratio(
    h: Float[Tensor, "*batch n d"], *, centered: bool = False
) -> Float[Tensor, "*batch"]:
    """Count the directions that share in the tokens' energy.

    (Σλ)²/Σλ² with λ_k = σ_k², the eigenvalues of HᵀH; with `centered=True` those of the
    covariance, up to a factor that cancels, which is the usual definition.

    Source: as in Gao et al., "A theory of multineuronal dimensionality", 2017. How to read it,
    in directions: 1 is one direction, min(n, d) is all alike. All zeros give 0.

    Args:
        h: The tokens.
        centered: Whether to subtract the mean token first.

    >>> round(participation_ratio(torch.diag(torch.tensor([2.0, 1.0]))).item(), 6)
    1.470588
    """
    return participation_ratio_of(_spectrum(h, centered=centered)).to(h)


def explained_variance(
    h: Float[Tensor, "*batch n d"], *, k: int = 2, centered: bool = True
) -> Float[Tensor, "*batch"]:
    """Say how much of the tokens' spread a picture with k axes can show.

    Σ_{i≤k} σ_i²/Σσ² of the tokens minus their mean: the share of the first k principal
    components.

    Source: principal component analysis (Pearson 1901). How to read it: 1 is a picture that
    hides nothing; k/min(n, d) is directions all alike, the least there can be. Tokens that are
    all equal give 1: nothing is hidden.

    Args:
        h: The tokens.
        k: How many axes.
        centered: Whether to subtract the mean token first.

    Raises:
        ValueError: For k below 1.

    >>> explained_variance(torch.diag(torch.tensor([2.0, 1.0])), k=1, centered=False).item()
    0.800000011920929
    """
    return explained_variance_of(_spectrum(h, centered=centered), k=k).to(h)


def effective_rank_of(sigma: Float[Tensor, "*batch k"]) -> Float[Tensor, "*batch"]:
    """Give the effective rank that belongs to these singular values.

    >>> effective_rank_of(torch.zeros(3)).item()
    0.0
    """
    total = sigma.sum(-1, keepdim=True)
    p = sigma / _or_one(total)
    positive = torch.where(p > 0, p, torch.ones_like(p))
    entropy = -(p * positive.log()).sum(-1)  # NaN in p stays NaN
    return torch.where(total.squeeze(-1) == 0, torch.zeros_like(entropy), entropy.exp())


def stable_rank_of(sigma: Float[Tensor, "*batch k"]) -> Float[Tensor, "*batch"]:
    """Give the stable rank that belongs to these singular values, largest first.

    >>> stable_rank_of(torch.tensor([2.0, 1.0])).item()
    1.25
    """
    return (sigma / _or_one(sigma[..., :1])).square().sum(-1)


def participation_ratio_of(sigma: Float[Tensor, "*batch k"]) -> Float[Tensor, "*batch"]:
    """Give the participation ratio that belongs to these singular values, largest first.

    >>> participation_ratio_of(torch.tensor([1.0, 1.0, 0.0])).item()
    2.0
    """
    eigenvalues = (sigma / _or_one(sigma[..., :1])).square()  # the size cancels; no underflow
    return eigenvalues.sum(-1).square() / _or_one(eigenvalues.square().sum(-1))


def explained_variance_of(
    sigma: Float[Tensor, "*batch k"], *, k: int = 2
) -> Float[Tensor, "*batch"]:
    """Give the share of the first k of these singular values, largest first.

    Raises:
        ValueError: For k below 1.

    >>> explained_variance_of(torch.zeros(3)).item()
    1.0
    """
    if k < 1:
        raise ValueError(f"k must be at least 1; got {k}")
    energy = (sigma / _or_one(sigma[..., :1])).square()
    total = energy.sum(-1)
    share = energy[..., :k].sum(-1) / _or_one(total)
    return torch.where(total == 0, torch.ones_like(share), share)


def _spectrum(h: Tensor, *, centered: bool) -> Float[Tensor, "*batch k"]:
    if centered:
        precise = in_float64(h)
        h = precise - precise.mean(-2, keepdim=True)
    return singular_values(h, dtype=torch.float64 if h.device.type != "mps" else None)


def _or_one(total: Tensor) -> Tensor:
    return torch.where(total == 0, torch.ones_like(total), total)


def _through_gram(h: Float[Tensor, "*batch n d"]) -> Float[Tensor, "*batch k"]:
    n, d = h.shape[-2:]
    gram = h @ h.mT if n <= d else h.mT @ h
    eigenvalues = torch.linalg.eigvalsh(gram).flip(-1)
    doubtful = (eigenvalues < GRAM_FLOOR * eigenvalues[..., :1]).sum(-1) > 1
    sigma = eigenvalues.clamp_min(0).sqrt()
    if bool(doubtful.any()):
        sigma[doubtful] = torch.linalg.svdvals(h[doubtful])
    return sigma
