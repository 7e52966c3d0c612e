"""Two ways to compute the same weighted average of tokens, and the choice between them."""

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

from contranorm.masks import Pairs

# From how many weights (items × n²) on the fused kernel is the faster one on a CPU, measured by
# benchmarks/kernels.py: there the explicit form, which writes all of them down several times,
# has left the cache. Backwards the fused kernel computes them twice, so it pays later.
FUSED_FROM = 2**20
FUSED_FROM_WITH_GRADIENT = 2**23


def average_of_similar(
    query: Float[Tensor, "*batch n d"],
    values: Float[Tensor, "*batch n d"],
    *,
    temperature: float | Tensor,
    terms: str,
    pairs: Pairs | None,
) -> Float[Tensor, "*batch n d"]:
    """Average the values over tokens, weighted by how similar the queries are.

    A V with A = R for `terms="anchor"`, R + C for `"both_sum"`, (R + C)/2 for `"both_mean"`;
    R and C are the softmax of Q Qᵀ/τ over rows and over columns.

    >>> rows = torch.tensor([[1.0], [3.0]])
    >>> average_of_similar(
    ...     rows, rows, temperature=torch.inf, terms="anchor", pairs=None
    ... ).flatten().tolist()
    [2.0, 2.0]
    """
    if terms == "anchor" and isinstance(temperature, float) and _prefers_fused(values):
        return fused_average(query, values, temperature=temperature, pairs=pairs)
    return explicit_average(query, values, temperature=temperature, terms=terms, pairs=pairs)


def explicit_average(
    query: Float[Tensor, "*batch n d"],
    values: Float[Tensor, "*batch n d"],
    *,
    temperature: float | Tensor,
    terms: str,
    pairs: Pairs | None,
) -> Float[Tensor, "*batch n d"]:
    """Compute the average as the equation says it, with every weight written down.

    A column of C without any pair contributes nothing; a row of R without any key is the
    caller's to replace.

    >>> rows = torch.eye(2)
    >>> explicit_average(rows, rows, temperature=1.0, terms="both_sum", pairs=None)[0].sum()
    tensor(2.)
    """
    logits = query @ query.mT / temperature  # (*batch, n, n)
    weights = _softmax(logits, None if pairs is None else pairs.keys_or_all, dim=-1)
    if terms != "anchor":
        in_columns = _softmax(logits, None if pairs is None else pairs.allowed_in_columns, dim=-2)
        weights = weights + (in_columns if pairs is None else in_columns * pairs.allowed)
    if terms == "both_mean":
        weights = weights / 2
    return weights @ values


def fused_average(
    query: Float[Tensor, "*batch n d"],
    values: Float[Tensor, "*batch n d"],
    *,
    temperature: float,
    pairs: Pairs | None,
) -> Float[Tensor, "*batch n d"]:
    """Compute the row-softmax average as attention with query = key, in memory linear in n.

    PyTorch's scaled_dot_product_attention with scale 1/τ and one head.

    >>> rows = torch.tensor([[1.0], [3.0]])
    >>> fused_average(rows, rows, temperature=torch.inf, pairs=None).flatten().tolist()
    [2.0, 2.0]
    """
    batch, (n, d) = query.shape[:-2], query.shape[-2:]
    heads = query.reshape(-1, 1, n, d)
    mask = None
    if pairs is not None:
        keys = pairs.keys_or_all
        mask = keys.expand(*batch, *keys.shape[-2:]).reshape(-1, 1, *keys.shape[-2:])
    average = F.scaled_dot_product_attention(
        heads, heads, values.reshape(-1, 1, n, d), attn_mask=mask, scale=1 / temperature
    )
    return average.reshape(values.shape)


def _prefers_fused(values: Tensor) -> bool:
    if values.device.type != "cpu":
        return True
    with_gradient = torch.is_grad_enabled() and values.requires_grad
    weights = values.shape[:-1].numel() * values.shape[-2]  # items × n²
    return weights >= (FUSED_FROM_WITH_GRADIENT if with_gradient else FUSED_FROM)


def _softmax(logits: Tensor, allowed: Tensor | None, *, dim: int) -> Tensor:
    if allowed is not None:
        logits = logits.masked_fill(~allowed, -torch.inf)
    return logits.softmax(dim)
