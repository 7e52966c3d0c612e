"""The parts of the page of trade-offs: live maps, what they say, and the way to one run."""

import numpy as np
import streamlit as st

from models.methods import METHODS
from training.config import RunConfig
from training.tasks import TASKS
from ui import controls, live
from ui.compute import Crowded
from ui.figures import tradeoffs as figures
from ui.figures.training import titled
from ui.live import Frames, Source
from ui.pinned import Outcome
from ui.scene import Packed, Scene, packed
from ui.text import Words
from ui.text import words as sentences
from ui.tradeoffs import COMMAND, MEASURED, Tradeoffs, View, tradeoffs

ONE = Frames("tradeoffs_frame", "title", start=0, last=0)
START = METHODS["contra_norm"].default.treatment


def scene(asked: View) -> Scene:
    """Collect everything the live part of the page shows."""
    words, found = sentences("tradeoffs"), tradeoffs(asked)
    tokens = TASKS["digits"].shape.tokens
    return Scene(
        page="tradeoffs",
        arrays=figures.arrays(found),
        charts=figures.charts(found, words, most=tokens, epochs=RunConfig().epochs),
        frames=1,
        findings=findings(found, words),
    )


def ready(asked: View) -> Packed:
    """Collect the scene as it is sent."""
    return packed(scene(asked))


SOURCE = Source(lambda address: View(), ready)  # no parameter moves the maps


def findings(found: Tradeoffs, words: Words) -> tuple[str, ...]:
    """Say how much each of ContraNorm's numbers matters here, and who is quickest at each depth."""
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
    said += [_quickest(found, place, words) for place in range(len(found.depths))]
    return (*said, words("counted", seeds=found.runs))


def about(words: Words) -> str:
    """Say what was trained, and by which command."""
    run = RunConfig()
    return words("about", command=COMMAND, epochs=run.epochs, width=run.width)


def maps(words: Words) -> View:
    """Draw the maps and the lines, and return what they are of."""
    live.found_again("tradeoffs", "tradeoffs_s")
    live.moved("tradeoffs", (), ONE)
    try:
        live.draw("tradeoffs", SOURCE, address={}, moving=(), frames=ONE)
    except Crowded:
        st.warning(sentences("shared")("refused_crowded"))
    return View()


def way_to_a_run(asked: View, words: Words) -> None:
    """Let one cell of the maps be chosen, and lead to its run in the training lab."""
    found = tradeoffs(asked)
    left, right = st.columns(2)
    with left:
        scale = controls.number(
            "tradeoffs_s", words("scale"), options=found.scales, default=START.scale
        )
    with right:
        tau = controls.number(
            "tradeoffs_tau",
            words("temperature"),
            options=found.temperatures,
            default=START.temperature,
        )
    live.left("tradeoffs")
    place = found.scales.index(scale), found.temperatures.index(tau)
    values = {name: figures.printed(float(found.maps[name][place])) for name in MEASURED}
    st.markdown(words("cell", depth=asked.depth, scale=scale, tau=tau, **values))
    st.page_link(
        "../pages/training.py",
        label=words("open"),
        query_params={
            "training_depth": str(asked.depth),
            "training_s": f"{scale:g}",
            "training_tau": f"{tau:g}",
            "training_epochs": str(RunConfig().epochs),
        },
    )


def outcome(asked: View, words: Words) -> Outcome:
    """Say what was set and what the maps say of ContraNorm's default, for a pinned run."""
    found = tradeoffs(asked)
    place = found.scales.index(START.scale), found.temperatures.index(START.temperature)
    results = {
        words(f"pinned_{name}"): float(found.maps[name][place])
        for name in MEASURED
        if np.isfinite(found.maps[name][place])
    }
    settings = {words("depth"): str(asked.depth), words("seeds"): str(found.runs)}
    return Outcome(settings, results)


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


def _quickest(found: Tradeoffs, place: int, words: Words) -> str:
    """Say how many epochs each method needed at a depth, and whether ContraNorm was quickest."""
    goals = {
        method: float(found.lines["goal"][place, index])
        for index, method in enumerate(found.methods)
    }
    there = {method: goal for method, goal in goals.items() if np.isfinite(goal)}
    said = "; ".join(f"{titled(method)} {figures.printed(goal)}" for method, goal in goals.items())
    if not there:
        return words("quickest_none", depth=found.depths[place])
    first = min(there.values())
    best = [method for method, goal in there.items() if goal == first]
    kind = "quickest_ours" if best == ["contra_norm"] else (
        "quickest_shared" if "contra_norm" in best else "quickest_other"
    )  # fmt: skip
    names = words("and").join(titled(method) for method in best)
    return words(kind, depth=found.depths[place], values=said, names=names)
