"""A page of stock Streamlit with one line on it: what every page of it costs at least."""

import streamlit as st

st.title("nothing")
