"""The cache boundary: answers that all visitors share, none computed twice, few at once."""

import threading
from collections.abc import Callable, Hashable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from typing import Any, TypeVar

from ui import apart, counters, memory
from ui.answers import MISSING, Answers
from ui.limits import limit

A = TypeVar("A")
S = TypeVar("S", bound=Hashable)
Question = tuple[Callable[[Any], Any], Hashable]
MEGABYTE = 1_000_000
FEW = 4  # live connections; with more a class is here


def at_once() -> int:
    """Give how many computations may run at the same time, in all processes."""
    return max(limit("computing"), limit("processes"))


_answers = Answers(limit("cache") * MEGABYTE // 2)
_parts = Answers(limit("cache") * MEGABYTE // 2)
_turns = threading.BoundedSemaphore(at_once())
_waiting: list[None] = []  # one for each computation that waits or runs
_here = threading.local()  # whether this thread is computing
_under_way: dict[Hashable, Future[Any]] = {}
_starting = threading.Lock()

_beside: list[Callable[[], None]] = []  # what else is emptied with the caches

counters.KEPT.set_function(lambda: _answers.held() + _parts.held())


class Crowded(RuntimeError):  # noqa: N818 - it states a condition of the server
    """More computations wait than this server was set up for."""


def cached(function: Callable[[Any], A], settings: Hashable) -> A:
    """Return `function(settings)`, computed once for all visitors, when its turn comes.

    A call from inside a computation is a `part` of it and computes at once: it has its turn
    already, and waiting for another one could wait for ever.

    Args:
        function: Pure; part of the key.
        settings: A frozen dataclass; the other part of the key.

    Returns:
        An answer that others have too: whoever wants to change it changes a copy.

    Raises:
        Crowded: If too many computations wait already.
    """
    if getattr(_here, "computing", False):
        return part(function, settings)
    if _crowded() and apart.fits(function, settings):
        apart.begin()
    with counters.answering():
        answer: A = _kept((function, settings))
        return _computed_once((function, settings)) if answer is MISSING else answer


def _kept(question: Question) -> Any:
    """Find an answer, or a part of another one that is what is asked for."""
    answer = _answers.find(question)
    return _parts.find(question) if answer is MISSING else answer


def part(function: Callable[[Any], A], settings: Hashable) -> A:
    """Return `function(settings)`, of which an answer is made; kept apart from answers.

    Parts are heavier than answers and soon useless. Each kind has half of the room.
    """
    found: A = _parts.find((function, settings))
    if found is MISSING:
        found = function(settings)
        _parts.keep((function, settings), found)
    if (made := getattr(_here, "made", None)) is not None:
        made.append(((function, settings), found))
    return found


def with_parts(
    function: Callable[[Any], A], settings: Hashable
) -> tuple[A, list[tuple[Question, Any]]]:
    """Return `function(settings)`, and every `part` that it was made of."""
    made: list[tuple[Question, Any]] = []
    _here.made = made
    try:
        return part(function, settings), [one for one in made if one[0][0] is not function]
    finally:
        _here.made = None


def parts(function: Callable[[Sequence[S]], Sequence[A]], asked: Sequence[S]) -> list[A]:
    """Return the part for each settings value; those that are not kept, from one call.

    Args:
        function: From settings to as many parts; what else is asked for must not change one.
        asked: Hashable settings.
    """
    found: dict[S, A] = {one: _parts.find((function, one)) for one in asked}
    missing = [one for one, kept in found.items() if kept is MISSING]
    if missing:
        for one, made in zip(missing, function(missing), strict=True):
            _parts.keep((function, one), made)
            found[one] = made
    return [found[one] for one in asked]


def at_hand(function: Callable[[Any], A], settings: Hashable) -> A | None:
    """Return `function(settings)` if it is kept, else None; without waiting for anything."""
    answer = _answers.find((function, settings))
    if answer is MISSING:
        return None
    with counters.answering():
        found: A = answer
        return found


def unkept(function: Callable[[Any], A], settings: Any) -> A:
    """Return `function(settings)` when its turn comes, and remember nothing of it.

    Raises:
        Crowded: If too many computations wait already.
    """
    if getattr(_here, "computing", False):
        return function(settings)
    with counters.answering(), _turn():
        counters.COMPUTATIONS.inc()
        return function(settings)


def shed() -> bool:
    """Empty the caches if the process holds more memory than it may; return whether it did."""
    if memory.resident() + apart.resident() <= limit("memory"):
        return False
    counters.SHEDDINGS.inc()
    apart.end()
    forget()
    memory.give_back()
    return True


def emptied(function: Callable[[], None]) -> Callable[[], None]:
    """Call a function, which empties what is kept elsewhere, now and with the caches."""
    _beside.append(function)
    function()
    return function


def forget() -> None:
    """Drop every kept answer and every part of one, to measure or to free memory."""
    _answers.forget()
    _parts.forget()
    for function in _beside:
        function()


def _crowded() -> bool:
    """Tell whether so many visitors are here, or wait, that one process is too little."""
    return counters.connected() > FEW or len(_waiting) > 2 * at_once()


def _computed_once(question: Question) -> Any:
    mine: Future[Any] = Future()
    with _starting:
        first = _under_way.setdefault(question, mine)
        if first is mine and (answer := _answers.find(question)) is not MISSING:
            mine.set_result(answer)  # it came while this thread was on its way here
            del _under_way[question]
    if first is not mine or mine.done():
        return first.result()
    try:
        answer = _computed(question)
        mine.set_result(answer)
    except BaseException as error:
        mine.set_exception(error)
        raise
    finally:
        del _under_way[question]
    return answer


def _computed(question: Question) -> Any:
    function, settings = question
    with _turn():
        counters.COMPUTATIONS.inc()
        answer = apart.computed(function, settings, _parts.keep)
    _answers.keep(question, answer)
    shed()
    return answer


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
