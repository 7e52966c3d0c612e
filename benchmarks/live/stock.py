"""The same three charts by stock Streamlit: its slider, its chart, the same computation."""

import plotly.graph_objects as go
import streamlit as st

from ui.figures.watch import arrays, charts
from ui.picture import picture
from ui.scene import Scene, figure
from ui.settings import SCALES, Settings
from ui.text import words

st.set_page_config(layout="wide")
depth = int(st.query_params.get("depth", 12))
scale = st.select_slider("s", options=list(SCALES), value=1.0, key="s")
packet = picture(Settings(depth=depth, scale=scale))
scene = Scene("stock", arrays(packet), charts(packet, words("watch"), log=True), depth + 1)
st.markdown(f"drawn {scale}")
for chart, column in zip(scene.charts[:3], st.columns(3), strict=True):
    drawn = figure(scene, chart, depth)
    drawn["layout"]["title"] = {"text": f"s = {scale}"}
    with column:
        st.plotly_chart(go.Figure(drawn), key=chart.key)
