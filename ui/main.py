"""The application: its pages and their menu."""

from importlib.machinery import ModuleSpec
from pathlib import Path

import streamlit as st

from ui import controls
from ui.settings import FIELDS
from ui.text import words

# A worker process runs the main script again, unless it says that it is not to be run by name.
__spec__ = ModuleSpec("__main__", None)

MAP = ("vectors_neighbours", "vectors_seed")  # of an option
NOT_ALWAYS_DRAWN = {  # parameters, by page
    "": (*(field.parameter for field in FIELDS), "layer", "log"),
    "real": ("real_line", "real_layer", "real_part", "real_second", "real_threshold", "real_run"),
    "vectors": ("vectors_data", "vectors_colour", "vectors_member", "vectors_gaps", *MAP),
    "training": ("training_epoch", "training_layer"),
    "tradeoffs": ("tradeoffs_frame",),
    "layer": ("from", "layer_branch", "layer_at"),  # of a cloud that is a layer
}

ICON = Path(__file__).parent / "static" / "icon.svg"  # Streamlit's own come from another host
st.set_page_config(page_title="ContraNorm Lab", page_icon=ICON, layout="wide")
menu = words("shared")
page = st.navigation(
    [
        st.Page("../pages/watch.py", title=menu("menu_watch"), default=True),
        st.Page("../pages/real.py", title=menu("menu_real")),
        st.Page("../pages/vectors.py", title=menu("menu_vectors")),
        st.Page("../pages/layer.py", title=menu("menu_layer")),
        st.Page("../pages/origin.py", title=menu("menu_origin")),
        st.Page("../pages/training.py", title=menu("menu_training")),
        st.Page("../pages/twins.py", title=menu("menu_twins")),
        st.Page("../pages/tradeoffs.py", title=menu("menu_tradeoffs")),
        st.Page("../pages/receipts.py", title=menu("menu_receipts")),
    ]
)
controls.start(also=NOT_ALWAYS_DRAWN.get(page.url_path, ()))
page.run()
controls.finish()
