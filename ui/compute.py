"""The cache boundary: answers that all visitors share, none computed twice, few at once."""

import threading
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import streamlit as st

from ui import counters
from ui.limits import limit

A = TypeVar("A")
ANSWERS_KEPT = 512  # a scene of 24 layers and three branches is about 0.1 MB
PAGE_BYTES = 4096
STATUS = Path("/proc/self/statm")

_turns = threading.BoundedSemaphore(limit("computing"))
_waiting: list[None] = []  # one for each computation that waits or runs
_here = threading.local()  # whether this thread is computing


class Crowded(RuntimeError):  # noqa: N818 - it states a condition of the server
    """More computations wait than this server was set up for."""


@st.cache_data(max_entries=ANSWERS_KEPT, show_spinner=False)
def _remembered(name: str, settings: Hashable, _function: Callable[[Any], Any]) -> Any:
    with _turn():
        counters.COMPUTATIONS.inc()
        return _function(settings)


def cached(function: Callable[[Any], A], settings: Hashable) -> A:
    """Return `function(settings)`, computed once for all visitors, when its turn comes.

    A call from inside a computation computes at once: it has its turn already, and waiting for
    another one could wait for ever.

    Args:
        function: Pure; its name and module are part of the key.
        settings: A frozen dataclass; the other part of the key.

    Raises:
        Crowded: If too many computations wait already.
    """
    if getattr(_here, "computing", False):
        return function(settings)
    with counters.answering():
        name = f"{function.__module__}.{function.__qualname__}"
        answer: A = _remembered(name, settings, function)
    shed()
    return answer


def shed(*, forget: Callable[[], None] = _remembered.clear) -> bool:
    """Empty the caches if the process holds more memory than it may; return whether it did."""
    if resident() <= limit("memory"):
        return False
    counters.SHEDDINGS.inc()
    forget()
    return True


def resident() -> float:
    """Return the memory this process holds, in MB; 0 where the system does not say."""
    try:
        pages = int(STATUS.read_text().split()[1])
    except (OSError, ValueError, IndexError):
        return 0.0
    return pages * PAGE_BYTES / 1e6


@contextmanager
def _turn() -> Iterator[None]:
    if len(_waiting) >= limit("waiting"):
        raise Crowded
    _waiting.append(None)
    try:
        with _turns:
            _here.computing = True
            try:
                yield
            finally:
                _here.computing = False
    finally:
        _waiting.pop()
