"""What was read: a table of numbers with its labels, and why something was not read."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from jaxtyping import Bool, Float

LARGEST = 1e15  # a number whose square still fits in float32 with ease
SMALLEST = 1e-15
LABEL_NAMES = frozenset(
    {"label", "labels", "class", "classes", "target", "targets", "kind", "cluster", "category"}
)
MOST_LABELS = 50  # distinct numbers in a column that is taken for labels by its name


class Refused(ValueError):  # noqa: N818 - it states what was done
    """Something was not read: which rule it broke, and the values a sentence about it needs.

    >>> str(Refused("rows", {"found": 9, "most": 5}))
    'rows: found 9, most 5'
    """

    def __init__(self, reason: str, slots: Mapping[str, Any] | None = None) -> None:
        """Name the rule."""
        super().__init__(reason, dict(slots or {}))
        self.reason, self.slots = self.args

    def __str__(self) -> str:
        """Write the rule and its values."""
        values = ", ".join(f"{name} {value}" for name, value in self.slots.items())
        return f"{self.reason}: {values}" if values else str(self.reason)


@dataclass(frozen=True)
class Bounds:
    """How much is read: bytes of a file or a text, rows and columns of numbers."""

    size: int = 500_000_000
    rows: int = 20_000
    columns: int = 2_048

    def check(self, *, rows: int, columns: int) -> None:
        """Refuse a table that is too large, or too small to say anything about.

        Raises:
            Refused: With the reason "rows", "columns", "one_row" or "one_column".

        >>> Bounds(rows=3).check(rows=4, columns=2)
        Traceback (most recent call last):
        models.vectors.table.Refused: rows: found 4, most 3
        """
        for reason, found, most in (
            ("rows", rows, self.rows),
            ("columns", columns, self.columns),
        ):
            if found > most:
                raise Refused(reason, {"found": found, "most": most})
        if rows < 1 or columns < 1:
            raise Refused("empty")
        if rows == 1:
            raise Refused("one_row")
        if columns == 1:
            raise Refused("one_column")


@dataclass(frozen=True)
class Note:
    """Something that was decided while reading, to be said: a sentence's name and values."""

    name: str
    slots: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Table:
    """Vectors, one a row, and all that is needed to write them in the form they came in.

    `columns` names the numbers' columns (empty for arrays); `labels` are columns of text, one
    cell a row. `member` is the array of a file that holds several, `members` all that would do.
    `vector_column` names the list column of a Parquet file. `delimiter` and `header` are those
    of a text.
    """

    kind: str
    values: Float[np.ndarray, "n d"]
    columns: tuple[str, ...] = ()
    labels: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    member: str = ""
    members: tuple[str, ...] = ()
    vector_column: str = ""
    delimiter: str = ","
    header: bool = True
    notes: tuple[Note, ...] = ()

    @property
    def bytes_held(self) -> int:
        """How much memory the table takes, its labels counted roughly."""
        text = sum(60 * len(cells) + sum(map(len, cells)) for cells in self.labels.values())
        return int(self.values.nbytes) + text


@dataclass(frozen=True)
class Gaps:
    """How many numbers are missing (NaN) or infinite, and in how many rows and columns."""

    missing: int
    infinite: int
    rows: int
    columns: int


def gaps(table: Table) -> Gaps:
    """Count what is no finite number.

    >>> gaps(Table("npy", np.array([[1.0, np.nan], [np.inf, 1.0], [0.0, 0.0]])))
    Gaps(missing=1, infinite=1, rows=2, columns=2)
    """
    rows = np.zeros(len(table.values), dtype=bool)
    columns = np.zeros(table.values.shape[1], dtype=bool)
    missing = infinite = 0
    for start in range(0, len(rows), 4096):  # never a mask as large as the table
        block = table.values[start : start + 4096]
        wrong = ~np.isfinite(block)
        if not wrong.any():
            continue
        nan = int(np.isnan(block).sum())
        missing, infinite = missing + nan, infinite + int(wrong.sum()) - nan
        rows[start : start + 4096] = wrong.any(1)
        columns |= wrong.any(0)
    return Gaps(missing, infinite, int(rows.sum()), int(columns.sum()))


def without_gaps(table: Table, how: str) -> Table:
    """Drop the rows with a gap ("drop"), or put the column's mean there ("mean").

    Raises:
        Refused: If fewer than two rows are left ("drop"), or a column has no finite number
            ("mean").

    >>> holed = Table("npy", np.array([[1.0, 2.0], [np.nan, 3.0], [5.0, 4.0]], dtype=np.float32))
    >>> without_gaps(holed, "mean").values[1].tolist()
    [3.0, 3.0]
    >>> without_gaps(holed, "drop").values.tolist()
    [[1.0, 2.0], [5.0, 4.0]]
    """
    if how == "drop":
        return rows_kept(table, np.isfinite(table.values).all(1))
    if how != "mean":
        raise ValueError(f"how must be 'drop' or 'mean'; got {how!r}")
    values = table.values.copy()
    for column in values.T:
        finite = np.isfinite(column)
        if not finite.any():
            raise Refused("no_finite_column", {"columns": int((~np.isfinite(values)).all(0).sum())})
        column[~finite] = column[finite].mean(dtype=np.float64)
    return replace(table, values=values)


def rows_kept(table: Table, kept: Bool[np.ndarray, "n"]) -> Table:
    """Keep some rows of the numbers and of every label.

    Raises:
        Refused: If fewer than two are left.
    """
    if int(kept.sum()) < 2:
        raise Refused("rows_left", {"left": int(kept.sum())})
    labels = {
        name: tuple(cell for cell, keep in zip(cells, kept, strict=True) if keep)
        for name, cells in table.labels.items()
    }
    return replace(table, values=table.values[kept], labels=labels)


def as_float32(values: np.ndarray, *, smallest: float = SMALLEST) -> Float[np.ndarray, "n d"]:
    """Give numbers as float32 in C order, and refuse sizes that it cannot work with.

    Args:
        values: The numbers.
        smallest: The size that the largest of them must have at least, if it is not 0.

    Raises:
        Refused: "too_large" or "too_small", by the largest finite number.

    >>> as_float32(np.array([[1, 2]])).dtype
    dtype('float32')
    """
    largest = 0.0
    for start in range(0, len(values), 4096):
        block = np.abs(values[start : start + 4096].astype(np.float64))
        largest = max(largest, float(np.max(block, where=np.isfinite(block), initial=0.0)))
    if largest > LARGEST:
        raise Refused("too_large", {"largest": f"{largest:.3g}", "most": f"{LARGEST:.0e}"})
    if 0 < largest < smallest:
        raise Refused("too_small", {"largest": f"{largest:.3g}", "least": f"{smallest:.0e}"})
    return np.ascontiguousarray(values, dtype=np.float32)


def takes_for_labels(name: str, numbers: np.ndarray) -> bool:
    """Say whether a column of numbers holds labels: by its name, and few whole numbers.

    >>> takes_for_labels("Label", np.array([0, 1, 1])), takes_for_labels("x", np.array([0, 1]))
    (True, False)
    """
    if name.strip().lower() not in LABEL_NAMES or not np.isfinite(numbers).all():
        return False
    whole = bool((numbers == np.round(numbers)).all())
    return whole and len(np.unique(numbers)) <= MOST_LABELS


def unique_names(names: list[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Give every column a name of its own, and return the names that stood there twice.

    >>> unique_names(["x", "", "x"])
    (('x', 'column 2', 'x (2)'), ('x',))
    """
    taken: set[str] = set()
    given, twice = [], []
    for place, name in enumerate(names, start=1):
        own = name.strip() or f"column {place}"
        if own in taken:
            twice.append(own)
            count = 2
            while f"{own} ({count})" in taken:
                count += 1
            own = f"{own} ({count})"
        taken.add(own)
        given.append(own)
    return tuple(given), tuple(dict.fromkeys(twice))
