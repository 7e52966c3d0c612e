"""Every table of every page, each with its numbers as a file one click away."""

import csv
import io
from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

import streamlit as st

from ui.escape import spreadsheet_text
from ui.text import words

if TYPE_CHECKING:  # not on the way to the first picture
    import pandas as pd


def text_table(
    rows: "pd.DataFrame", name: str, title: str, *, file: "pd.DataFrame | None" = None
) -> None:
    """Draw a table whose cells are read as text, all in sight, and its file under it.

    Args:
        rows: What is shown.
        name: Of the file, and unique on the page.
        title: What the button calls it.
        file: What the file holds, where that is more than is shown.
    """
    st.table(rows, hide_index=True)
    _offer(rows if file is None else file, name, title)


def text_tables(
    tables: "Mapping[str, pd.DataFrame]", name: str, title: str, *, column: str
) -> None:
    """Draw tables below each other, each under its heading, and one file of them all.

    Args:
        tables: What is shown, by heading; in the file the headings are without marks.
        name: Of the file, and unique on the page.
        title: What the button calls it.
        column: Of the file, which says whose row it is.
    """
    for heading, rows in tables.items():
        st.markdown(heading)
        st.table(rows, hide_index=True)
    plain = {heading.replace("**", ""): rows for heading, rows in tables.items()}
    _offer(stacked(plain, column), name, title)


def number_table(
    rows: "pd.DataFrame",
    name: str,
    title: str,
    *,
    printed: Mapping[str, str | Callable[[Any], str]] | None = None,
    file: "pd.DataFrame | None" = None,
    alt: str | None = None,
) -> None:
    """Draw a table that scrolls and can be sorted and walked by keys, and its file under it.

    Args:
        rows: What is shown.
        name: Of the file, and unique on the page.
        title: What the button calls it.
        printed: How a column's numbers look; the file has all their digits.
        file: What the file holds, where that is more than is shown.
        alt: What is said of the table to those who do not see it; `title` if None.
    """
    look = rows.style.format(dict(printed)) if printed else rows
    st.dataframe(look, hide_index=True, alt=alt or title)
    _offer(rows if file is None else file, name, title)


def _offer(rows: "pd.DataFrame", name: str, title: str) -> None:
    """Draw the button that hands out a table's file."""
    st.download_button(
        words("shared")("csv_of", table=title),
        partial(csv_text, rows),
        f"contranorm-{name}.csv",
        "text/csv",
        key=f"csv {name}",
        on_click="ignore",
    )


def csv_text(rows: "pd.DataFrame") -> str:
    """Write a table as CSV; a text that a spreadsheet would run as a formula is made plain.

    >>> import pandas as pd
    >>> csv_text(pd.DataFrame({"token": ["=1+1", "a"], "x": [-0.5, 1.0]})).splitlines()
    ['"token","x"', '"\\'=1+1",-0.5', '"a",1.0']
    """
    written = io.StringIO()
    writer = csv.writer(written, quoting=csv.QUOTE_NONNUMERIC, lineterminator="\r\n")
    writer.writerow([_cell(title) for title in rows.columns])
    writer.writerows([[_cell(value) for value in row] for row in rows.itertuples(index=False)])
    return written.getvalue()


def stacked(tables: "Mapping[str, pd.DataFrame]", column: str) -> "pd.DataFrame":
    """Put tables below each other, each row beginning with its table's name."""
    import pandas as pd

    named = [rows.assign(**{column: name}) for name, rows in tables.items()]
    whole = pd.concat(named, ignore_index=True)
    return whole[[column, *(title for title in whole.columns if title != column)]]


def _cell(value: Any) -> Any:
    if isinstance(value, str):
        return spreadsheet_text(value).encode("utf-8", "replace").decode("utf-8")
    return value
