"""Every kind of widget, once: keyed, bound to the URL, and forgiving about what a URL holds."""

import math
from collections.abc import Callable, Mapping, Sequence

import streamlit as st

from ui.escape import markdown_text
from ui.text import words

_KEPT = "kept: "  # no control's name has a colon


def number(
    name: str, label: str, *, options: Sequence[float], default: float, help: str | None = None
) -> float:
    """Draw a slider over a grid of numbers and return where it stands.

    A value in the address that is off the grid is moved to its nearest step; one that is no
    number, or lies outside, falls back to the default. Either is said in a sentence.
    """
    _mend(name, label, options)
    return float(
        st.select_slider(
            label,
            options=list(options),
            value=default,
            key=name,
            bind="query-params",
            help=help,
            format_func=_shown,
        )
    )


def choice(
    name: str,
    label: str,
    *,
    options: Mapping[str, str],
    default: str,
    help: str | None = None,
    then: Callable[[], None] | None = None,
) -> str:
    """Draw a menu of named things and return the name chosen; `then` runs when it changes."""
    asked = st.query_params.get(name)
    if asked is not None and name not in st.session_state and asked not in options.values():
        if asked in options:
            st.session_state[name] = asked
        else:
            _note("invalid", label, asked)
    chosen = st.selectbox(
        label,
        list(options),
        index=list(options).index(default),
        key=name,
        bind="query-params",
        help=help,
        format_func=lambda option: options[option],
        on_change=then,
    )
    return str(chosen)


def switch(name: str, label: str, *, default: bool, help: str | None = None) -> bool:
    """Draw an on-off switch and return whether it is on."""
    asked = st.query_params.get(name)
    if asked is not None and asked.lower() not in ("true", "false"):
        _note("invalid", label, asked)
    return bool(st.toggle(label, value=default, key=name, bind="query-params", help=help))


def sentence(name: str, label: str, *, default: str, longest: int) -> tuple[str, bool]:
    """Draw a text field; return its text and whether a link can carry it.

    Text of at most `longest` characters is written into the address; longer text is not.
    """
    if name not in st.session_state:
        st.session_state[name] = st.query_params.get(name, default)
    text = str(st.text_area(label, key=name, height=68))
    linked = len(text) <= longest
    if linked and text != default:
        st.query_params[name] = text
    elif name in st.query_params:
        del st.query_params[name]
    return text, linked


def _shown(value: float) -> str:
    return f"{value:g}"


def put(**values: object) -> None:
    """Set controls by name, as a visitor would; only from a callback, before they are drawn."""
    for name, value in values.items():
        st.session_state[name] = value


def held(name: str) -> object:
    """Return where a control stands, or None before it was drawn."""
    return st.session_state.get(name)


def keep(name: str, value: object) -> None:
    """Remember a value that belongs to no control, until the visitor's session ends."""
    st.session_state[_KEPT + name] = value


def kept(name: str) -> object:
    """Return what `keep` remembered, or None."""
    return st.session_state.get(_KEPT + name)


def _mend(name: str, label: str, options: Sequence[float]) -> None:
    held = st.session_state.get(name)
    if held is not None:
        if held not in options:  # the grid changed under it, as when another model is shallower
            st.session_state[name] = _nearest(options, held)
        return
    asked = st.query_params.get(name)
    if asked is None or asked in map(_shown, options):
        return
    try:
        value = float(asked)
    except ValueError:
        value = math.nan
    if not min(options) <= value <= max(options):
        _note("invalid", label, asked)
        return
    st.session_state[name] = _nearest(options, value)
    _note("snapped", label, asked, used=_shown(_nearest(options, value)))


def _nearest(options: Sequence[float], value: float) -> float:
    return min(options, key=lambda option: abs(option - value))


def _note(kind: str, label: str, asked: str, **values: str) -> None:
    shown = "".join(character for character in asked if character.isprintable())[:40]
    st.info(words("shared")(kind, name=label, value=markdown_text(shown), **values))
