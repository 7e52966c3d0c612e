"""Computing in further processes, once several visitors are here: more than one core serves them.

One Python process computes on little more than one core, because all but the arithmetic itself
takes turns. Whoever is alone needs no second one, so it is started when a class arrives, and let
go when it has left. Nothing here knows of a page; what may be computed elsewhere says so itself.
"""

import gc
import os
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool as Lost
from multiprocessing import get_context, parent_process
from multiprocessing.connection import wait
from typing import Any, TypeVar

from ui import memory
from ui.limits import limit

A = TypeVar("A")
Function = Callable[[Any], A]
Question = tuple[Callable[[Any], Any], Any]  # a function and its settings
Keep = Callable[[Question, Any], None]
SECONDS_IDLE = 60.0  # processes that computed nothing for so long are let go
SECONDS_LOST = 60.0  # after one was killed, for want of memory say, none is started for so long

_lock = threading.Lock()
_pool: ProcessPoolExecutor | None = None
_loaded: Future[None] | None = None
_free = threading.BoundedSemaphore()  # as many as there are further processes
_used = 0.0
_not_before = 0.0
_anywhere: dict[Callable[[Any], Any], Callable[[Any], bool]] = {}


def anywhere(where: Callable[[Any], bool]) -> Callable[[Function[A]], Function[A]]:
    """Let a function be computed in another process for the settings that `where` says yes to.

    Such a function is found by name, depends on its settings and files only, and needs little
    memory there: a model of its own, say, would be loaded once more.
    """

    def listed(function: Function[A]) -> Function[A]:
        _anywhere[function] = where
        return function

    return listed


def computed(function: Function[A], settings: Any, keep: Keep) -> A:
    """Return `function(settings)`, from another process if one is there for it and free.

    `keep` is handed what else was made there on the way and may be asked for next: what a page
    writes of a picture, say. Without it that would be computed twice.
    """
    global _used, _not_before
    pool, free = _pool if ready() else None, _free
    if pool is None or not fits(function, settings) or not free.acquire(blocking=False):
        return function(settings)
    _used = time.monotonic()
    try:
        answer, made = _told(pool, function, settings)
    except Lost:
        if pool is _pool:
            _not_before = time.monotonic() + SECONDS_LOST
            end()
        return function(settings)
    finally:
        free.release()
    for question, one in made:
        keep(question, one)
    return answer


def fits(function: Function[Any], settings: Any) -> bool:
    """Tell whether another process may compute this."""
    return function in _anywhere and _anywhere[function](settings)


def _told(
    pool: ProcessPoolExecutor, function: Function[A], settings: Any
) -> tuple[A, list[tuple[Question, Any]]]:
    """Ask another process.

    Raises:
        Lost: If it was killed, or let go in this moment.
    """
    try:
        answer = pool.submit(_asked, function, settings)
    except RuntimeError as reason:
        raise Lost from reason
    return answer.result()


def ready() -> bool:
    """Tell whether there are further processes that have loaded."""
    loaded = _loaded
    return loaded is not None and loaded.done()


def begin() -> None:
    """Start the further processes if there may be any and are none; they are used once loaded."""
    global _pool, _loaded, _free, _used
    with _lock:
        further = limit("processes") - 1
        if _pool is None and further > 0 and time.monotonic() >= _not_before:
            _used = time.monotonic()
            _free = threading.BoundedSemaphore(further)
            _pool = ProcessPoolExecutor(further, get_context("spawn"), initializer=_begun)
            _loaded = _pool.submit(_warm)


def end() -> None:
    """Let the further processes go, once they have answered what was asked."""
    global _pool, _loaded
    with _lock:
        pool, _pool, _loaded = _pool, None, None
    if pool is not None:
        pool.shutdown(wait=False)


def end_if_idle() -> None:
    """Let the further processes go if nobody has needed them lately."""
    if _pool is not None and time.monotonic() - _used > SECONDS_IDLE:
        end()


def resident() -> float:
    """Return the memory the further processes hold, in MB."""
    pool = _pool
    known = list(pool._processes or ()) if pool is not None else []
    return sum(memory.resident(process) for process in known)


# In a further process.


def _begun() -> None:
    """Load with one thread, start no further process, and end when the server has."""
    for variable in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ[variable] = "1"  # torch is not loaded yet
    os.environ["CONTRANORM_PROCESSES"] = "1"
    memory.hold_little()
    threading.Thread(target=_end_with_the_server, daemon=True).start()


def _end_with_the_server() -> None:
    server = parent_process()
    if server is not None:
        wait([server.sentinel])
        os._exit(0)


def _warm() -> None:
    import torch

    from ui.picture import picture
    from ui.settings import Settings

    torch.set_num_threads(1)
    picture(Settings())
    gc.collect()
    gc.freeze()


def _asked(function: Function[A], settings: Any) -> tuple[A, list[tuple[Question, Any]]]:
    from ui.compute import with_parts

    answer, made = with_parts(function, settings)
    return answer, [(question, one) for question, one in made if question[0] in _anywhere]
