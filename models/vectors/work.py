"""The long work of a page of vectors, as functions that another process can call."""

from collections.abc import Callable
from dataclasses import replace
from pickle import PickleBuffer

import numpy as np
from jaxtyping import Float

from models.branch import Branch
from models.vectors.diagnosis import Diagnosis, diagnose, normed
from models.vectors.neighbours import NeighbourMap, neighbour_map
from models.vectors.reading import read
from models.vectors.table import Bounds, Table
from models.vectors.writing import written

APPLYING = 0.8  # of the work of `apply` is the norm itself; then come measures and writing
MEASURING = 0.9

Report = Callable[[float], None]


def open_file(
    report: Report, data: bytes | memoryview, name: str, bounds: Bounds, member: str = ""
) -> Table:
    """Read a file, whose bytes may be in any buffer.

    Raises:
        Refused: If it is not read.
    """
    return read(bytes(data), name, bounds, member)


def measure(report: Report, values: Float[np.ndarray, "n d"]) -> Diagnosis:
    """Compute every measure of a cloud."""
    return diagnose(values, report)


def apply(
    report: Report, table: Table, norm: str, scale: float, temperature: float
) -> tuple[bytes, Diagnosis]:
    """Apply a norm to all rows; return the file, in the form it came in, and its measures."""
    values = normed(
        table.values,
        norm,
        scale=scale,
        temperature=temperature,
        report=lambda share: report(APPLYING * share),
    )
    report(APPLYING)
    found = diagnose(values)
    report(MEASURING)
    return written(replace(table, values=values)), found


def apply_apart(
    report: Report, table: Table, norm: str, scale: float, temperature: float
) -> tuple[PickleBuffer, Diagnosis]:
    """Do the same for another process, which takes the file as an array of bytes."""
    data, found = apply(report, table, norm, scale, temperature)
    return PickleBuffer(data), found


def map_neighbours(
    report: Report,
    values: Float[np.ndarray, "n d"],
    branch: Branch,
    neighbours: int,
    seed: int,
) -> tuple[NeighbourMap, NeighbourMap]:
    """Lay rows out on a plane before a norm and after it, by their neighbours."""
    after = normed(values, branch.norm, scale=branch.scale, temperature=branch.temperature)
    made = {"neighbours": neighbours, "seed": seed}
    first = neighbour_map(lambda share: report(share / 2), values, **made)
    second = neighbour_map(lambda share: report((1 + share) / 2), after, **made)
    return first, second


def measure_at_once(values: Float[np.ndarray, "n d"]) -> Diagnosis:
    """Compute every measure of a small cloud."""
    return diagnose(values)


def apply_at_once(asked: tuple[Table, str, float, float]) -> tuple[bytes, Diagnosis]:
    """Apply a norm to a small cloud."""
    return apply(_silent, *asked)


def _silent(share: float) -> None:
    """Report to nobody."""
