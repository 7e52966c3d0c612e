"""ContraNorm computed explicitly, by the fused kernel, and as the library chooses.

`python -m benchmarks.kernels`. Times are the best of several runs with one thread; peak memory is
what a fresh process's largest resident size grows by (Linux only). The thresholds in
contranorm/kernels.py were read off this table: compare the ratios, not the milliseconds.
"""

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import torch

from contranorm import contra_norm, kernels

SIZES = (64, 128, 256, 512, 1024, 2048, 4096, 8192)
DIM = 128
BUDGET_SECONDS = 0.4
CHOICES: dict[str, Callable[[torch.Tensor], bool] | None] = {
    "explicit": lambda _: False,
    "fused": lambda _: True,
    "chosen": None,
}
_library_choice = kernels._prefers_fused


def report() -> None:
    """Print times, ratios and memory for every size, without and with gradients."""
    torch.set_num_threads(1)
    print(f"ContraNorm, one item of n tokens, d = {DIM}, float32, one thread")
    print(f"{'':9}{'n':>6}{'explicit ms':>13}{'fused/exp':>11}{'chosen/exp':>12}", end="")
    print(f"{'explicit MB':>13}{'chosen MB':>11}")
    for backward in (False, True):
        for n in SIZES:
            times = _times(n, backward=backward)
            memory = {choice: _peak_in_process(choice, n, backward) for choice in CHOICES}
            explicit = times["explicit"]
            print(f"{'backward' if backward else 'forward':9}{n:>6}{explicit * 1e3:>13.2f}", end="")
            print(f"{times['fused'] / explicit:>11.2f}{times['chosen'] / explicit:>12.2f}", end="")
            print(f"{memory['explicit']:>13.0f}{memory['chosen']:>11.0f}", flush=True)


def _times(n: int, *, backward: bool) -> dict[str, float]:
    """Time the choices in turns, so that a busy moment of the machine hits all of them."""
    best = dict.fromkeys(CHOICES, float("inf"))
    spent, rounds = 0.0, 0
    while rounds < 3 or (spent < BUDGET_SECONDS * 3 and rounds < 60):
        for choice in CHOICES:
            seconds = _seconds(choice, n, backward=backward)
            best[choice] = min(best[choice], seconds)
            spent += seconds
        rounds += 1
    return best


def _seconds(choice: str, n: int, *, backward: bool) -> float:
    kernels._prefers_fused = CHOICES[choice] or _library_choice
    h = torch.randn(1, n, DIM, generator=torch.Generator().manual_seed(n), requires_grad=backward)
    try:
        started = time.perf_counter()
        with torch.set_grad_enabled(backward):
            result = contra_norm(h, scale=1.0)
            if backward:
                result.sum().backward()
        return time.perf_counter() - started
    finally:
        kernels._prefers_fused = _library_choice


def _peak_in_process(choice: str, n: int, backward: bool) -> float:
    command = [sys.executable, "-m", "benchmarks.kernels", choice, str(n), str(int(backward))]
    return float(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def _print_peak(choice: str, n: int, *, backward: bool) -> None:
    torch.set_num_threads(1)
    _seconds(choice, 8, backward=backward)
    before = _peak_kilobytes()
    _seconds(choice, n, backward=backward)
    print((_peak_kilobytes() - before) / 1024)


def _peak_kilobytes() -> float:
    status = Path("/proc/self/status")
    if not status.exists():
        return float("nan")
    return next(float(line.split()[1]) for line in status.open() if line.startswith("VmHWM"))


if __name__ == "__main__":
    if len(sys.argv) == 4:
        _print_peak(sys.argv[1], int(sys.argv[2]), backward=sys.argv[3] == "1")
    else:
        report()
