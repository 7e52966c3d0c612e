"""What every page shares: title and question on top, what to take away and sources at the end."""

from collections.abc import Mapping

import streamlit as st

from ui import takeaway
from ui.pinned import Outcome
from ui.recipe import Recipe
from ui.text import Words, words


def begin(page: str) -> Words:
    """Draw a page's title and question, and return its words."""
    sentences = words(page)
    st.title(sentences("title"))
    st.markdown("**" + sentences("question") + "**")
    return sentences


def carry(
    page: str, outcome: Outcome | None = None, unlinked: Mapping[str, str] | None = None
) -> None:
    """Draw, near the charts, what copies the page's link and what pins the run.

    Args:
        page: Its name.
        outcome: What was set and what came out; nothing is pinned without.
        unlinked: Parameters that are too long for the page's address.
    """
    takeaway.carry(page, outcome, unlinked or {})


def finish(sentences: Words, recipe: Recipe, unlinked: Mapping[str, str] | None = None) -> None:
    """Draw the program and the settings of the page's numbers, and where the facts come from.

    `unlinked` are the parameters that are too long for the page's address.
    """
    shared = words("shared")
    with st.expander(shared("code"), key="code", on_change="rerun") as programs:
        takeaway.programs(recipe, shown=bool(programs.open))
    with st.expander(shared("settings_title")):
        takeaway.settings(recipe.page, unlinked or {})
    origin(sentences)


def origin(sentences: Words) -> None:
    """Draw where the page's facts come from."""
    with st.expander(words("shared")("source")):
        st.markdown(sentences("source"))


def note(text: str) -> None:
    """Draw a small remark in the full text colour (a caption's grey is too faint to read)."""
    st.markdown(f":small[{text}]")
