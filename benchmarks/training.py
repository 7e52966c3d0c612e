"""How long a training step takes: a plain loop, ours, each method, and what might be faster.

Run `python -m benchmarks.training`. Steps are interleaved, so that a busy moment of the machine
falls on all; the figure is the median.
"""

import argparse
import statistics
import time
from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import nn

from models.methods import METHODS
from models.network import Network
from training.config import RunConfig
from training.loop import Training, batches, step
from training.task import Part


class Plain(nn.Module):
    """The same network from PyTorch's own layers, as a good student would write it."""

    def __init__(self, depth: int) -> None:
        """Make it."""
        super().__init__()
        self.embed = nn.Linear(4, 64)
        self.position = nn.Parameter(0.02 * torch.randn(16, 64))
        layer = nn.TransformerEncoderLayer(
            64, 4, 256, dropout=0.0, activation="gelu", batch_first=True
        )
        self.encoder = nn.TransformerEncoder(layer, depth, enable_nested_tensor=False)
        self.head = nn.Linear(64, 10)

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        """Score a batch of patches."""
        return self.head(self.encoder(self.embed(inputs) + self.position).mean(1))


def plain_step(depth: int, part: Part) -> Callable[[], object]:
    """Make the step of the plain loop."""
    network = Plain(depth)
    optimizer = torch.optim.AdamW(network.parameters(), lr=1e-3)

    def run() -> float:
        optimizer.zero_grad()
        loss = F.cross_entropy(network(part.inputs), part.labels)
        loss.backward()
        nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimizer.step()
        return loss.item()

    return run


def our_step(
    method: str,
    depth: int,
    part: Part,
    *,
    adamw: str = "",
    bfloat16: bool = False,
    compiled: bool = False,
) -> Callable[[], object]:
    """Make our own step, for a method, or with something that might be faster."""
    treatment = METHODS[method].default.treatment
    network = Network(RunConfig(method=method, depth=depth).network)
    options = {adamw: True} if adamw else {}
    optimizer = torch.optim.AdamW(network.parameters(), lr=1e-3, **options)
    called = torch.compile(network) if compiled else network

    def run() -> object:
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=bfloat16):
            return step(called, optimizer, part, treatment, 1.0)

    return run


def medians(steps: dict[str, Callable[[], object]], rounds: int) -> dict[str, float]:
    """Time all steps in turn; the first round warms up. Milliseconds."""
    times: dict[str, list[float]] = {name: [] for name in steps}
    for turn in range(rounds + 1):
        for name, run in steps.items():
            started = time.perf_counter()
            run()
            if turn:
                times[name].append(1000 * (time.perf_counter() - started))
    return {name: statistics.median(taken) for name, taken in times.items()}


def table(title: str, found: dict[str, float], base: str) -> None:
    """Print one line each, and how it compares with the base."""
    print(f"\n{title}")
    for name, milliseconds in found.items():
        print(f"  {name:32} {milliseconds:8.1f} ms   x{milliseconds / found[base]:.2f}")


def main() -> None:
    """Time everything."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.training")
    parser.add_argument("--depth", type=int, default=12)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--compile", action="store_true", help="torch.compile too (slow to start)")
    options = parser.parse_args()
    torch.set_num_threads(1)
    training = Training(RunConfig(depth=1))
    rows = next(batches(len(training.data.train.labels), training.config, 0))
    part = Part(training.data.train.inputs[rows], training.data.train.labels[rows])
    depth, rounds = options.depth, options.rounds
    ours = {name: our_step(name, depth, part) for name in METHODS}
    both = medians({"plain loop": plain_step(depth, part), "ours": ours["none"]}, 2 * rounds)
    table(f"A step of {len(rows)} digits, depth {depth}, one thread", both, "plain loop")
    table("By method", medians(ours, rounds), "none")
    tried = {
        "ours": ours["none"],
        "foreach AdamW": our_step("none", depth, part, adamw="foreach"),
        "fused AdamW": our_step("none", depth, part, adamw="fused"),
        "bfloat16": our_step("none", depth, part, bfloat16=True),
    }
    if options.compile:
        tried["torch.compile"] = our_step("none", depth, part, compiled=True)
    table("What might be faster", medians(tried, min(rounds, 3)), "ours")
    torch.set_num_threads(2)
    table("Two threads", medians({"ours": ours["none"]}, rounds) | {"one": both["ours"]}, "one")


if __name__ == "__main__":
    main()
