"""Long work in another process: a queue for the whole server, progress, partial results, cancel.

A job is a function that can be pickled, and its arguments. The function is called in a worker
process as `function(report, *arguments)`; `report(share, partial)` says how far it is, and hands
over what there is so far. Nothing here knows of a page or of Streamlit.
"""

import contextlib
import importlib
import os
import threading
import time
from collections.abc import Callable
from concurrent.futures import CancelledError
from concurrent.futures import TimeoutError as TooLate
from dataclasses import dataclass, field
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import Any

from pebble import CONSTS, ProcessExpired, ProcessPool

from ui import counters
from ui.handing import give, take
from ui.limits import limit

NICE = 10  # how far the workers stand behind the process that answers visitors
SECONDS_BETWEEN = 0.1  # at least, between two reports that are sent
SECONDS_ALONE = 10.0  # a job whose visitor is away for so long is cancelled
SECONDS_IDLE = 300.0  # workers without work for so long are let go
BEGUN, OVER = "begun", "over"  # what a worker says besides how far it is
SECONDS_TO_STOP = 0.5  # a worker that has not stopped by then is killed

Report = Callable[..., None]


class Full(RuntimeError):  # noqa: N818 - it states a condition of the server
    """More jobs wait than this server was set up for."""


@dataclass(eq=False)
class Job:
    """One piece of work: where it stands, and what came of it.

    `state` is "waiting", "running", "done", or how it ended otherwise: "failed" (`error` says
    why), "cancelled", "late" (it took too long), "killed" (its process ended, for want of
    memory say). `share` runs from 0 to 1, `partial` is the latest partial result.
    """

    alive: Callable[[], bool] = field(repr=False)
    state: str = "waiting"
    share: float = 0.0
    partial: Any = None
    result: Any = None
    error: BaseException | None = None
    _future: Any = field(default=None, repr=False)
    _seen: float = field(default_factory=time.monotonic, repr=False)

    @property
    def over(self) -> bool:
        """Whether nothing more will happen."""
        return self.state not in ("waiting", "running")

    @property
    def place(self) -> int:
        """How many jobs are before this one: 0 for a job that runs."""
        with _lock:
            return _jobs.index(self) if self in _jobs and self.state == "waiting" else 0

    def cancel(self) -> None:
        """Stop the job, waiting or running; its process is stopped within a second."""
        if not self.over:
            self._future.cancel()
            self._end("cancelled")

    def _end(self, state: str) -> None:
        if not self.over:
            self.state = state
            counters.JOBS.labels(state).inc()
        with _lock, contextlib.suppress(ValueError):
            _jobs.remove(self)


_lock = threading.RLock()
_jobs: list[Job] = []  # that wait or run, in the order they came
_pool: ProcessPool | None = None
_idle_since = 0.0
_watching = False


def start(
    function: Callable[..., Any],
    *arguments: Any,
    alive: Callable[[], bool] = lambda: True,
    seconds: float | None = None,
) -> Job:
    """Put a job into the queue, and begin it as soon as a worker is free.

    Args:
        function: Importable by name; called as `function(report, *arguments)`.
        arguments: What it needs; they are pickled, their arrays are sent beside the pickle.
        alive: Asked every second, in another thread; a job is cancelled once it has said no for
            ten seconds, as when a tab was closed.
        seconds: How long it may run; what the server allows by default.

    Raises:
        Full: If too many jobs wait already.
    """
    job = Job(alive)
    with _lock:
        if len(_jobs) >= limit("jobs") + limit("jobs_waiting"):
            raise Full
        _jobs.append(job)
        ours, theirs = get_context("spawn").Pipe()
        job._future = _workers().schedule(_work, (theirs,), timeout=seconds or limit("job_seconds"))
    work = (function, arguments)
    threading.Thread(target=_follow, args=(job, ours, theirs, work), daemon=True).start()
    _watch()
    return job


def warm(module: str) -> None:
    """Start the workers and load a module in one, so that the first job does not wait for it."""
    with _lock:
        if _pool is None or not _pool.active:
            _workers().schedule(importlib.import_module, (module,))
    _watch()


def _workers() -> ProcessPool:
    """Return the pool; a new one if there is none, or its workers were all killed."""
    global _pool, _idle_since
    _idle_since = time.monotonic()
    if _pool is None or not _pool.active:
        CONSTS.term_timeout = SECONDS_TO_STOP
        _pool = ProcessPool(limit("jobs"), initializer=_begin, context=get_context("spawn"))
    return _pool


def _follow(job: Job, ours: Connection, theirs: Connection, work: tuple[Any, ...]) -> None:
    """Hand a job its work once it begins, take what it says until it has ended, and its result."""
    with ours, theirs:
        try:
            _listen(job, ours, theirs, work)
        except (EOFError, OSError):
            pass  # the worker is gone, and its future says how
        except Exception as error:  # the work cannot be pickled
            job._future.cancel()
            job.error = error
            job._end("failed")
            return
    try:
        job._future.result()
        job.share = 1.0
        job._end("done")
    except (CancelledError, TooLate) as ended:
        job._end("late" if isinstance(ended, TooLate) else "cancelled")
    except ProcessExpired:
        job._end("killed")
    except BaseException as error:  # whatever the function raised, or the pool
        job.error = error
        job._end("failed")


def _listen(job: Job, ours: Connection, theirs: Connection, work: tuple[Any, ...]) -> None:
    while not job._future.done():
        if ours.poll(SECONDS_BETWEEN):
            theirs.close()  # the worker has its own by now; without ours its end is seen
            _hear(job, ours, work)
    theirs.close()
    while ours.poll():  # what a quick job said before its end was seen
        _hear(job, ours, work)


def _hear(job: Job, ours: Connection, work: tuple[Any, ...]) -> None:
    """Do what one message of the worker asks for."""
    message = ours.recv()
    if message == BEGUN:
        give(ours, work)
    elif message == OVER:
        result = take(ours)
        job.result = None if job.over else result
    elif not job.over:
        job.state = "running"
        job.share, partial = message
        job.partial = job.partial if partial is None else partial


def _watch() -> None:
    global _watching
    with _lock:
        if _watching:
            return
        _watching = True
    threading.Thread(target=_look_after, daemon=True).start()


def _look_after() -> None:
    """Cancel the jobs of visitors who left, and let idle workers go."""
    global _pool, _idle_since
    while True:
        time.sleep(1.0)
        with _lock:
            known = list(_jobs)
        for job in known:
            _cancel_if_alone(job)
        with _lock:
            if _jobs:
                _idle_since = time.monotonic()
            idle = _pool is not None and time.monotonic() - _idle_since > SECONDS_IDLE
            spare = _pool if idle else None
            _pool = None if idle else _pool
        if spare is not None:
            spare.stop()
            spare.join()


def _cancel_if_alone(job: Job) -> None:
    now = time.monotonic()
    if job.alive():
        job._seen = now
    elif now - job._seen > SECONDS_ALONE:
        job.cancel()


# In the worker process.


def _begin() -> None:
    """Make a worker modest: behind everyone else, one thread, a bound on its memory."""
    if hasattr(os, "nice"):
        os.nice(NICE)
    for variable in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ[variable] = "1"  # torch and NumPy are not loaded yet
    _bound_memory()


def _bound_memory() -> None:
    try:
        import resource
    except ImportError:  # not on Windows
        return
    most = limit("job_memory") * 1_000_000
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_DATA, (most, most))


def _work(connection: Connection) -> None:
    """Ask for the work, call the function with a way to report, and hand its result over."""
    last = -SECONDS_BETWEEN

    def report(share: float, partial: Any = None) -> None:
        nonlocal last
        now = time.monotonic()
        if partial is None and share < 1 and now - last < SECONDS_BETWEEN:
            return
        last = now
        with contextlib.suppress(OSError):  # nobody listens any more
            connection.send((min(1.0, max(0.0, share)), partial))

    with connection:
        connection.send(BEGUN)
        function, arguments = take(connection)
        report(0.0)
        result = function(report, *arguments)
        connection.send(OVER)
        give(connection, result)
