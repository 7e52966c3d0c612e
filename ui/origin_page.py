"""The parts of the page on where the layer comes from, each from settings or packet alone."""

import streamlit as st

from ui import controls, live, origin_live
from ui.compute import Crowded, cached
from ui.figures import origin as figures
from ui.origin import SPACES, Descent
from ui.origin_derivation import Step, derivations
from ui.pinned import Outcome
from ui.scene import unpacked
from ui.tables import number_table
from ui.text import Words
from ui.text import words as sentences

SCALES = (0.0, 0.1, 0.2, 0.5, 1.0, 2.0)
TEMPERATURES = (0.1, 0.2, 0.3, 0.5, 1.0, 2.0)


def descent(words: Words) -> Descent:
    """Draw the controls of the loss and, with its charts, the live part; return what they say."""
    live.found_again("origin", "origin_space")
    spaces = {name: words(name) for name in SPACES}
    space = controls.choice("origin_space", words("space"), options=spaces, default="circle")
    moving = origin_live.moving(words)
    stand = live.moved("origin", moving, origin_live.STEPS)
    settings = origin_live.view({"origin_space": space, **{k: f"{v:g}" for k, v in stand.items()}})
    try:
        live.draw(
            "origin",
            origin_live.SOURCE,
            address=origin_live.written(settings),
            moving=moving,
            frames=origin_live.STEPS,
        )
    except Crowded:
        st.warning(sentences("shared")("refused_crowded"))
    return settings


def outcome(settings: Descent, words: Words) -> Outcome | None:
    """Say what was set and what the last step gave, for a pinned run; None if it has no answer."""
    said = origin_live.written(settings)
    try:
        _, arrays = unpacked(live.remembered(origin_live.SOURCE, settings).message())
    except Crowded:
        return None
    return Outcome(
        {words(name): said[parameter] for name, (parameter, _) in origin_live.PARAMETERS.items()},
        {
            words(f"column_{name}"): float(arrays[array][-1].item())
            for name, array in (
                ("alignment", "alignment"),
                ("uniformity", "uniformity"),
                ("total", "total"),
                ("pair", "pair_distance"),
                ("other", "other_distance"),
            )
        },
    )


def derived(words: Words) -> Step:
    """Run the derivation at the chosen s and τ, show its numbers, and return the choice."""
    left, right = st.columns(2)
    with left:
        scale = controls.number("origin_scale", words("scale"), options=SCALES, default=0.5)
    with right:
        tau = controls.number("origin_tau", words("tau"), options=TEMPERATURES, default=0.5)
    live.left("origin")
    step = Step(scale, tau)
    unit, drawn = cached(derivations, step)
    table = figures.derivation_table(unit, drawn)
    title = words("derivation_heading")
    number_table(table, "origin-derivation", title, alt=words("derivation_alt"))
    gaps = {"unit": unit.layer_gap, "drawn": drawn.layer_gap, "change": drawn.layer_change}
    st.markdown(words("exactness", **gaps))
    st.header(words("norm_heading"))
    st.markdown(words("norm_text"))
    rows = figures.rows_table(drawn)
    number_table(rows, "origin-rows", words("norm_heading"), alt=words("rows_alt"))
    return step
