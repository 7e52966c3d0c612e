"""The equations once more, as loops over pairs of Python floats: slow, plain, independent."""

import math

import torch
from torch import Tensor


def tokens(seed: int, *shape: int) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(*shape, generator=generator, dtype=torch.float64)


def contra_norm_by_loops(
    h: Tensor,
    *,
    scale: float,
    temperature: float = 1.0,
    form: str = "residual",
    similarity: str = "cosine",
    terms: str = "anchor",
    allowed: Tensor | None = None,
) -> Tensor:
    rows = h.tolist()
    n, d = h.shape
    see = [[True] * n for _ in range(n)] if allowed is None else allowed.tolist()
    logit = [[_alike(a, b, similarity) / temperature for b in rows] for a in rows]
    result = [list(row) for row in rows]
    for i in range(n):
        if not any(see[i]):
            continue
        for c in range(d):
            average = 0.0
            for j in range(n):
                if not see[i][j]:
                    continue
                in_row = 1 / sum(math.exp(logit[i][k] - logit[i][j]) for k in range(n) if see[i][k])
                in_column = 1 / sum(
                    math.exp(logit[k][j] - logit[i][j]) for k in range(n) if see[k][j]
                )
                weight = {
                    "anchor": in_row,
                    "both_sum": in_row + in_column,
                    "both_mean": (in_row + in_column) / 2,
                }[terms]
                average += weight * rows[j][c]
            own = (1 + scale) if form == "residual" else 1.0
            result[i][c] = own * rows[i][c] - scale * average
    return torch.tensor(result, dtype=torch.float64)


def feature_contra_norm_by_loops(
    h: Tensor, *, scale: float, temperature: float = 1.0, form: str = "residual"
) -> Tensor:
    columns = h.mT.tolist()
    d, n = len(columns), h.shape[0]
    logit = [[_alike(a, b, "cosine") / temperature for b in columns] for a in columns]
    result = torch.zeros_like(h)
    for i in range(n):
        for c in range(d):
            average = sum(
                columns[k][i] / sum(math.exp(logit[k][m] - logit[k][c]) for m in range(d))
                for k in range(d)
            )
            own = (1 + scale) if form == "residual" else 1.0
            result[i, c] = own * columns[c][i] - scale * average
    return result


def _alike(a: list[float], b: list[float], similarity: str) -> float:
    dot = math.fsum(x * y for x, y in zip(a, b, strict=True))
    if similarity == "dot":
        return dot
    lengths = math.hypot(*a) * math.hypot(*b)
    return dot / lengths if lengths else 0.0
