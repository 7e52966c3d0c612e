"""One layer, close up: arrows on a cloud, and four tokens by hand."""

import streamlit as st

from ui import closeup, controls
from ui.charts import chart
from ui.compute import cached
from ui.figures import closeup as figures
from ui.shell import begin, finish, note

w = begin("layer")
clouds = {name: w(title) for name, title in closeup.CLOUDS.items()}
sizes = {name: w(title) for name, title in closeup.DIMENSIONS.items()}
sets = {name: w(title) for name, title in closeup.EXAMPLES.items()}
left, middle, right = st.columns(3)
with left:
    cloud = controls.choice("layer_cloud", w("control_cloud"), options=clouds, default="cone")
    size = controls.choice("layer_dimension", w("control_dimension"), options=sizes, default="2")
with middle:
    s = controls.number("layer_s", w("control_scale"), options=closeup.SCALES, default=0.5)
    tau = controls.number(
        "layer_tau", w("control_temperature"), options=closeup.TEMPERATURES, default=0.2
    )
with right:
    spelling = controls.choice(
        "layer_variant", w("control_variant"), options=closeup.SPELLINGS, default="bert"
    )
    steps = controls.number("layer_steps", w("control_steps"), options=closeup.STEPS, default=3)
unit = controls.switch("layer_unit", w("control_unit"), default=True)

settings = closeup.Settings(cloud, size, spelling, s, tau, int(steps), unit)
packet = cached(closeup.close_up, settings)
about = closeup.facts(settings, packet)
first, *rest = figures.drawings(packet, say=w, facts=about)
chart(first.figure, key=first.key, alt=first.alt, table=first.table)
note(w("arrows") + " " + w("left_out"))
st.markdown(w("happened", **about))
for name, slots in closeup.outcomes(packet).items():
    st.markdown(w(name, **slots | {"went": w(slots["went"])}))
for column, drawing in zip(st.columns(2), rest, strict=True):
    with column:
        chart(drawing.figure, key=drawing.key, alt=drawing.alt, table=drawing.table)

st.header(w("hand_heading"))
st.markdown(w("hand_intro", **about))
tokens = controls.choice("layer_example", w("control_example"), options=sets, default="fan")
worked = cached(closeup.example, closeup.ExampleSettings(tokens, s, tau))
for heading, numbers in figures.hand_tables(worked).items():
    st.markdown(w(heading))
    st.table(numbers)
rank = closeup.outcome(worked.rank_before, worked.rank_after)
st.markdown(w("hand_rank", **rank | {"went": w(rank["went"])}))
why, slots = closeup.explanation(worked)
st.markdown(w(why, **slots))
finish(w, closeup.code(settings))
