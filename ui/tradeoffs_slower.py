"""Whether ContraNorm is ever the slower way: the answer, and who got to 80 % when."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import streamlit as st

from training.config import RunConfig
from ui import tradeoffs_races as races
from ui.figures.training import titled
from ui.shell import note
from ui.tables import text_table
from ui.text import Words
from ui.tradeoffs import OURS, View
from ui.tradeoffs_depths import listed, scores
from ui.tradeoffs_races import Goals, Race

if TYPE_CHECKING:  # not on the way to the first picture
    import pandas as pd


def draw(asked: View, words: Words) -> None:
    """Answer for all depths, then for the chosen one with a table of the defaults and the best."""
    st.header(words("slower"))
    listed(answers(asked.depth, words))
    for kind, one in at_depth(asked.depth).items():
        st.markdown(said(one, asked.depth, kind, words))
        title = words(f"race_{kind}", depth=asked.depth)
        whole, there = table(one, words), got_there(one)
        shown = whole[[name in there for name in one.goals]]
        text_table(shown, f"tradeoffs-race-{kind}", title, file=whole)
        never = [titled(name) for name in one.goals if name not in there]
        if never:
            note(words("race_never", names="; ".join(never)))
    note(words("race_from", epochs=RunConfig().epochs))


def got_there(one: Race) -> list[str]:
    """Name the methods that got to the goal with a seed at least, and ContraNorm anyway."""
    return [name for name, known in one.goals.items() if races.reached(known) or name == OURS]


def answers(depth: int, words: Words) -> list[str]:
    """Say whether ContraNorm was slower: at any depth, with another γ or with other s and τ."""
    everywhere, by_gain = races.by_depth(), races.by_gain(depth)
    spoken = [
        words(
            "speed",
            **_answer(everywhere, "depth", words),
            epochs=RunConfig().epochs,
            counts=_counts(everywhere, words),
        )
    ]
    if by_gain:
        methods = dict.fromkeys(name for one in by_gain.values() for name in one.goals)
        names = _joined(map(titled, methods), words)
        spoken.append(
            words("speed_gain", **_answer(by_gain, "gain", words), depth=depth, names=names)
        )
    if depth in everywhere:
        spoken.append(_by_cell(everywhere[depth], depth, words))
    return spoken


def _counts(known: Mapping[int, Race], words: Words) -> str:
    """Say how many methods ran at which depths."""
    sizes: dict[int, list[str]] = {}
    for depth, one in known.items():
        sizes.setdefault(len(one.goals), []).append(str(depth))
    return "; ".join(
        words("raced", count=count, where=_where("depth", at, words)) for count, at in sizes.items()
    )


def _where(along: str, values: Sequence[str], words: Words) -> str:
    kind = f"where_{along}s" if len(values) > 1 else f"where_{along}"
    return words(kind, values=_joined(values, words))


def at_depth(depth: int) -> dict[str, Race]:
    """Give the races of one depth: of the defaults, and of every method at its best."""
    known = scores().chosen
    picked = known[known["depth"] == depth].set_index("method")["tried"].to_dict()
    both = {"default": races.by_depth().get(depth), "tuned": races.tuned(depth, picked)}
    return {kind: one for kind, one in both.items() if one}


def said(one: Race, depth: int, kind: str, words: Words) -> str:
    """Say who was slower, and that nobody can say where no rival got there."""
    word = races.verdict(one)
    worst = [name for name, its in races.pairs(one).items() if races.standing(its) == word]
    spoken = words(f"verdict_{word}", names=_joined(map(titled, worst), words))
    return words(f"runs_{kind}", depth=depth, verdict=spoken)


def table(one: Race, words: Words) -> "pd.DataFrame":
    """Write of every method how many seeds got there, how soon, and how ContraNorm compares."""
    import pandas as pd

    pairs = races.pairs(one)
    return pd.DataFrame(
        {
            words("method"): titled(name),
            words("race_reached"): words("race_of", count=races.reached(known), seeds=len(known)),
            words("race_epochs"): _mean(known),
            words("race_pair"): words("pair", **pairs[name]._asdict()) if name in pairs else "–",
            words("race_end"): f"{one.ends[name]:.2f}",
        }
        for name, known in one.goals.items()
    )


def _mean(known: Goals) -> str:
    """Average over the seeds, where all of them got there."""
    whole = races.reached(known) == len(known)
    return f"{sum(known.values()) / len(known):.3g}" if whole else "–"


def _answer(known: Mapping[Any, Race], along: str, words: Words) -> dict[str, str]:
    """Say in a word whether ContraNorm was slower anywhere, and where it was what."""
    places: dict[tuple[str, str], list[str]] = {}
    for value, one in known.items():
        kind = races.verdict(one)
        near = _closest(one, words) if kind == "nobody" else ""
        places.setdefault((kind, near), []).append(f"{value:g}")
    found = {kind for kind, _ in places}
    order = {"other": "yes", "mixed": "some", "shared": "no", "ours": "no"}
    answer = next((name for kind, name in order.items() if kind in found), "open")
    values = [
        words(f"at_{kind}", where=_where(along, at, words), names=near)
        for (kind, near), at in places.items()
    ]
    return {"answer": words(f"speed_{answer}"), "values": "; ".join(values)}


def _by_cell(usual: Race, depth: int, words: Words) -> str:
    """Count the settings of s and τ by how many runs got there, and by who was slower."""
    seeds, tried = len(usual.goals[OURS]), races.cells(depth, usual)
    counts = [races.reached(one.goals[OURS]) for one in tried]
    stood = [races.verdict(one) for one in tried]
    every, none = counts.count(seeds), counts.count(0)
    return words(
        "cells_compared" if races.pairs(usual) else "cells_alone",
        depth=depth,
        cells=len(tried),
        every=every,
        some=len(tried) - every - none,
        none=none,
        **{name: stood.count(name) for name in ("other", "mixed", "shared", "ours")},
    )


def _closest(one: Race, words: Words) -> str:
    most = max(one.ends.values())
    return _joined((titled(name) for name, end in one.ends.items() if end == most), words)


def _joined(names: Iterable[str], words: Words) -> str:
    *first, last = [*names] or [""]
    joint = words("and")
    return f"{', '.join(first)} {joint} {last}" if first else last
