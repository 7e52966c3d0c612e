"""Every table of every page has its numbers as a file, one click away."""

import csv
import io
import re
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from ui.escape import spreadsheet_text
from ui.real_parts import PARTS
from ui.takeaway import PAGES

NUMBER = re.compile(r"-?\d+\.\d+")
RANGE = re.compile(rf"({NUMBER.pattern}) \(({NUMBER.pattern}) – ({NUMBER.pattern})\)")
ROOT = Path(__file__).parents[2]
SCREENS = [
    *((name, {}) for name in PAGES if name not in ("real", "watch")),
    *(("real", {"real_part": part, "real_text": "a =cat saw a dog"}) for part in PARTS),
    ("watch", {"depth": "2"}),
    ("watch", {"model": "digits", "depth": "2"}),
]


@pytest.fixture
def files(monkeypatch):
    """The tables' files that a screen offers, as rows of cells."""
    draw, found = st.download_button, []

    def download_button(label, data, file_name, mime, **look):
        if mime == "text/csv" and callable(data):
            found.append(list(csv.reader(io.StringIO(data(), newline=""))))
        return draw(label, data, file_name, mime, **look)

    monkeypatch.setattr(st, "download_button", download_button)
    return found


def opened(name, address):
    at = AppTest.from_file(ROOT / "ui" / "main.py", default_timeout=60)
    at.switch_page(str(ROOT / "pages" / f"{name}.py"))
    for parameter, value in address.items():
        at.query_params[parameter] = value
    at.run()
    assert not at.exception
    return at


def tables(at):
    return [one.value for one in (*at.table, *at.dataframe)]


def missing(table, file):
    """Return the cells of a table that a file lacks; there a range has cells of its own."""
    cells = {cell for row in file for cell in row}
    cells |= {f"{float(cell):.3f}" for cell in cells if NUMBER.fullmatch(cell)}
    shown = (str(cell) for row in (table.columns, *table.to_numpy()) for cell in row)
    parts = (RANGE.fullmatch(cell).groups() if RANGE.fullmatch(cell) else (cell,) for cell in shown)
    return [part for one in parts for part in one if not {part, spreadsheet_text(part)} & cells]


@pytest.mark.parametrize(("name", "address"), SCREENS)
def test_every_table_of_a_screen_has_a_file_that_holds_its_cells(files, name, address):
    for table in tables(opened(name, address)):
        assert any(missing(table, file) == [] for file in files), list(table.columns)


def test_the_tables_after_a_norm_and_of_pinned_runs_have_files(files):
    at = opened("vectors", {})
    at.button(key="vectors_apply").click().run()
    for _ in range(2):
        at.button(key="pin").click().run()
    files.clear()
    found = tables(at.run())
    assert len(found) == 5
    assert len(files) == len(found)
    for table in found:
        assert any(len(file) == len(table) + 1 for file in files)
