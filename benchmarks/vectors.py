"""A large cloud, in the worker that the page uses: seconds, memory, and who has to wait.

`python -m benchmarks.vectors [ROWS COLUMNS]`; 20,000 × 768 by default. Each piece of work runs in
a fresh worker with one thread; its memory is the largest resident size above what it had when it
held the vectors. The pause is the longest time that another thread of the server's process had to
wait for its turn while the work was sent, done and fetched.
"""

import sys
import threading
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from models.vectors import work
from models.vectors.table import Bounds, Table
from models.vectors.writing import written
from ui import jobs

BEAT = 0.005  # seconds between two signs of life of the thread that watches


def report(rows: int = 20_000, columns: int = 768) -> None:
    """Print one line for each piece of work."""
    values = np.random.default_rng(0).normal(size=(rows, columns)).astype(np.float32) + 1
    print(f"{rows:,} × {columns:,} float32, {values.nbytes / 1e6:.0f} MB, one worker, one thread")
    print(f"{'':34}{'seconds':>9}{'MB above':>10}{'pause ms':>10}")
    files = {kind: written(Table(kind, values)) for kind in ("csv", "parquet", "npy")}
    warmed = jobs.start(_peak, work.measure, values[:100])
    _ended(warmed)
    pieces: list[tuple[str, Callable[..., Any], tuple[Any, ...]]] = [
        *((f"read {kind}, {len(data) / 1e6:.0f} MB", work.open_file, (data, "", Bounds()))
          for kind, data in files.items()),
        ("diagnose", work.measure, (values,)),
        ("ContraNorm, diagnosed, as .npy", work.apply, (Table("npy", values), "contra_norm", 1, 1)),
        ("ZCA whitening, the same", work.apply, (Table("npy", values), "zca_whitening", 1, 1)),
    ]  # fmt: skip
    for name, function, arguments in pieces:
        seconds, megabytes, pause = _measured(function, arguments)
        print(f"{name:34}{seconds:>9.2f}{megabytes:>10.0f}{pause:>10.0f}", flush=True)


def _measured(function: Callable[..., Any], arguments: tuple[Any, ...]) -> tuple[float, ...]:
    over, pauses = threading.Event(), [0.0]

    def watch() -> None:
        before = time.perf_counter()
        while not over.is_set():
            time.sleep(BEAT)
            now = time.perf_counter()
            pauses.append(now - before - BEAT)
            before = now

    watcher = threading.Thread(target=watch)
    watcher.start()
    started = time.perf_counter()
    job = _ended(jobs.start(_peak, function, *arguments))
    seconds = time.perf_counter() - started
    over.set()
    watcher.join()
    return seconds, job.result, 1000 * max(pauses)


def _ended(job: jobs.Job) -> jobs.Job:
    while not job.over:
        time.sleep(0.02)
    assert job.state == "done", job
    return job


def _peak(report_to: Callable[..., None], function: Callable[..., Any], *arguments: Any) -> float:
    """Run a piece of work, and return by how many MB its worker grew at most."""
    with open("/proc/self/clear_refs", "w", encoding="ascii") as reset:  # noqa: PTH123
        reset.write("5")  # forget the peak so far
    before = _resident("VmRSS")
    kept = function(report_to, *arguments)
    grown = _resident("VmHWM") - before
    del kept
    return grown


def _resident(name: str) -> float:
    with open("/proc/self/status", encoding="ascii") as status:  # noqa: PTH123
        return next(float(line.split()[1]) for line in status if line.startswith(name)) / 1000


if __name__ == "__main__":
    report(*map(int, sys.argv[1:3]))
