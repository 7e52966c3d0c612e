"""ContraNorm as functions: tokens in, tokens pushed apart out."""

import math
from typing import Literal, get_args

import torch
from jaxtyping import Float
from torch import Tensor

from contranorm.arguments import (
    checked_scale,
    checked_temperature,
    require_choice,
    require_tokens,
)
from contranorm.kernels import average_of_similar
from contranorm.masks import keep_pads, pairs_that_count, real_tokens

Form = Literal["residual", "plain"]
Similarity = Literal["cosine", "dot"]
Terms = Literal["anchor", "both_sum", "both_mean"]


def contra_norm(
    h: Float[Tensor, "*batch n d"],
    *,
    scale: float | int | Tensor,
    temperature: float | int | Tensor = 1.0,
    form: Form = "residual",
    similarity: Similarity = "cosine",
    terms: Terms = "anchor",
    mask: Tensor | None = None,
) -> Float[Tensor, "*batch n d"]:
    """Push every token away from the average of the tokens that resemble it.

    "residual": (1 + s) H − s A H, "plain": H − s A H, with A = softmax(Ĥ Ĥᵀ/τ) over rows and
    Ĥ the rows of H at length one.

    Source: Guo, Wang, Du, Wang, "ContraNorm", ICLR 2023, arXiv 2303.06562. The paper prints
    the plain form with H Hᵀ and s/τ in front; this is what the authors' code computes
    (modeling_bert.py:268-281, models.py:19-63 of their release), with τ inside the softmax.
    Theirs has no padding mask; and no LayerNorm follows here, see `ContraNorm`.

    Both ends: s = 0 is the identity. τ → ∞ is partial centring, H + s(H − mean); τ → 0 is no
    change (residual) or (1 − s) H (plain) if no two tokens are equal. Equal tokens stay where
    they are (residual, with terms "anchor" or "both_mean").

    Args:
        h: The tokens. A row of zeros resembles every token equally (cosine 0).
        scale: The step size s: a number, or a tensor that broadcasts with h, such as `(d,)`
            per channel or `(*batch, 1, 1)` per item.
        temperature: τ > 0: a number (infinity is allowed), or a tensor without axes or
            `(*batch, 1, 1)`.
        form: Whether the coefficient of H is 1 + s or 1, for every `terms`.
        similarity: "cosine" compares directions, "dot" uses H Hᵀ as printed.
        terms: A is R ("anchor"), R + C ("both_sum") or (R + C)/2 ("both_mean"), with C the
            softmax of the same logits over columns: the two halves of the gradient.
        mask: Boolean, `*batch n n` (True: may repel; the diagonal too is obeyed) or `*batch n`
            (True: a real token), told apart by the number of axes. A row without any key, and
            so a pad, comes back exactly as it went in.

    Raises:
        TypeError: For arguments of the wrong kind.
        ValueError: For unknown names, shapes that do not fit, a scale that is not finite, or a
            temperature that is not positive.

    >>> contra_norm(torch.tensor([[1.0], [3.0]]), scale=0.5).flatten().tolist()
    [0.5, 3.5]
    """
    require_tokens(h)
    require_choice("form", form, get_args(Form))
    require_choice("similarity", similarity, get_args(Similarity))
    require_choice("terms", terms, get_args(Terms))
    strength = checked_scale(scale, h)
    tau = checked_temperature(temperature, h)
    pairs = pairs_that_count(h, mask)
    query = unit_vectors(h) if similarity == "cosine" else h
    average = average_of_similar(query, h, temperature=tau, terms=terms, pairs=pairs)
    return keep_pads(_step(h, average, strength, form), h, None if pairs is None else pairs.rows)


def feature_contra_norm(
    h: Float[Tensor, "*batch n d"],
    *,
    scale: float | int | Tensor,
    temperature: float | int | Tensor = 1.0,
    form: Form = "residual",
    mask: Tensor | None = None,
) -> Float[Tensor, "*batch n d"]:
    """Push every feature away from the features that resemble it, at a cost linear in n.

    "residual": (1 + s) H − s H P, "plain": H − s H P, with P = softmax(Ĥᵀ Ĥ/τ) over rows and
    Ĥ the columns of H at length one.

    Source: the feature-wise variant ("ContraNorm-D") of Guo et al., arXiv 2303.06562, and
    modeling_bert.py:251-265 of the authors' code. Theirs makes the *rows* of H length one, so
    that ĤᵀĤ grows like n/d and the layer turns into a no-op for many tokens; columns do not
    (`VARIANTS["feature_rows"]` is theirs). Multiplying by P from the right is the half of the
    gradient in which a feature is a negative of the others, not the half `contra_norm` keeps.

    Both ends: s = 0 is the identity; τ → ∞ is H + s(H − mean over the features of a token).

    Args:
        h: The tokens. A column of zeros resembles every other equally (cosine 0).
        scale: The step size s, as for `contra_norm`.
        temperature: τ > 0, as for `contra_norm`.
        form: Whether the coefficient of H is 1 + s or 1.
        mask: Boolean, `*batch n` (True: a real token); pads neither count nor change.

    Raises:
        TypeError: For arguments of the wrong kind.
        ValueError: For unknown names, shapes that do not fit, a scale that is not finite, or a
            temperature that is not positive.

    >>> feature_contra_norm(torch.tensor([[2.0, 4.0]]), scale=1.0).tolist()
    [[1.0, 5.0]]
    """
    require_tokens(h)
    require_choice("form", form, get_args(Form))
    strength = checked_scale(scale, h)
    tau = checked_temperature(temperature, h)
    real = real_tokens(h, mask)
    counted = h if real is None else h.masked_fill(~real, 0)
    columns = unit_vectors(counted.mT)  # (*batch, d, n)
    weights = (columns @ columns.mT / tau).softmax(-1)  # (*batch, d, d)
    return keep_pads(_step(h, h @ weights, strength, form), h, real)


def equivalent_scale(scale: float | int) -> float:
    """Give the plain form's step size that a following LayerNorm cannot tell from s.

    s′ = s/(1 + s), for LN((1 + s)H − s A H) = LN(H − s′ A H) if LayerNorm's ε is 0.

    Source: from LayerNorm ignoring a positive factor; no number in the paper. The authors'
    BERT and GCN code uses the residual form, their ALBERT and ViT code the plain one. Both
    ends: s = 0 gives 0, and no s reaches 1.

    Args:
        scale: The residual form's step size, above −1.

    Raises:
        TypeError: For something that is not a number.
        ValueError: For a number that is not finite, or not above −1.

    >>> equivalent_scale(1.0)
    0.5
    """
    if isinstance(scale, bool) or not isinstance(scale, float | int):
        raise TypeError(f"scale must be a number; got {scale!r}")
    if not (math.isfinite(scale) and scale > -1):
        raise ValueError(f"scale must be finite and above -1; got {scale}")
    return scale / (1 + scale)


def unit_vectors(h: Float[Tensor, "*batch n d"]) -> Float[Tensor, "*batch n d"]:
    """Give every row length one; a row of zeros stays zero, and so does its gradient.

    >>> unit_vectors(torch.tensor([[3.0, 4.0], [0.0, 0.0]])).tolist()
    [[0.6000000238418579, 0.800000011920929], [0.0, 0.0]]
    """
    length = torch.linalg.vector_norm(h, dim=-1, keepdim=True)
    return h / length.masked_fill(length == 0, torch.inf)


def _step(h: Tensor, average: Tensor, scale: float | Tensor, form: str) -> Tensor:
    # H + s(H − AH) is (1 + s)H − sAH, and exact where AH = H.
    return h + scale * (h - average) if form == "residual" else h - scale * average
