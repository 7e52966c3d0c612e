"""What depth breaks and what mends it: the README's tables on the page, from the same runs."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Literal

import streamlit as st

from contranorm.norms import NORMS
from contranorm.residuals import layer_scale_start
from models.methods import METHODS, TRIES
from ui.figures.training import titled
from ui.shell import note
from ui.tables import text_table
from ui.text import Words
from ui.tradeoffs import OURS
from ui.tradeoffs_races import TRIED, rivals

if TYPE_CHECKING:  # not on the way to the first picture
    import pandas as pd

COMMAND = "make table"
LOSSES = ("uniformity_last", "uniformity_all")


@dataclass(frozen=True, eq=False)
class Scores:
    """Mean, lowest and highest test accuracy over seeds, by method and depth.

    `default` is of every method's first setting, `best` of the setting with the highest mean
    validation accuracy, which `chosen` numbers; the test part is not looked at for that.
    """

    default: "pd.DataFrame"
    best: "pd.DataFrame"
    chosen: "pd.DataFrame"


@cache
def scores() -> Scores:
    """Read the runs that are shipped."""
    import pandas as pd

    from training.results import chosen, summary

    rows = pd.read_csv(TRIED)
    picked = chosen(rows)
    return Scores(summary(rows), summary(rows, picked), picked)


def draw(words: Words) -> None:
    """Draw the tables, and say of each depth how the norm and its rivals compare."""
    found = scores()
    st.header(words("by_depth"))
    others = rivals(found.default["method"].unique())
    listed(
        said(found.default, words, LOSSES, "losses") + said(found.default, words, others, "rivals")
    )
    text_table(table(found.default, words), "tradeoffs-depths", words("by_depth"))
    note(words("by_depth_from", command=COMMAND, seeds=int(found.default["count"].min())))
    st.header(words("tuned"))
    listed(said(found.best, words, others, "rivals"))
    text_table(table(found.best, words), "tradeoffs-best", words("tuned"))
    note(words("tuned_from", tried=TRIES, seeds=int(found.chosen["seeds_chosen_on"].min())))
    with st.expander(words("picked")):
        text_table(settings(found.chosen, words), "tradeoffs-picked", words("picked"))


def listed(sentences: list[str]) -> None:
    """Draw sentences below each other, each with a point before it."""
    st.markdown("\n".join(f"- {one}" for one in sentences))


def settings(chosen: "pd.DataFrame", words: Words) -> "pd.DataFrame":
    """Write which setting was chosen, a method a row and a depth a column."""
    return _by_method(
        ((line.method, line.depth, _setting(line, words)) for line in chosen.itertuples()), words
    )


def _setting(line: Any, words: Words) -> str:
    """Write what was varied of a method, and its learning rate."""
    method = METHODS[line.method]
    known = [asdict(one) for one in method.treatments]
    setting = method.grid[line.tried]
    values: dict[str, Any] = {
        name: value
        for name, value in asdict(setting.treatment).items()
        if any(one[name] != value for one in known)
    }
    if "norm" in values:
        values["norm"] = NORMS[values["norm"]].title
    if "residual_start" in values:
        values["residual_start"] = values["residual_start"] or layer_scale_start(line.depth)
    if setting.treatment.learnable:
        values["start"] = values.pop("scale")
    own = [words(f"setting_{name}", value=value) for name, value in values.items()]
    return ", ".join([*own, words("setting_rate", value=setting.learning_rate)])


def table(found: "pd.DataFrame", words: Words) -> "pd.DataFrame":
    """Write a method a row and a depth a column."""
    from training.report import cell

    return _by_method(((line.method, line.depth, cell(line)) for line in found.itertuples()), words)


def _by_method(cells: Iterable[tuple[Any, Any, str]], words: Words) -> "pd.DataFrame":
    import pandas as pd

    rows: dict[str, dict[str, str]] = {}
    for method, depth, text in cells:
        row = rows.setdefault(str(method), {words("method"): titled(str(method))})
        row[words("at_depth", depth=depth)] = text
    order = [name for name in METHODS if name in rows]
    return pd.DataFrame([rows[name] for name in order]).fillna("–")


def said(
    found: "pd.DataFrame", words: Words, against: Sequence[str], kind: Literal["losses", "rivals"]
) -> list[str]:
    """Compare, at each depth, ContraNorm with the best of its rivals on average."""
    sentences = []
    for depth in sorted(found["depth"].unique()):
        there = found[found["depth"] == depth].set_index("method")
        others = there[there.index.isin(against)]
        if OURS not in there.index or others.empty:
            continue
        ours, other = there.loc[OURS], others.loc[others["mean"].idxmax()]
        overlap = ours["min"] <= other["max"] and other["min"] <= ours["max"]
        ahead = "ahead" if ours["mean"] > other["mean"] else "behind"
        sentences.append(
            words(
                f"by_depth_{kind}",
                told=words(f"told_{'not' if overlap else ahead}"),
                depth=int(depth),
                name=titled(str(other.name)),
                **_slots("ours", ours),
                **_slots("other", other),
            )
        )
    return sentences


def _slots(name: str, line: Any) -> dict[str, str]:
    return {f"{name}_{end}": f"{line[end]:.2f}" for end in ("mean", "min", "max")}
