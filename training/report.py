"""A sweep as one page that opens anywhere."""

from html import escape

import pandas as pd

from models.methods import METHODS
from training.results import chosen, summary

PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>{title}</title>
<style>
body {{ font: 16px/1.5 system-ui, sans-serif }}
body {{ margin: 2rem auto; max-width: 70rem; padding: 0 1rem }}
table {{ border-collapse: collapse; margin: 1rem 0 }}
td, th {{ padding: .25rem .75rem; border-bottom: 1px solid #8888; text-align: right }}
</style>
<h1>{title}</h1>
{body}
</html>
"""


def report(rows: pd.DataFrame, name: str) -> str:
    """Write the page: the default and the chosen setting of every method, then every run.

    Args:
        rows: What `results.table` gives.
        name: The sweep's.
    """
    scored = rows.dropna(subset=["test_accuracy"]) if "test_accuracy" in rows else rows.iloc[:0]
    body = [f"<p>{escape(counted(rows))}</p>"]
    if len(scored):
        picked = chosen(scored)
        body += ["<h2>Default settings: test accuracy</h2>", _html(summary(scored))]
        if (picked["settings"] > 1).any():
            body += [
                "<h2>Best settings, chosen on validation data only: test accuracy</h2>",
                _html(summary(scored, picked)),
            ]
    body += ["<h2>Every run</h2>", _html(rows.drop(columns=["command"]))]
    return PAGE.format(title=escape(name), body="\n".join(body))


def counted(rows: pd.DataFrame) -> str:
    """Say how many runs there are and how they ended."""
    states = rows["state"].value_counts()
    return ", ".join([f"{len(rows)} runs", *(f"{n} {state}" for state, n in states.items())])


def readme_table(rows: pd.DataFrame, task: str, tried: pd.DataFrame | None = None) -> str:
    """Write mean and range of the test accuracy as Markdown, a method a row, a depth a column.

    Args:
        rows: What `results.table` gives.
        task: Which task's runs.
        tried: Which setting of each method; the default when None.
    """
    found = summary(rows[rows["task"] == task], tried)
    depths = sorted(found["depth"].unique())
    cells = {(line.method, line.depth): cell(line) for line in found.itertuples()}
    lines = [
        " | ".join(["| method", *(f"depth {depth}" for depth in depths)]) + " |",
        "|---" * (len(depths) + 1) + "|",
    ]
    for method in dict.fromkeys(found["method"]):
        row = [cells.get((method, depth), "–") for depth in depths]
        lines.append(" | ".join([f"| {METHODS[method].title}", *row]) + " |")
    return "\n".join(lines) + "\n"


def readme_tables(rows: pd.DataFrame, task: str) -> str:
    """Write the table of the defaults and, where more was tried, that of the best settings."""
    of_task = rows[rows["task"] == task]
    written = [readme_table(of_task, task)]
    if of_task["tried"].nunique() > 1:
        picked = chosen(of_task.dropna(subset=["test_accuracy"]))
        written += [
            "Best settings, chosen on validation data:\n",
            readme_table(of_task, task, picked),
        ]
    return "\n".join(written)


def cell(line: object) -> str:
    """Write one cell: mean, lowest to highest, and how many seeds where they are not three."""
    mean, low, high, count = (getattr(line, name) for name in ("mean", "min", "max", "count"))
    if count == 1:
        return f"{mean:.2f} (1 seed)"
    return f"{mean:.2f} ({low:.2f} to {high:.2f})" + ("" if count == 3 else f" ({count} seeds)")


def _html(frame: pd.DataFrame) -> str:
    return frame.to_html(index=False, float_format=lambda value: f"{value:.3f}", na_rep="–")
