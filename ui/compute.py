"""The cache boundary: the only place that remembers an answer between runs."""

from collections.abc import Callable, Hashable
from typing import Any, TypeVar

import streamlit as st

A = TypeVar("A")


@st.cache_data(max_entries=512, show_spinner=False)
def _remembered(name: str, settings: Hashable, _function: Callable[[Any], Any]) -> Any:
    return _function(settings)


def cached(function: Callable[[Any], A], settings: Hashable) -> A:
    """Return `function(settings)`, computed once for all visitors.

    Args:
        function: Pure; its name and module are part of the key.
        settings: A frozen dataclass; the other part of the key.
    """
    name = f"{function.__module__}.{function.__qualname__}"
    answer: A = _remembered(name, settings, function)
    return answer
