"""The parts of the page on where the layer comes from, each from settings or packet alone."""

import streamlit as st

from ui import controls
from ui.charts import chart
from ui.closeup_steps import steps
from ui.compute import cached
from ui.figures import origin as figures
from ui.origin import Descent
from ui.origin_derivation import Step, derivations
from ui.origin_packet import Path
from ui.text import Words

WEIGHTS = (0.0, 0.25, 0.5, 0.75, 1.0, 1.5, 2.0)
TEMPERATURES = (0.1, 0.2, 0.3, 0.5, 1.0, 2.0)
OVERLAPS = (0.0, 0.05, 0.1, 0.2, 0.5, 1.0)
SCALES = (0.0, 0.1, 0.2, 0.5, 1.0, 2.0)
DEFAULT_STEPS = 160


def descent(words: Words) -> Descent:
    """Draw the controls of the loss, and return what they say."""
    left, middle, right = st.columns(3)
    with left:
        spaces = {"circle": words("circle"), "sphere": words("sphere")}
        space = controls.choice("origin_space", words("space"), options=spaces, default="circle")
        overlap = controls.number("origin_overlap", words("overlap"), options=OVERLAPS, default=0.1)
    with middle:
        pull = controls.number("origin_alignment", words("alignment"), options=WEIGHTS, default=1.0)
        heat = controls.number(
            "origin_temperature", words("temperature"), options=TEMPERATURES, default=0.2
        )
    with right:
        push = controls.number(
            "origin_uniformity", words("uniformity"), options=WEIGHTS, default=1.0
        )
    return Descent(space, pull, push, overlap, heat)


def show(path: Path, words: Words) -> None:
    """Draw the step's controls, the pairs, the losses and what the numbers say."""

    def draw(step: int) -> None:
        facts = path.facts(step)
        left, right = st.columns(2)
        with left:
            alt, table = words("points_alt", **facts), figures.points_table(path, step)
            figure = figures.pairs_figure(path, step)
            chart(figure, key="origin_points", alt=alt, table=table)
        with right:
            alt, table = words("losses_alt", **facts), figures.losses_table(path)
            figure = figures.losses_figure(path, step)
            chart(figure, key="origin_losses", alt=alt, table=table)
        st.markdown(f"{words('numbers', **facts)} {words(path.verdict(step))}")

    steps("origin_steps", words, draw, last=path.last, default=DEFAULT_STEPS)


def derived(words: Words) -> Step:
    """Run the derivation at the chosen s and τ, show its numbers, and return the choice."""
    left, right = st.columns(2)
    with left:
        scale = controls.number("origin_scale", words("scale"), options=SCALES, default=0.5)
    with right:
        tau = controls.number("origin_tau", words("tau"), options=TEMPERATURES, default=0.5)
    step = Step(scale, tau)
    unit, drawn = cached(derivations, step)
    table = figures.derivation_table(unit, drawn)
    st.dataframe(table, hide_index=True, alt=words("derivation_alt"))
    gaps = {"unit": unit.layer_gap, "drawn": drawn.layer_gap, "change": drawn.layer_change}
    st.markdown(words("exactness", **gaps))
    st.header(words("norm_heading"))
    st.markdown(words("norm_text"))
    st.dataframe(figures.rows_table(drawn), hide_index=True, alt=words("rows_alt"))
    return step
