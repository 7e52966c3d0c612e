"""Gaps are counted, then filled or dropped as asked; names stay apart."""

import pickle

import numpy as np
import pytest

from models.vectors.kinds import kind, named
from models.vectors.table import (
    Refused,
    Table,
    as_float32,
    gaps,
    unique_names,
    without_gaps,
)
from models.vectors.writing import written

HOLED = np.array([[1, 2], [np.nan, 4], [5, np.inf], [7, 8]], dtype=np.float32)


def holed():
    return Table("csv", HOLED, ("a", "b"), {"t": ("p", "q", "r", "s")})


def test_gaps_are_counted_by_kind_row_and_column():
    found = gaps(holed())
    assert (found.missing, found.infinite, found.rows, found.columns) == (1, 1, 2, 2)
    many = Table("npy", np.tile(HOLED, (3000, 1)))  # more than one block
    assert gaps(many).missing == 3000
    assert gaps(many).rows == 6000


def test_dropping_rows_drops_their_labels():
    left = without_gaps(holed(), "drop")
    assert left.values.tolist() == [[1, 2], [7, 8]]
    assert left.labels == {"t": ("p", "s")}


def test_the_mean_of_a_column_is_that_of_its_finite_numbers():
    filled = without_gaps(holed(), "mean").values
    assert filled[1, 0] == pytest.approx((1 + 5 + 7) / 3)
    assert filled[2, 1] == pytest.approx((2 + 4 + 8) / 3)
    assert np.isnan(HOLED).sum() == 1  # the table itself is as it was


def test_what_cannot_be_mended_is_refused():
    nothing = Table("npy", np.full((3, 2), np.nan, dtype=np.float32))
    with pytest.raises(Refused, match="rows_left"):
        without_gaps(nothing, "drop")
    with pytest.raises(Refused, match="no_finite_column: columns 2"):
        without_gaps(nothing, "mean")
    with pytest.raises(ValueError, match="how must be"):
        without_gaps(nothing, "zero")


def test_a_refusal_survives_the_way_between_processes():
    refused = pickle.loads(pickle.dumps(Refused("rows", {"found": 9, "most": 5})))
    assert (refused.reason, refused.slots) == ("rows", {"found": 9, "most": 5})


@pytest.mark.parametrize(("size", "reason"), [(1e16, "too_large"), (1e-16, "too_small")])
def test_sizes_that_float32_cannot_square_are_refused(size, reason):
    with pytest.raises(Refused, match=reason):
        as_float32(np.array([[size, np.inf]]))
    assert as_float32(np.zeros((2, 2))).tolist() == [[0, 0], [0, 0]]


def test_names_are_made_unlike_even_where_a_made_name_is_taken():
    names, twice = unique_names(["x", "x", "x (2)", "", "x"])
    assert len(set(names)) == 5
    assert twice == ("x", "x (2)")


@pytest.mark.parametrize(
    ("data", "expected"),
    [(b"\x93NUMPY\x01", "npy"), (b"PK\x03\x04", "zip"), (b"\x80\x04x", "pickle"), (b"1 2", "text"),
     (b"\x02" + bytes(7) + b"{}", "safetensors"), (b"\xff" * 8 + b"{}", "text")],
)  # fmt: skip
def test_content_says_what_a_file_is(data, expected):
    assert kind(data) == expected


def test_a_name_promises_a_kind():
    assert [named(name) for name in ("a.CSV", "b.safetensors", "c", "d.exe")] == [
        "csv", "safetensors", None, None,
    ]  # fmt: skip


@pytest.mark.parametrize("cell", ["=cmd()", "+1+1", "-1+1", "@x", "\t=1", " =1"])
def test_labels_that_a_spreadsheet_would_run_are_made_harmless(cell):
    table = Table("csv", HOLED[:1], ("a", "b"), {cell: (cell,)})
    assert f'"\'{cell}",1,2' in written(table).decode()
    assert written(table).decode().startswith(f'"\'{cell}"')


def test_an_unknown_kind_is_an_error_of_the_program():
    with pytest.raises(ValueError, match="'xls'"):
        written(Table("xls", HOLED))
