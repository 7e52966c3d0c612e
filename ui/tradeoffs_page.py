"""The parts of the page of trade-offs: live maps, what they say, and the way to one run."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import streamlit as st

from training.config import RunConfig
from training.tasks import TASKS
from ui import asking, controls, live
from ui.figures import tradeoffs as figures
from ui.figures.training import titled
from ui.live import Frames, Moving, Source
from ui.pinned import Outcome
from ui.scene import Packed, Scene, packed
from ui.settings import meaning, shown
from ui.text import Words
from ui.text import words as sentences
from ui.tradeoffs import (
    COMMAND,
    DEPTH,
    MEASURED,
    OURS,
    SCALE,
    START,
    TEMPERATURE,
    Goals,
    Race,
    Tradeoffs,
    View,
    pairs,
    reached,
    standing,
    swept,
    tradeoffs,
    tuned,
    verdict,
)
from ui.tradeoffs_depths import FILE, scores

ONE = Frames("tradeoffs_frame", "title", start=0, last=0)


def scene(asked: View) -> Scene:
    """Collect everything the live part of the page shows."""
    words, found = sentences("tradeoffs"), tradeoffs(asked)
    tokens = TASKS["digits"].shape.tokens
    return Scene(
        page="tradeoffs",
        arrays=figures.arrays(found, asked),
        charts=figures.charts(found, words, most=tokens, epochs=RunConfig().epochs),
        frames=1,
        findings=findings(found, words),
    )


def ready(asked: View) -> Packed:
    """Collect the scene as it is sent."""
    return packed(scene(asked))


def view(address: Mapping[str, str]) -> View:
    """Read which cell is asked for; whatever is no cell of the maps is the default's."""
    home = View()
    depth = meaning(swept(), address.get(DEPTH, ""))
    home = home if depth is None else replace(home, depth=depth)
    found = tradeoffs(home)
    scale = meaning(found.scales, address.get(SCALE, ""))
    temperature = meaning(found.temperatures, address.get(TEMPERATURE, ""))
    return View(
        home.depth,
        home.scale if scale is None else scale,
        home.temperature if temperature is None else temperature,
    )


SOURCE = Source(view, ready)


def findings(found: Tradeoffs, words: Words) -> tuple[str, ...]:
    """Say how much each of ContraNorm's numbers matters here, and whether it is ever slower."""
    accuracy = found.maps["accuracy"]
    row = found.scales.index(START.scale)
    column = found.temperatures.index(START.temperature)
    slots = {"depth": found.depth, "start_scale": START.scale, "start_tau": START.temperature}
    said = [
        words(f"sensitive_{name}", **slots, **_ends(values, along))
        for name, values, along in (
            ("scale", accuracy[:, column], found.scales),
            ("temperature", accuracy[row, :], found.temperatures),
        )
    ]
    said += _by_gain(found, words)
    said += _slower(found, words)
    return (*said, words("counted", seeds=found.runs))


def about(words: Words) -> str:
    """Say what was trained, and by which command."""
    run = RunConfig()
    return words("about", command=COMMAND, epochs=run.epochs, width=run.width)


def maps(words: Words) -> View:
    """Draw the maps and the lines, and return which cell is chosen."""
    live.found_again("tradeoffs", DEPTH)
    there = moving(words)
    stand = live.moved("tradeoffs", there, ONE)
    asked = View(stand[DEPTH], stand[SCALE], stand[TEMPERATURE])
    controls.keep(DEPTH, asked)
    address = {name: shown(stand[name]) for name in (DEPTH, SCALE, TEMPERATURE)}

    def draw() -> None:
        live.draw("tradeoffs", SOURCE, address=address, moving=there, frames=ONE)

    asking.answered(draw, words)
    live.left("tradeoffs")
    return asked


def moving(words: Words) -> tuple[Moving, ...]:
    """Return the controls that the live part draws: together they choose a cell."""
    found = tradeoffs(View())
    return (
        Moving(DEPTH, words("depth"), swept(), View().depth),
        Moving(SCALE, words("scale"), found.scales, START.scale),
        Moving(TEMPERATURE, words("temperature"), found.temperatures, START.temperature),
    )


def way_to_a_run(asked: View, words: Words) -> None:
    """Say what came of the chosen cell, and lead to its run in the training lab."""
    values = {name: figures.printed(value) for name, value in at(asked).items()}
    where = {"depth": asked.depth, "scale": asked.scale, "tau": asked.temperature}
    st.markdown(words("cell", **where, **values))
    st.page_link(
        "../pages/training.py",
        label=words("open"),
        query_params={
            "training_depth": str(asked.depth),
            "training_s": f"{asked.scale:g}",
            "training_tau": f"{asked.temperature:g}",
            "training_epochs": str(RunConfig().epochs),
        },
    )


def outcome(asked: View, words: Words) -> Outcome:
    """Say which cell was chosen and what the maps say of it, for a pinned run."""
    results = {
        words(f"pinned_{name}"): value for name, value in at(asked).items() if np.isfinite(value)
    }
    settings = {
        words("depth"): str(asked.depth),
        words("scale"): shown(asked.scale),
        words("temperature"): shown(asked.temperature),
        words("seeds"): str(tradeoffs(asked).runs),
    }
    return Outcome(settings, results)


def at(asked: View) -> dict[str, float]:
    """Return what the maps say of one cell."""
    found = tradeoffs(asked)
    place = found.scales.index(asked.scale), found.temperatures.index(asked.temperature)
    return {name: float(found.maps[name][place]) for name in MEASURED}


def _ends(values: np.ndarray, along: tuple[float, ...]) -> dict[str, str]:
    low, high = int(np.nanargmin(values)), int(np.nanargmax(values))
    return {
        "low": f"{values[low]:.2f}",
        "high": f"{values[high]:.2f}",
        "low_at": f"{along[low]:g}",
        "high_at": f"{along[high]:g}",
        "first": f"{along[0]:g}",
        "last": f"{along[-1]:g}",
    }


def _by_gain(found: Tradeoffs, words: Words) -> list[str]:
    """Say how much the gain matters to ContraNorm, and how far every method gets by it."""
    ends = {
        one: _ends(column, found.gains)
        for one, column in zip(found.begun, found.by_gain.T, strict=True)
    }
    said = []
    if (OURS, True) in ends and (OURS, False) in ends:
        held = {f"held_{name}": value for name, value in ends[OURS, False].items()}
        slots = {"depth": found.depth, "start_scale": START.scale, "start_tau": START.temperature}
        said.append(words("sensitive_gain", **slots, **ends[OURS, True], **held))
    highest = [
        words("highest_of", name=titled(method), high=end["high"], high_at=end["high_at"])
        for (method, learned), end in ends.items()
        if learned
    ]
    if len(highest) > 1:
        said.append(words("highest_gain", depth=found.depth, values="; ".join(highest)))
    return said


def _slower(found: Tradeoffs, words: Words) -> list[str]:
    """Say whether ContraNorm is ever slower: over all depths, and at this one by its settings."""
    epochs, depth = RunConfig().epochs, found.depth
    races, by_gain = _with_ours(found.races), _with_ours(found.gain_races)
    said = [words("speed", **_answer(races, "depth", words), epochs=epochs)]
    if depth in races:
        said += [_at_depth(races[depth], depth, "default", words), _by_cell(found, words)]
    if by_gain:
        methods = dict.fromkeys(name for one in by_gain.values() for name in one.goals)
        names = _joined(map(titled, methods), words)
        said.append(
            words("speed_gain", **_answer(by_gain, "gain", words), depth=depth, names=names)
        )
    known = scores().chosen
    picked = known[known["depth"] == depth].set_index("method")["tried"].to_dict()
    best = tuned(FILE, depth, picked)
    return said + ([_at_depth(best, depth, "tuned", words)] if best else [])


def _with_ours(races: Mapping[Any, Race]) -> dict[Any, Race]:
    return {value: one for value, one in races.items() if OURS in one.goals}


def _answer(races: Mapping[Any, Race], along: str, words: Words) -> dict[str, str]:
    """Say in a word whether ContraNorm was slower anywhere, and where it was what."""
    places: dict[tuple[str, str], list[str]] = {}
    for value, one in races.items():
        kind = verdict(one)
        near = _closest(one, words) if kind == "nobody" else ""
        places.setdefault((kind, near), []).append(f"{value:g}")
    answers = {"other": "yes", "mixed": "some", "shared": "no", "ours": "no"}
    known = {kind for kind, _ in places}
    answer = next((name for kind, name in answers.items() if kind in known), "open")
    values = [
        words(f"at_{kind}", where=words(f"where_{along}", values=_joined(at, words)), names=near)
        for (kind, near), at in places.items()
    ]
    return {"answer": words(f"speed_{answer}"), "values": "; ".join(values)}


def _at_depth(one: Race, depth: int, kind: str, words: Words) -> str:
    """Say with how many seeds each method got there, how soon, and who was slower."""
    word, against = verdict(one), pairs(one)
    others = [name for name, its in against.items() if standing(its) == word]
    ends = [name for name in one.goals if name != OURS or word == "nobody"]
    said = words(
        f"verdict_{word}",
        names=_joined(map(titled, others), words),
        pairs=" ".join(
            words("pair", name=titled(name), **its._asdict()) for name, its in against.items()
        ),
        ends="; ".join(f"{titled(name)} {one.ends[name]:.2f}" for name in ends),
    )
    return words(
        f"runs_{kind}",
        depth=depth,
        epochs=RunConfig().epochs,
        seeds=len(one.goals[OURS]),
        values="; ".join(_got_there(name, known, words) for name, known in one.goals.items()),
        verdict=said,
    )


def _got_there(name: str, known: Goals, words: Words) -> str:
    count = reached(known)
    mean = figures.printed(float(np.mean([*known.values()])))
    kind = "got_all" if count and count == len(known) else "got_some"
    return words(kind, name=titled(name), count=count, mean=mean)


def _by_cell(found: Tradeoffs, words: Words) -> str:
    """Count the settings of s and τ by how many runs got there, and by who was slower."""
    here = found.races[found.depth]
    seeds = set(here.goals[OURS])
    whole = [{seed: cell[seed] for seed in seeds} for cell in found.cells if seeds <= set(cell)]
    counts = [reached(cell) for cell in whole]
    tried = [replace(here, goals={**here.goals, OURS: cell}) for cell in whole]
    every, none = counts.count(len(seeds)), counts.count(0)
    return words(
        "cells_compared" if pairs(here) else "cells_alone",
        depth=found.depth,
        cells=len(whole),
        every=every,
        some=len(whole) - every - none,
        none=none,
        slower=[verdict(one) for one in tried].count("other"),
    )


def _closest(one: Race, words: Words) -> str:
    most = max(one.ends.values())
    return _joined((titled(name) for name, end in one.ends.items() if end == most), words)


def _joined(names: Iterable[str], words: Words) -> str:
    *first, last = [*names] or [""]
    joint = words("and")
    return f"{', '.join(first)} {joint} {last}" if first else last
