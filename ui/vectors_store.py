"""Vectors while they are looked at: one visitor's own are found by a key nobody can guess.

A cloud is kept by its visitor's session and by nothing else: it goes when the session ends.
"""

import secrets
import threading
from dataclasses import dataclass
from functools import lru_cache
from weakref import WeakSet, WeakValueDictionary

import numpy as np
import torch
from jaxtyping import Float

from models.vectors.diagnosis import Diagnosis, Outline, outline, sample
from models.vectors.examples import EXAMPLES
from models.vectors.examples import example as example_table
from models.vectors.table import Table
from ui.limits import limit

LIVE_NUMBERS = 384_000  # rows × columns that follow a slider: 500 × 768, say
LIVE_ROWS = (200, 1000)  # at least, at most
AT_ONCE = 400_000  # numbers that are measured without another process
KEY_BYTES = 16


class Full(RuntimeError):  # noqa: N818 - it states a condition of the server
    """All visitors together hold as many uploads as this server was set up for."""


@dataclass(frozen=True)
class Origin:
    """How a visitor's vectors came: the text that was pasted, and what was done with gaps."""

    pasted: str = ""
    gaps: str = "none"


EXAMPLE = Origin()


class Cloud:
    """One table of vectors, the rows of it that are drawn, and what was found out about it."""

    def __init__(
        self,
        table: Table,
        key: str = "",
        name: str = "",
        *,
        size: int = 0,
        origin: Origin = EXAMPLE,
    ) -> None:
        """Choose the rows that are drawn and their two directions."""
        self.table, self.key, self.name, self.origin = table, key, name, origin
        self.bytes_held = table.bytes_held + size
        rows, columns = table.values.shape
        least, most = LIVE_ROWS
        self.rows = sample(rows, min(most, max(least, LIVE_NUMBERS // columns)))
        self.shown = np.ascontiguousarray(table.values[self.rows])
        self.outline: Outline = outline(self.shown)
        self.basis = directions(self.shown)
        self.diagnosis: Diagnosis | None = None

    @property
    def sampled(self) -> bool:
        """Whether fewer rows are drawn than there are."""
        return len(self.rows) < len(self.table.values)

    @property
    def small(self) -> bool:
        """Whether the whole of it is measured at once."""
        return self.table.values.size <= AT_ONCE


def directions(values: Float[np.ndarray, "n d"]) -> Float[np.ndarray, "d 2"]:
    """Give the two directions in which the rows spread most, orthonormal.

    A direction's largest entry is positive, so that no picture is its own mirror image.

    >>> directions(np.diag([3.0, 1.0])).shape
    (2, 2)
    """
    h = torch.from_numpy(values).double()
    centred = h - h.mean(0)
    if len(h) < h.shape[1]:
        vectors = torch.linalg.eigh(centred @ centred.mT).eigenvectors[:, -2:].flip(-1)
        vectors = torch.linalg.qr(centred.mT @ vectors).Q
    else:
        vectors = torch.linalg.eigh(centred.mT @ centred).eigenvectors[:, -2:].flip(-1)
    largest = vectors.abs().argmax(0, keepdim=True)
    turned = vectors * torch.where(vectors.gather(0, largest) < 0, -1.0, 1.0)
    return turned.numpy()


_own: WeakValueDictionary[str, Cloud] = WeakValueDictionary()
_all: WeakSet[Cloud] = WeakSet()
_lock = threading.Lock()


def hold(table: Table, *, name: str = "", size: int = 0, origin: Origin = EXAMPLE) -> Cloud:
    """Make a cloud of a visitor's own vectors; it lives as long as somebody holds it.

    Args:
        table: The vectors.
        name: Of the file.
        size: How many bytes the visitor's session keeps besides.
        origin: How they came.

    Raises:
        Full: If all visitors' uploads would be more than the server may hold.
    """
    with _lock:
        if held_by_all() + table.bytes_held + size > limit("uploads") * 1_000_000:
            raise Full
        cloud = Cloud(table, secrets.token_urlsafe(KEY_BYTES), name, size=size, origin=origin)
        _own[cloud.key] = cloud
        _all.add(cloud)
    return cloud


def held_by_all() -> int:
    """Add up the bytes of every visitor's own vectors."""
    return sum(cloud.bytes_held for cloud in _all)


def own(key: str) -> Cloud | None:
    """Find a visitor's own cloud; None if its session has ended, or there never was one."""
    return _own.get(key)


@lru_cache(maxsize=len(EXAMPLES))
def example(name: str) -> Cloud:
    """Give the cloud of an example, the same one to all."""
    return Cloud(example_table(name), name=name)
