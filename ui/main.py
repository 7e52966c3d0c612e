"""The application: its pages and their menu."""

import streamlit as st

from ui.text import words

st.set_page_config(page_title="ContraNorm Lab", page_icon=":material/blur_on:", layout="wide")
menu = words("shared")
page = st.navigation(
    [
        st.Page("../pages/watch.py", title=menu("menu_watch"), default=True),
        st.Page("../pages/layer.py", title=menu("menu_layer")),
        st.Page("../pages/origin.py", title=menu("menu_origin")),
        st.Page("../pages/receipts.py", title=menu("menu_receipts")),
    ]
)
page.run()
