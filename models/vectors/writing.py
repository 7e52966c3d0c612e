"""A table back in the form it came in."""

import io
import re

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from pyarrow import csv as arrow_csv
from safetensors.numpy import save

from models.vectors.table import Table

MIME = {
    "csv": "text/csv",
    "tsv": "text/tab-separated-values",
    "parquet": "application/vnd.apache.parquet",
    "npy": "application/octet-stream",
    "npz": "application/zip",
    "safetensors": "application/octet-stream",
}
ACTS_IN_A_SHEET = re.compile(r"\s*[=+\-@\t\r]")
NUMBER = re.compile(r"[+-]?\d+(\.\d*)?([eE][+-]?\d+)?")


def written(table: Table) -> bytes:
    """Write the numbers and the labels in the table's own kind.

    In CSV and TSV a label that a spreadsheet would run as a formula gets an apostrophe in front.

    >>> table = Table("csv", np.float32([[1, 2]]), ("x", "y"), {"name": ("=A1",)})
    >>> written(table).decode()
    '"name","x","y"\\n"\\'=A1",1,2\\n'
    """
    stream = io.BytesIO()
    if table.kind in ("csv", "tsv"):
        options = arrow_csv.WriteOptions(include_header=table.header, delimiter=table.delimiter)
        arrow_csv.write_csv(_columns(table, text=True), stream, options)
    elif table.kind == "parquet":
        pq.write_table(_columns(table, text=False), stream)
    elif table.kind == "npy":
        np.save(stream, table.values, allow_pickle=False)
    elif table.kind == "npz":
        arrays = {name: _labels(cells) for name, cells in table.labels.items()}
        np.savez(stream, allow_pickle=False, **{**arrays, table.member: table.values})
    elif table.kind == "safetensors":
        whole = {name: np.array(cells, dtype=np.int64) for name, cells in table.labels.items()}
        return bytes(save({**whole, table.member: table.values}))
    else:
        raise ValueError(f"a table is one of {', '.join(MIME)}; got {table.kind!r}")
    return stream.getvalue()


def harmless(cell: str) -> str:
    """Give text that no spreadsheet runs as a formula; a number is none.

    >>> harmless("=1+1"), harmless("cat"), harmless("-1")
    ("'=1+1", 'cat', '-1')
    """
    acts = ACTS_IN_A_SHEET.match(cell) and not NUMBER.fullmatch(cell)
    return f"'{cell}" if acts else cell


def _columns(table: Table, *, text: bool) -> pa.Table:
    clean = harmless if text else str
    labels = {
        clean(name): pa.array([clean(cell) for cell in cells])
        for name, cells in table.labels.items()
    }
    if table.vector_column:
        flat = pa.array(table.values.reshape(-1))
        vectors = pa.FixedSizeListArray.from_arrays(flat, table.values.shape[1])
        return pa.table({**labels, table.vector_column: vectors})
    names = table.columns or tuple(f"x{place + 1}" for place in range(table.values.shape[1]))
    numbers = np.asfortranarray(table.values)
    return pa.Table.from_arrays(
        [*labels.values(), *(pa.array(column) for column in numbers.T)],
        names=[*labels, *(clean(name) for name in names)],
    )


def _labels(cells: tuple[str, ...]) -> np.ndarray:
    """Give labels as whole numbers where all of them are, and as text otherwise."""
    try:
        return np.array(cells, dtype=np.int64)
    except (ValueError, OverflowError):
        return np.array(cells, dtype=np.str_)
