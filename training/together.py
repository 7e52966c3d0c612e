"""Several runs side by side: one epoch of each in turn, so that their curves grow together."""

import math
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import torch
from filelock import FileLock, Timeout

from training.config import RunConfig
from training.folder import FolderError, RunFolder
from training.loop import Epoch
from training.run import run
from training.tasks import TASKS

SECONDS_BETWEEN = 0.2  # at least, between two reports

Report = Callable[..., None]


@dataclass(frozen=True)
class Progress:
    """How far runs are, all together.

    `taken` of `steps` are behind them, `before` of those from an earlier time; `seconds` have
    passed since.
    """

    taken: int
    steps: int
    before: int
    seconds: float

    @property
    def speed(self) -> float | None:
        """Steps a second since the runs were begun or gone on with; None before the first."""
        made = self.taken - self.before
        return made / self.seconds if made > 0 and self.seconds > 0 else None

    @property
    def left(self) -> float | None:
        """Seconds until the end at this speed; None before the first step."""
        return (self.steps - self.taken) / self.speed if self.speed else None


def train(report: Report, runs: Sequence[tuple[RunConfig, Path]]) -> None:
    """Train several runs into their folders, each from its checkpoint if it has one.

    A run that diverges ends alone; the others go on.

    Args:
        report: Called as `report(share, progress)`.
        runs: Each run and its folder.

    Raises:
        FolderError: If a folder cannot be read or written, or another process trains into it.
    """
    torch.set_num_threads(1)  # the same numbers every time
    with ExitStack() as held:
        for _, path in runs:
            held.enter_context(_alone(path))
        counted = _Counted(report, runs)
        under_way = [run(config, RunFolder(path), counted.step) for config, path in runs]
        while under_way:
            under_way = [one for one in under_way if _epoch_of(one) is not None]


def steps_of(config: RunConfig) -> int:
    """Count the steps of a whole run.

    >>> steps_of(RunConfig(epochs=2))  # 1077 digits in batches of 128
    18
    """
    return config.epochs * math.ceil(TASKS[config.task].trained / config.batch)


class _Counted:
    """Counts steps as they are taken, and reports them; it never asks a run to stop."""

    def __init__(self, report: Report, runs: Sequence[tuple[RunConfig, Path]]) -> None:
        self.report = report
        self.steps = sum(steps_of(config) for config, _ in runs)
        self.before = self.taken = sum(_taken(RunFolder(path)) for _, path in runs)
        self.started = self.last = time.monotonic()

    def step(self) -> bool:
        """Count one step; it is asked before each."""
        now = time.monotonic()
        if now - self.last >= SECONDS_BETWEEN:
            self.last = now
            said = Progress(self.taken, self.steps, self.before, now - self.started)
            self.report(self.taken / max(1, self.steps), said)
        self.taken += 1
        return False


def _epoch_of(training: Iterator[Epoch]) -> Epoch | None:
    return next(training, None)


def _taken(folder: RunFolder) -> int:
    lines = folder.metrics() if folder.checkpoint.is_file() else []
    return int(lines[-1]["step"]) if lines else 0


def _alone(path: Path) -> FileLock:
    """Hold a run's folder, so that no other process writes into it; beside it, not in it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(path.with_name(f"{path.name}.lock"))
    try:
        lock.acquire(blocking=False)
    except Timeout as reason:
        raise FolderError(
            f"one process at a time trains into a folder; {path.name} is being trained by another"
        ) from reason
    except OSError as reason:
        raise FolderError(f"{path.name} could not be held: {reason.strerror}") from reason
    return lock
