"""The layer and its measures again, one number at a time."""

import math


def length(row: list[float]) -> float:
    return math.sqrt(sum(value * value for value in row))


def by_hand(h: list[list[float]], *, scale: float, temperature: float) -> list[list[float]]:
    """(1 + s) H − s A H, one number at a time."""
    out = []
    for a in h:
        pairs = [sum(x * y for x, y in zip(a, b, strict=True)) / length(a) / length(b) for b in h]
        weights = [math.exp(cosine / temperature) for cosine in pairs]
        average = [
            sum(w * b[k] for w, b in zip(weights, h, strict=True)) / sum(weights)
            for k in range(len(a))
        ]
        out.append([(1 + scale) * x - scale * y for x, y in zip(a, average, strict=True)])
    return out


def loss_by_hand(h: list[list[float]], temperature: float) -> float:
    dots = [[sum(x * y for x, y in zip(a, b, strict=True)) for b in h] for a in h]
    return sum(math.log(sum(math.exp(dot / temperature) for dot in row)) for row in dots)


def rank_by_hand(sigma: list[float]) -> float:
    shares = [value / sum(sigma) for value in sigma]
    return math.exp(-sum(p * math.log(p) for p in shares))
