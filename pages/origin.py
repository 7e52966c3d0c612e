"""Where the layer comes from: the loss in two halves, and the derivation as it runs."""

import streamlit as st

from ui import origin
from ui.charts import chart
from ui.compute import cached
from ui.controls import choice, number
from ui.figures import origin as figures
from ui.shell import begin, finish

w = begin("origin")
weights = (0.0, 0.25, 0.5, 0.75, 1.0, 1.5, 2.0)
heats = (0.1, 0.2, 0.3, 0.5, 1.0, 2.0)

st.header(w("loss_heading"))
st.markdown(w("loss_text"))
left, middle, right = st.columns(3)
with left:
    spaces = {"circle": w("circle"), "sphere": w("sphere")}
    space = choice("origin_space", w("space"), options=spaces, default="circle")
    walk = (0, 1, 2, 5, 10, 20, 40, 80, 160, 320)
    help_text = w("steps_help")
    steps = number("origin_steps", w("steps"), options=walk, default=160, help=help_text)
with middle:
    pull = number("origin_alignment", w("alignment"), options=weights, default=1.0)
    push = number("origin_uniformity", w("uniformity"), options=weights, default=1.0)
with right:
    shares = (0.0, 0.05, 0.1, 0.2, 0.5, 1.0)
    overlap = number("origin_overlap", w("overlap"), options=shares, default=0.1)
    heat = number("origin_temperature", w("temperature"), options=heats, default=0.2)
settings = origin.Descent(space, pull, push, overlap, heat, int(steps))
path = cached(origin.descend, settings)
ends = path.ends
left, right = st.columns(2)
with left:
    alt, table = w("points_alt", **ends), figures.points_table(path)
    chart(figures.pairs_figure(path), key="origin_points", alt=alt, table=table)
with right:
    alt, table = w("losses_alt", **ends), figures.losses_table(path)
    chart(figures.losses_figure(path), key="origin_losses", alt=alt, table=table)
st.markdown(f"{w('numbers', **ends)} {w(path.verdict)}")

st.header(w("derivation_heading"))
st.markdown(w("derivation_text"))
scale = number("origin_scale", w("scale"), options=(0.0, 0.1, 0.2, 0.5, 1.0, 2.0), default=0.5)
step = origin.Step(scale, number("origin_tau", w("tau"), options=heats, default=0.5))
unit, drawn = cached(origin.derivations, step)
table = figures.derivation_table(unit, drawn)
st.dataframe(table, hide_index=True, alt=w("derivation_alt"))
gaps = {"unit": unit.layer_gap, "drawn": drawn.layer_gap, "change": drawn.layer_change}
st.markdown(w("exactness", **gaps))
st.header(w("norm_heading"))
st.markdown(w("norm_text"))
st.dataframe(figures.rows_table(drawn), hide_index=True, alt=w("rows_alt"))
finish(w, origin.code(settings, step))
