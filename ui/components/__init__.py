"""Streamlit components of our own: the parts of a page that live in the browser."""
