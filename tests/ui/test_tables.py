import csv
import io

import pandas as pd
import pytest

from ui.tables import csv_text, stacked

CELLS = ["=1+1", "plain", 'a "b", c', "two\nlines", "\ud83d", "−0.5", "-0.5", "\x00", "🦊"]


def read(text):
    return list(csv.reader(io.StringIO(text, newline="")))


def test_a_file_holds_the_cells_of_its_table_in_order():
    rows = pd.DataFrame({"token": ["a", "b"], "x": [-0.5, 1.25]})
    assert read(csv_text(rows)) == [["token", "x"], ["a", "-0.5"], ["b", "1.25"]]


def test_numbers_keep_all_their_digits():
    value = 0.1 + 0.2
    assert float(read(csv_text(pd.DataFrame({"x": [value]})))[1][0]) == value


@pytest.mark.parametrize("cell", CELLS)
def test_any_text_is_one_cell_that_no_spreadsheet_runs(cell):
    written = csv_text(pd.DataFrame({"=title": [cell], "x": [1]}, dtype=object))
    title, (found, number) = read(written)
    assert title == ["'=title", "x"]
    assert number == "1"
    assert found.removeprefix("'") == cell.encode("utf-8", "replace").decode()
    assert found[0] not in "=+-@"
    assert written.encode("utf-8")


def test_tables_below_each_other_name_themselves():
    tables = {"first": pd.DataFrame({"a": [1]}), "second": pd.DataFrame({"b": [2], "a": [3]})}
    found = stacked(tables, "table")
    assert list(found.columns) == ["table", "a", "b"]
    assert found["table"].tolist() == ["first", "second"]
    assert found["a"].tolist() == [1, 3]
