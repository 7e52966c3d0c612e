"""Parquet: what its metadata promise is checked before a page is read."""

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from models.vectors.columns import Column, sorted_out
from models.vectors.table import Bounds, Note, Refused, Table, as_float32, unique_names

STRING_LIMIT = 10_000_000  # bytes of a string in the footer
CONTAINER_LIMIT = 1_000_000  # entries of a list in the footer
LARGER = 6  # times the numbers' size that all columns together may unpack to
AT_LEAST = 100_000_000
BROKEN = (pa.ArrowException, OSError, ValueError, KeyError, IndexError, OverflowError)


def read_parquet(data: bytes, bounds: Bounds) -> Table:
    """Read a table whose columns are numbers, or which has one column of lists of numbers.

    Raises:
        Refused: For a broken file, or one that is no such table, or too large.
    """
    try:
        file = pq.ParquetFile(
            pa.BufferReader(data),
            thrift_string_size_limit=STRING_LIMIT,
            thrift_container_size_limit=CONTAINER_LIMIT,
        )
        _require_small(file.metadata, bounds)
        return _read(file, bounds)
    except Refused:
        raise
    except BROKEN as broken:
        raise Refused("broken", {"kind": "parquet"}) from broken


def _require_small(metadata: Any, bounds: Bounds) -> None:
    if metadata.num_rows > bounds.rows:
        raise Refused("rows", {"found": metadata.num_rows, "most": bounds.rows})
    if metadata.num_columns > bounds.columns + 100:
        raise Refused("columns", {"found": metadata.num_columns, "most": bounds.columns})
    groups = [metadata.row_group(index) for index in range(metadata.num_row_groups)]
    unpacked = sum(group.total_byte_size for group in groups)
    most = max(AT_LEAST, LARGER * 4 * bounds.rows * bounds.columns)
    if unpacked > most:
        raise Refused("unpacked", {"found": unpacked, "most": most})
    if sum(group.num_rows for group in groups) != metadata.num_rows:
        raise Refused("broken", {"kind": "parquet"})


def _read(file: pq.ParquetFile, bounds: Bounds) -> Table:
    schema = file.schema_arrow
    lists = [field.name for field in schema if _is_list_of_numbers(field.type)]
    usable = [field.name for field in schema if _is_scalar(field.type)]
    strange = tuple(name for name in schema.names if name not in usable and name not in lists)
    notes = [Note("columns_left_out", {"names": strange})] if strange else []
    table = file.read(columns=lists[:1] + usable, use_threads=False)
    if table.num_rows != file.metadata.num_rows:
        raise Refused("broken", {"kind": "parquet"})
    if not lists:
        names, twice = unique_names(table.column_names)
        if twice:
            notes.append(Note("duplicates", {"names": twice}))
        columns = list(zip(names, map(_cells, table.columns), strict=True))
        return sorted_out("parquet", columns, bounds, notes=tuple(notes))
    return _with_list(table, lists, bounds, notes)


def _with_list(table: pa.Table, lists: list[str], bounds: Bounds, notes: list[Note]) -> Table:
    values = _matrix(table.column(lists[0]).combine_chunks(), bounds)
    others: list[Column] = [
        (name, _cells(table.column(name)))
        for name in table.column_names
        if name != lists[0] and table.column_names.count(name) == 1
    ]
    scalars = tuple(name for name, cells in others if not isinstance(cells, tuple))
    if scalars or lists[1:]:
        notes.append(Note("columns_left_out", {"names": scalars + tuple(lists[1:])}))
    labels = {name: cells for name, cells in others if isinstance(cells, tuple)}
    kept = dict(list(labels.items())[:8])
    return Table("parquet", values, labels=kept, vector_column=lists[0], notes=tuple(notes))


def _matrix(column: Any, bounds: Bounds) -> np.ndarray:
    if isinstance(column, pa.ChunkedArray):
        column = column.combine_chunks()
    if column.null_count:
        raise Refused("ragged_lists")
    lengths = np.asarray(pa.compute.list_value_length(column))
    if not len(lengths):
        raise Refused("empty")
    if (lengths != lengths[0]).any():
        raise Refused("ragged_lists")
    bounds.check(rows=len(lengths), columns=int(lengths[0]))
    flat = column.flatten().to_numpy(zero_copy_only=False).astype(np.float64, copy=False)
    return as_float32(flat.reshape(len(lengths), -1))


def _cells(column: pa.ChunkedArray) -> np.ndarray | tuple[str, ...]:
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    if _is_number(column.type):
        return np.asarray(column.cast(pa.float64(), safe=False).to_numpy(), dtype=np.float64)
    return tuple("" if cell is None else str(cell) for cell in column.to_pylist())


def _is_list_of_numbers(kind: pa.DataType) -> bool:
    lists = pa.types.is_list, pa.types.is_large_list, pa.types.is_fixed_size_list
    return any(check(kind) for check in lists) and _is_number(kind.value_type)


def _is_scalar(kind: pa.DataType) -> bool:
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    text = pa.types.is_string, pa.types.is_large_string, pa.types.is_boolean
    return _is_number(kind) or any(check(kind) for check in text)


def _is_number(kind: pa.DataType) -> bool:
    numbers = pa.types.is_integer, pa.types.is_floating, pa.types.is_decimal
    return any(check(kind) for check in numbers)
