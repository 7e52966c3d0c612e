"""Several computations at a time: torch lets other threads work while it computes."""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import TypeVar

A = TypeVar("A")
B = TypeVar("B")
AT_ONCE = 2


def together(run: Callable[[A], B], items: Iterable[A]) -> tuple[B, ...]:
    """Return `run(item)` for each item, in their order, each in a context of its own.

    >>> together(abs, [-2, 1])
    (2, 1)
    """
    asked = tuple(items)
    if len(asked) == 1:
        return (run(asked[0]),)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        answers = [pool.submit(copy_context().run, run, item) for item in asked]
    return tuple(answer.result() for answer in answers)
