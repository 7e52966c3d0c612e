"""The measures of one trace, against the authors' definitions written out as released.

`python -m benchmarks.measures`. Theirs: one full SVD and one n-by-n similarity matrix for each
layer and branch, one after another. Here: one call for all layers and branches.
"""

import time
from collections.abc import Callable

import torch
from torch import Tensor

from contranorm import contra_norm, mean_cosine_similarity, partial_centering, singular_values
from contranorm.measures import (
    effective_rank_of,
    explained_variance_of,
    participation_ratio_of,
    stable_rank_of,
)

LAYERS, TOKENS, DIM = 25, 64, 128
ROUNDS = 15


def report() -> None:
    """Print both times, their ratio, and how far the effective ranks are apart."""
    torch.set_num_threads(1)
    hidden = branches()
    theirs, as_released = best_of(lambda: measures_as_released(hidden))
    ours, here = best_of(lambda: measures_here(hidden))
    reference = effective_rank_of(torch.linalg.svdvals(hidden.double()))
    error = (here["effective_rank"] - reference).abs().max()
    released_error = (as_released["effective_rank"] - reference).abs().max()
    print(f"Measures of {tuple(hidden.shape)} = branches, layers, tokens, features; one thread")
    print(f"{'as released (two measures)':32}{theirs * 1e3:>9.1f} ms{'':14}", end="")
    print(f"effective-rank error {released_error:.1e}")
    print(f"{'here (five measures)':32}{ours * 1e3:>9.1f} ms{theirs / ours:>8.1f} times ", end="")
    print(f"effective-rank error {error:.1e}")


def branches() -> Tensor:
    """Make the hidden states of a random post-LN network: alone, centring, ContraNorm."""
    generator = torch.Generator().manual_seed(0)
    start = torch.randn(TOKENS, DIM, generator=generator)
    weights = torch.randn(LAYERS - 1, 4, DIM, DIM, generator=generator) / DIM**0.5
    norms: list[Callable[[Tensor], Tensor]] = [
        lambda h: h,
        lambda h: partial_centering(h, scale=1.0),
        lambda h: contra_norm(h, scale=1.0),
    ]
    return torch.stack([_run(start, weights, norm) for norm in norms])


def _run(h: Tensor, weights: Tensor, norm: Callable[[Tensor], Tensor]) -> Tensor:
    states = [h]
    for query, key, value, out in weights:
        attention = ((h @ query) @ (h @ key).mT / DIM**0.5).softmax(-1)
        h = torch.nn.functional.layer_norm(norm(h + attention @ h @ value @ out), (DIM,))
        states.append(h)
    return torch.stack(states)


def measures_here(hidden: Tensor) -> dict[str, Tensor]:
    """Compute five measures of all layers and branches at once."""
    sigma = singular_values(hidden, dtype=torch.float64)
    return {
        "effective_rank": effective_rank_of(sigma),
        "stable_rank": stable_rank_of(sigma),
        "participation_ratio": participation_ratio_of(sigma),
        "explained_variance": explained_variance_of(sigma),
        "mean_cosine_similarity": mean_cosine_similarity(hidden),
    }


def measures_as_released(hidden: Tensor) -> dict[str, Tensor]:
    """Compute the authors' two measures of one layer after another."""
    ranks, cosines = [], []
    upper = torch.triu(torch.ones(TOKENS, TOKENS), diagonal=1).bool()
    for h in hidden.reshape(-1, 1, TOKENS, DIM):
        sigma = torch.linalg.svd(h)[1]
        share = sigma / sigma.sum(-1, keepdim=True)
        ranks.append((-(share * share.log()).sum(-1)).exp().mean())
        unit = torch.nn.functional.normalize(h, dim=-1)
        cosines.append((unit @ unit.mT)[:, upper].mean())
    shape = hidden.shape[:2]
    return {
        "effective_rank": torch.stack(ranks).reshape(shape),
        "mean_cosine_similarity": torch.stack(cosines).reshape(shape),
    }


def best_of(compute: Callable[[], dict[str, Tensor]]) -> tuple[float, dict[str, Tensor]]:
    """Give the shortest of several times, in seconds, and the result."""
    best = float("inf")
    for _ in range(ROUNDS):
        started = time.perf_counter()
        result = compute()
        best = min(best, time.perf_counter() - started)
    return best, result


if __name__ == "__main__":
    report()
