"""What every page shares: title and question on top, code and source at the end."""

import streamlit as st

from ui.text import Words, words


def begin(page: str) -> Words:
    """Draw a page's title and question, and return its words."""
    sentences = words(page)
    st.title(sentences("title"))
    st.markdown("**" + sentences("question") + "**")
    return sentences


def finish(sentences: Words, code: str) -> None:
    """Draw the code that made the numbers, and where the facts come from."""
    shared = words("shared")
    with st.expander(shared("code")):
        st.code(code, language="python")
    with st.expander(shared("source")):
        st.markdown(sentences("source"))


def note(text: str) -> None:
    """Draw a small remark in the full text colour (a caption's grey is too faint to read)."""
    st.markdown(f":small[{text}]")
