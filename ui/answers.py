"""What is kept of the answers: as many as go into so many bytes, those asked for longest ago first
to go."""

import sys
import threading
from collections.abc import Hashable, Iterable, Mapping
from contextlib import suppress
from dataclasses import is_dataclass
from typing import Any, Final

from cachetools import LRUCache

MISSING: Final = object()  # what is found where nothing is kept; an answer may be None


class Answers:
    """Answers by question, for any number of threads; nobody may change one that is kept."""

    def __init__(self, most: int) -> None:
        """Keep at most this many bytes, questions included."""
        self._kept: LRUCache[Hashable, tuple[Hashable, Any]] = LRUCache(most, getsizeof=weight)
        self._lock = threading.Lock()

    def find(self, question: Hashable) -> Any:
        """Return what was kept for a question, or `MISSING`."""
        with self._lock:
            return self._kept.get(question, (question, MISSING))[1]

    def keep(self, question: Hashable, answer: Any) -> None:
        """Keep an answer, unless it alone is heavier than all that may be kept."""
        with self._lock, suppress(ValueError):
            self._kept[question] = (question, answer)

    def forget(self) -> None:
        """Keep nothing of what there was."""
        with self._lock:
            self._kept.clear()

    def held(self) -> int:
        """Return how many bytes are kept."""
        with self._lock:
            return int(self._kept.currsize)


def weight(value: object) -> int:
    """Return about how many bytes a value takes: its texts, its arrays, and all it is made of.

    What stands in it twice is counted twice, and an array that is a part of another one by itself.

    >>> weight("a" * 1000) - weight("")
    1000
    """
    own = max(sys.getsizeof(value), int(getattr(value, "nbytes", 0)))
    return own + sum(map(weight, _parts(value)))


def _parts(value: object) -> Iterable[object]:
    if isinstance(value, Mapping):
        return (*value.keys(), *value.values())
    if isinstance(value, tuple | list | set | frozenset):
        return value
    if is_dataclass(value) and not isinstance(value, type):
        return vars(value).values()
    return ()
