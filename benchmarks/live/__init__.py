"""How soon charts follow in a real browser, ours beside stock Streamlit, in one run."""
