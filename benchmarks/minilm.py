"""MiniLM with 128 tokens: one branch, both branches, every measure, and what is read out of it.

`python -m benchmarks.minilm`. Best of several runs. The goal for both branches with all measures
is 120 ms on two cores; pages compute each branch once and keep the one without a norm, so that a
moved slider costs one branch and its measures.
"""

import time
from collections.abc import Callable

import torch

from contranorm import attention_similarity, mean_cosine_similarity, singular_values
from contranorm.measures import effective_rank_of, participation_ratio_of, stable_rank_of
from models.branch import Branch
from models.costs import norm_cost
from models.information import information
from models.pretrained import minilm
from models.reading import TextTrace, text_trace
from models.together import together
from models.token_twins import token_twins

TOKENS = 128
TEXT = "the fox and the dog walk over a hill by the sea " * 20
BRANCHES = (Branch(), Branch("contra_norm", 1.0))


def report() -> None:
    """Print the time of each part, and of both branches together."""
    used = minilm()
    runs = text_trace([TEXT], used=used, branches=BRANCHES, longest=TOKENS)

    def read(*branches: Branch) -> tuple[TextTrace, ...]:
        return text_trace([TEXT], used=used, branches=branches, longest=TOKENS)

    def whole(branch: Branch) -> dict[str, torch.Tensor]:
        return measured(read(branch))

    parts: dict[str, tuple[Callable[[], object], int]] = {
        "one branch, no norm": (lambda: read(BRANCHES[0]), 12),
        "one branch, ContraNorm": (lambda: read(BRANCHES[1]), 12),
        "measures of one branch": (lambda: measured(runs[1:]), 12),
        "both branches, all measures": (lambda: together(whole, BRANCHES), 12),
        "the same, one after the other": (lambda: [whole(one) for one in BRANCHES], 12),
        "token twins of both": (lambda: token_twins(runs), 12),
        "cost of a norm, 75 pairs": (lambda: norm_cost(used, BRANCHES[1]), 2),
        "information test, two branches": (lambda: information(used, branches=BRANCHES), 2),
    }
    print(f"MiniLM, {TOKENS} tokens, {torch.get_num_threads()} thread(s), {used.device.name}")
    for name, (compute, rounds) in parts.items():
        print(f"{name:34}{best_of(compute, rounds) * 1e3:>9.1f} ms")


def measured(runs: tuple[TextTrace, ...]) -> dict[str, torch.Tensor]:
    """Compute every measure of tokens and attention, at every layer of every branch."""
    hidden = torch.stack([run.hidden[:, 0] for run in runs])
    sigma = singular_values(hidden, dtype=torch.float64)
    maps = [run.attention[:, 0] for run in runs if run.attention is not None]
    return {
        "effective_rank": effective_rank_of(sigma),
        "stable_rank": stable_rank_of(sigma),
        "participation_ratio": participation_ratio_of(sigma),
        "mean_cosine_similarity": mean_cosine_similarity(hidden),
        "attention_similarity": attention_similarity(torch.stack(maps)),
    }


def best_of(compute: Callable[[], object], rounds: int) -> float:
    """Give the shortest of several times, in seconds."""
    best = float("inf")
    for _ in range(rounds):
        started = time.perf_counter()
        compute()
        best = min(best, time.perf_counter() - started)
    return best


if __name__ == "__main__":
    torch.set_num_threads(1)
    report()
