"""The two terms of the contrastive loss, and the gradient that ContraNorm is a step along."""

from jaxtyping import Float
from torch import Tensor

from contranorm.arguments import checked_temperature, require_choice, require_tokens
from contranorm.functional import Terms
from contranorm.kernels import explicit_average


def alignment(
    h: Float[Tensor, "*batch n d"], h_positive: Float[Tensor, "*batch n d"]
) -> Float[Tensor, "*batch"]:
    """Average the squared distance between each point and its positive partner.

    (1/n) Σ_i ‖h_i − h_i⁺‖².

    Source: Wang and Isola, "Understanding contrastive representation learning", ICML 2020,
    arXiv 2005.10242. How to read it, in squared units of H: 0 is every pair in one place; on
    unit rows 4 is every pair at opposite ends.

    Args:
        h: The points, as they are; unit rows are the caller's choice.
        h_positive: Their partners, in the same order.

    Raises:
        TypeError: For points that are not floating-point tensors.
        ValueError: For two shapes that differ.

    >>> import torch
    >>> alignment(torch.tensor([[0.0], [1.0]]), torch.tensor([[3.0], [2.0]])).item()
    5.0
    """
    require_tokens(h)
    require_tokens(h_positive)
    if h.shape != h_positive.shape:
        raise ValueError(
            "every point needs one partner, so both shapes must be the same; "
            f"got {tuple(h.shape)} and {tuple(h_positive.shape)}"
        )
    return (h - h_positive).square().sum(-1).mean(-1)


def uniformity(
    h: Float[Tensor, "*batch n d"], *, temperature: float | int | Tensor
) -> Float[Tensor, "*batch"]:
    """Add up how much each point resembles all the others: the loss that spreads them.

    L_u(H) = Σ_i log Σ_j exp(h_i·h_j/τ), the point itself (j = i) included.

    Source: the denominators of the contrastive loss, as Guo et al. (arXiv 2303.06562) derive
    ContraNorm from; the formula is written from memory of the paper and its gradient checked.
    How to read it, in nats, lower is more uniform: n ln n + n/τ is all unit rows in one place;
    the self term alone keeps it above n/τ on unit rows.

    Args:
        h: The points, as they are; unit rows are the caller's choice.
        temperature: τ > 0: a number, or a tensor without axes or `(*batch, 1, 1)`.

    Raises:
        TypeError: For arguments of the wrong kind.
        ValueError: For a temperature that is not positive or does not fit.

    >>> import torch
    >>> uniformity(torch.zeros(1, 2), temperature=1.0).item()
    0.0
    """
    require_tokens(h)
    tau = checked_temperature(temperature, h)
    return (h @ h.mT / tau).logsumexp(-1).sum(-1)


def uniformity_gradient(
    h: Float[Tensor, "*batch n d"],
    *,
    temperature: float | int | Tensor,
    terms: Terms = "both_sum",
) -> Float[Tensor, "*batch n d"]:
    """Give the gradient of `uniformity` in closed form, or the half that ContraNorm keeps.

    ∂L_u/∂H = (1/τ)(R + C) H with R the row and C the column softmax of H Hᵀ/τ.

    Source: differentiated from L_u; agrees with autograd and finite differences. In term R the
    point is the anchor, in C it is a negative of the other anchors. "anchor" keeps R: the
    gradient if no gradient flows into the h_j. Both ends: points all equal give 2 h/τ in every
    row ("both_sum"), so nothing tells them apart; τ → ∞ gives zero.

    Args:
        h: The points, as they are.
        temperature: τ > 0: a number, or a tensor without axes or `(*batch, 1, 1)`.
        terms: "both_sum" is the gradient, "anchor" its first term, "both_mean" half of it.

    Raises:
        TypeError: For arguments of the wrong kind.
        ValueError: For an unknown name, or a temperature that is not positive or does not fit.

    >>> import torch
    >>> uniformity_gradient(torch.tensor([[1.0], [1.0]]), temperature=0.5).flatten().tolist()
    [4.0, 4.0]
    """
    require_tokens(h)
    require_choice("terms", terms, ("anchor", "both_sum", "both_mean"))
    tau = checked_temperature(temperature, h)
    return explicit_average(h, h, temperature=tau, terms=terms, pairs=None) / tau
