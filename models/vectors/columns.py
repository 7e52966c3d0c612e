"""Columns sorted into numbers, labels and what is left out."""

from typing import Any

import numpy as np

from models.vectors.table import Bounds, Note, Refused, Table, as_float32, takes_for_labels

MOST_LABEL_COLUMNS = 8
COUNTERS = frozenset({"", "index", "id", "row", "unnamed: 0", "__index_level_0__", "column 1"})

Column = tuple[str, np.ndarray | tuple[str, ...]]


def sorted_out(
    kind: str, columns: list[Column], bounds: Bounds, *, notes: tuple[Note, ...] = (), **form: Any
) -> Table:
    """Make a table of named columns: numbers become vectors, text becomes labels.

    A column that only counts the rows, and text beyond eight columns, are left out and named.

    Args:
        kind: Of the file.
        columns: Names and cells; cells that are text come as a tuple.
        bounds: How much is read.
        notes: What is to be said already.
        form: Further fields of the table.

    Raises:
        Refused: If no column holds numbers, or the table is out of bounds.

    >>> table = sorted_out("csv", [("a", ("x", "y")), ("b", np.ones(2)), ("c", np.zeros(2))],
    ...                    Bounds())
    >>> table.columns, dict(table.labels)
    (('b', 'c'), {'a': ('x', 'y')})
    """
    labels = {name: cells for name, cells in columns if isinstance(cells, tuple)}
    numbers = {name: cells for name, cells in columns if isinstance(cells, np.ndarray)}
    said = list(notes)
    counting = [name for name, cells in numbers.items() if _counts_rows(name, cells)]
    if counting and len(numbers) > 2:
        said.append(Note("row_numbers", {"names": tuple(counting)}))
        numbers = {name: cells for name, cells in numbers.items() if name not in counting}
    by_name = [name for name, cells in numbers.items() if takes_for_labels(name, cells)]
    if by_name and len(numbers) - len(by_name) > 1:
        said.append(Note("labels_by_name", {"names": tuple(by_name)}))
        for name in by_name:
            labels[name] = tuple(f"{cell:g}" for cell in numbers.pop(name).tolist())
    left_out = tuple(labels)[MOST_LABEL_COLUMNS:]
    if left_out:
        said.append(Note("text_left_out", {"names": left_out}))
    if not numbers:
        raise Refused("no_numbers", {"names": tuple(labels)[:5]})
    bounds.check(rows=len(next(iter(numbers.values()))), columns=len(numbers))
    return Table(
        kind,
        _stacked(list(numbers.values())),
        columns=tuple(numbers),
        labels={name: labels[name] for name in tuple(labels)[:MOST_LABEL_COLUMNS]},
        notes=tuple(said),
        **form,
    )


def _stacked(columns: list[np.ndarray]) -> np.ndarray:
    """Put columns side by side as float32, one block of columns after the other."""
    values = np.empty((len(columns[0]), len(columns)), dtype=np.float32)
    for start in range(0, len(columns), 64):
        block = np.stack(columns[start : start + 64], axis=1)
        values[:, start : start + 64] = as_float32(block, smallest=0.0)
    return as_float32(values)


def _counts_rows(name: str, cells: np.ndarray) -> bool:
    if name.strip().lower() not in COUNTERS or len(cells) < 2 or cells[0] not in (0.0, 1.0):
        return False
    return bool((np.diff(cells) == 1).all())
