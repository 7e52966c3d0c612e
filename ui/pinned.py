"""Runs a visitor pinned: what was set and what came out, in one table and side by side."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ui.text import Words

if TYPE_CHECKING:  # not on the way to the first picture
    import pandas as pd

MOST = 40  # runs kept in one visit


@dataclass(frozen=True)
class Outcome:
    """One page's settings, in its own words, and the numbers they gave."""

    settings: Mapping[str, str]
    results: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Run:
    """One pinned run: its number in this visit, its page, how to open it again, what it was."""

    number: int
    page: str
    link: str
    address: Mapping[str, str]
    outcome: Outcome


def table(runs: Sequence[Run], say: Words) -> "pd.DataFrame":
    """List every run with all its settings and results; a cell is empty where a run has none."""
    import pandas as pd

    rows = [
        {
            say("run_number"): run.number,
            say("run_page"): say(f"menu_{run.page}"),
            **run.outcome.results,
            **run.outcome.settings,
            say("run_link"): run.link,
        }
        for run in runs
    ]
    return pd.DataFrame(rows)


def in_sight(runs: Sequence[Run], say: Words) -> "pd.DataFrame":
    """List the runs with their results, and of their settings only those that are not all alike."""
    import pandas as pd

    same = _alike(runs)
    rows = [
        {
            say("run_number"): str(run.number),
            say("run_page"): say(f"menu_{run.page}"),
            **{name: shown(value) for name, value in run.outcome.results.items()},
            **{k: short(v) for k, v in run.outcome.settings.items() if k not in same},
        }
        for run in runs
    ]
    return pd.DataFrame(rows).fillna("")


def side_by_side(one: Run, other: Run, say: Words) -> "pd.DataFrame":
    """Set two runs beside each other, and say in a word for each row whether they differ."""
    import pandas as pd

    rows = [
        (name, *(short(run.outcome.settings.get(name, "")) for run in (one, other)), same)
        for name, same in _compared(one.outcome.settings, other.outcome.settings, say)
    ]
    for name in _names(one.outcome.results, other.outcome.results):
        first, second = (run.outcome.results.get(name) for run in (one, other))
        values = ("" if value is None else shown(value) for value in (first, second))
        rows.append((name, *values, _distance(first, second, say)))
    titles = (say("run_what"), *(say("run_n", number=run.number) for run in (one, other)))
    return pd.DataFrame(rows, columns=[*titles, say("run_differs")])


def shown(value: float) -> str:
    """Write a result with four digits.

    >>> shown(12.3456), shown(0.0)
    ('12.35', '0')
    """
    return f"{value:.4g}"


def short(text: str, longest: int = 60) -> str:
    """Cut a setting to what fits in a cell.

    >>> short("abcdef", 4)
    'abc…'
    """
    return text if len(text) <= longest else text[: longest - 1] + "…"


def _alike(runs: Sequence[Run]) -> set[str]:
    names = _names(*(run.outcome.settings for run in runs))
    return {name for name in names if len({run.outcome.settings.get(name) for run in runs}) == 1}


def _names(*tables: Mapping[str, object]) -> list[str]:
    return list(dict.fromkeys(name for one in tables for name in one))


def _compared(
    one: Mapping[str, str], other: Mapping[str, str], say: Words
) -> list[tuple[str, str]]:
    words = [
        (name, say("run_same" if one.get(name) == other.get(name) else "run_other"))
        for name in _names(one, other)
    ]
    return sorted(words, key=lambda row: row[1] == say("run_same"))  # what differs comes first


def _distance(first: float | None, second: float | None, say: Words) -> str:
    if first is None or second is None:
        return say("run_only_one")
    if shown(first) == shown(second):
        return say("run_same_digits")
    return say("run_higher" if second > first else "run_lower", by=shown(abs(second - first)))
