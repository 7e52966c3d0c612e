"""The parts of the page of trade-offs: live maps, what they say, and the way to one run."""

from collections.abc import Mapping
from dataclasses import replace

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
    Tradeoffs,
    View,
    swept,
    tradeoffs,
)

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
    """Say how much each of ContraNorm's numbers matters at this depth."""
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
