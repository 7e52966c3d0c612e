"""Asking for an answer: computed once for all, or a sentence that says why there is none."""

from collections.abc import Callable, Hashable
from typing import Any, TypeVar

import streamlit as st

from models.unavailable import ModelUnavailable
from ui.compute import Crowded, cached
from ui.escape import markdown_text
from ui.text import Words
from ui.text import words as sentences

A = TypeVar("A")


def answered(function: Callable[[], A], words: Words) -> A | None:
    """Return what a function computes, or say why it cannot be had.

    Args:
        function: Asks for what is to be drawn, or draws it.
        words: The page's, with the sentences `computing` and `no_model`.
    """
    try:
        with st.spinner(words("computing")):
            return function()
    except ModelUnavailable as reason:
        st.warning(words("no_model", reason=markdown_text(str(reason))))
    except Crowded:
        st.warning(sentences("shared")("refused_crowded"))
    return None


def answer(function: Callable[[Any], A], settings: Hashable, words: Words) -> A | None:
    """Return a function's answer to these settings, or say why it cannot be had."""
    return answered(lambda: cached(function, settings), words)
