"""Where the layer comes from: the loss in two halves, and the derivation as it runs."""

import streamlit as st

from ui import origin, origin_page
from ui.shell import begin, carry, finish

w = begin("origin")

st.header(w("loss_heading"))
st.markdown(w("loss_text"))
settings = origin_page.descent(w)
carry("origin", origin_page.outcome(settings, w))

st.header(w("derivation_heading"))
st.markdown(w("derivation_text"))
step = origin_page.derived(w)
finish(w, origin.recipe(settings, step))
