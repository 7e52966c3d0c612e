"""What every page shares: title and question on top, program and source at the end."""

from collections.abc import Callable
from functools import partial

import streamlit as st

from ui.recipe import Recipe, notebook, script
from ui.text import Words, words


def begin(page: str) -> Words:
    """Draw a page's title and question, and return its words."""
    sentences = words(page)
    st.title(sentences("title"))
    st.markdown("**" + sentences("question") + "**")
    return sentences


def finish(sentences: Words, recipe: Recipe) -> None:
    """Draw the program that makes the page's numbers again, and where the facts come from."""
    shared = words("shared")
    with st.expander(shared("code")):
        _download(shared("script"), recipe, script, "text/x-python", "py")
        _download(shared("notebook"), recipe, notebook, "application/x-ipynb+json", "ipynb")
        st.code(script(recipe), language="python")
    with st.expander(shared("source")):
        st.markdown(sentences("source"))


def note(text: str) -> None:
    """Draw a small remark in the full text colour (a caption's grey is too faint to read)."""
    st.markdown(f":small[{text}]")


def _download(
    label: str, recipe: Recipe, written: Callable[[Recipe], str], mime: str, suffix: str
) -> None:
    st.download_button(
        label,
        partial(written, recipe),  # written when it is asked for
        f"contranorm-{recipe.page}.{suffix}",
        mime,
        key=f"download {suffix}",
        on_click="ignore",
    )
