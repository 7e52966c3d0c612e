"""What depth breaks and what mends it: the README's table on the page, read from the same runs."""

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import streamlit as st

import training
from ui.figures.training import titled
from ui.shell import note
from ui.tables import text_table
from ui.text import Words

if TYPE_CHECKING:  # not on the way to the first picture
    import pandas as pd

FILE = Path(training.__file__).parent / "sweeps" / "depths.csv"
COMMAND = "make table"
OURS = "contra_norm"
LOSSES = ("uniformity_last", "uniformity_all")


@cache
def scores() -> "pd.DataFrame":
    """Give mean, lowest and highest test accuracy over seeds, by method and depth."""
    import pandas as pd

    from training.results import summary

    return summary(pd.read_csv(FILE))


def draw(words: Words) -> None:
    """Draw the table, and say of each depth how the norm and the loss compare."""
    found = scores()
    st.header(words("by_depth"))
    st.markdown("\n".join(f"- {one}" for one in said(found, words)))
    text_table(table(found, words), "tradeoffs-depths", words("by_depth"))
    note(words("by_depth_from", command=COMMAND, seeds=int(found["count"].min())))


def table(found: "pd.DataFrame", words: Words) -> "pd.DataFrame":
    """Write a method a row and a depth a column."""
    import pandas as pd

    from training.report import cell

    cells: dict[str, dict[str, str]] = {}
    for line in found.itertuples():
        row = cells.setdefault(str(line.method), {words("method"): titled(str(line.method))})
        row[words("at_depth", depth=line.depth)] = cell(line)
    return pd.DataFrame(list(cells.values())).fillna("–")


def said(found: "pd.DataFrame", words: Words) -> list[str]:
    """Compare, at each depth, ContraNorm with the better of the two uniformity losses."""
    sentences = []
    for depth in sorted(found["depth"].unique()):
        there = found[found["depth"] == depth].set_index("method")
        losses = there[there.index.isin(LOSSES)]
        if OURS not in there.index or losses.empty:
            continue
        ours, loss = there.loc[OURS], losses.loc[losses["mean"].idxmax()]
        overlap = ours["min"] <= loss["max"] and loss["min"] <= ours["max"]
        sentences.append(
            words(
                "by_depth_overlap" if overlap else "by_depth_apart",
                depth=int(depth),
                name=titled(str(loss.name)),
                **_slots("ours", ours),
                **_slots("loss", loss),
            )
        )
    return sentences


def _slots(name: str, line: Any) -> dict[str, str]:
    return {f"{name}_{end}": f"{line[end]:.2f}" for end in ("mean", "min", "max")}
