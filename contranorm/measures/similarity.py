"""How alike the tokens are: cosines and the spread around the mean."""

import torch
from jaxtyping import Float
from torch import Tensor

from contranorm.arguments import require_tokens
from contranorm.functional import unit_vectors
from contranorm.masks import real_tokens, token_mean


def mean_cosine_similarity(
    h: Float[Tensor, "*batch n d"], *, mask: Tensor | None = None
) -> Float[Tensor, "*batch"]:
    """Average the cosine over all pairs of different tokens.

    (2/(n(n−1))) Σ_{i<j} cos(h_i, h_j) = (‖Σ_i ĥ_i‖² − Σ_i ‖ĥ_i‖²) / (n(n−1)), the second form
    without n² cosines.

    Source: "feature cosine similarity" of Guo et al., arXiv 2303.06562; their metrics.py:8-19.
    How to read it: 1 is every token in one direction; 0 is none in common; it cannot fall
    below −1/(n−1). A low value is not health: two opposite clusters reach the lowest one in a
    single direction. A row of zeros has cosine 0 with everything; a single token gives 1.

    Args:
        h: The tokens.
        mask: Boolean, `*batch n` (True: a real token), or None.

    Raises:
        TypeError: For tokens that are not floating-point numbers, or a mask that is not boolean.
        ValueError: For shapes that do not fit.

    >>> mean_cosine_similarity(torch.tensor([[2.0, 0.0], [0.0, 3.0], [1.0, 0.0]])).item()
    0.3333333432674408
    """
    require_tokens(h)
    real = real_tokens(h, mask)
    counted = h if real is None else h.masked_fill(~real, 0)
    unit = unit_vectors(counted)
    own = unit.square().sum((-2, -1))
    ordered = unit.sum(-2).square().sum(-1) - own
    count = torch.as_tensor(h.shape[-2]) if real is None else real.sum((-2, -1))
    pairs = (count * (count - 1)).to(h)
    cosine = (ordered / pairs.clamp_min(1)).clamp(-1, 1)
    return torch.where(pairs > 0, cosine, torch.ones_like(cosine))


def attention_similarity(
    attention: Float[Tensor, "*batch heads n n"], *, mask: Tensor | None = None
) -> Float[Tensor, "*batch"]:
    """Average the cosine over all pairs of rows of an attention map, and then over heads.

    The mean over heads of `mean_cosine_similarity` of the rows.

    Source: "attention-map similarity" of Guo et al., arXiv 2303.06562; their
    modeling_bert.py:190-206. How to read it: 1 is every token attending alike, so that all
    of them are given the same mixture; 0 is every token attending to others of its own.

    Args:
        attention: Attention weights; row i says where token i looks.
        mask: Boolean, `*batch n` (True: a real token), or None. It hides rows; what a row says
            about pads is taken as given.

    Raises:
        TypeError: For tokens that are not floating-point numbers, or a mask that is not boolean.
        ValueError: For shapes that do not fit.

    >>> attention_similarity(torch.stack([torch.eye(3), torch.ones(3, 3)])).item()
    0.5
    """
    require_tokens(attention)
    if attention.dim() < 3:
        raise ValueError(
            "attention must have the axes (*batch, heads, n, n); "
            f"got shape {tuple(attention.shape)}"
        )
    real = real_tokens(attention.select(-3, 0), mask)
    rows = None if real is None else real.mT  # (*batch, 1, n): the same for every head
    return mean_cosine_similarity(attention, mask=rows).mean(-1)


def token_variance(
    h: Float[Tensor, "*batch n d"], *, mask: Tensor | None = None
) -> Float[Tensor, "*batch"]:
    """Add up the squared distances of the tokens from their mean.

    ‖(I − 11ᵀ/n) H‖_F².

    Source: the variance of the paper's first proposition (Guo et al., arXiv 2303.06562). The
    authors' code computes another one, over the features of each token, which a LayerNorm
    makes constant. How to read it, in squared units of H: 0 is complete collapse, all tokens
    equal; it has no upper end and grows with the square of the tokens' size.

    Args:
        h: The tokens.
        mask: Boolean, `*batch n` (True: a real token), or None.

    Raises:
        TypeError: For tokens that are not floating-point numbers, or a mask that is not boolean.
        ValueError: For shapes that do not fit.

    >>> token_variance(torch.tensor([[1.0], [3.0]])).item()
    2.0
    """
    require_tokens(h)
    real = real_tokens(h, mask)
    squared = (h - token_mean(h, real)).square()
    return (squared if real is None else squared.masked_fill(~real, 0)).sum((-2, -1))
