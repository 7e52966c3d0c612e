"""Every kind of widget, once: keyed, kept in the URL, and forgiving about what a URL holds."""

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, cast

import streamlit as st
from streamlit import runtime
from streamlit.runtime.scriptrunner import get_script_run_ctx

from ui.escape import markdown_text
from ui.limits import limit
from ui.text import words

_KEPT = "kept: "  # no control's name has a colon
_KNOWN = "known parameters"
_LOADED = "loaded"
_MOST_NAMED = 5  # unknown parameters
_said: ContextVar[Any] = ContextVar("said", default=None)  # where remarks stand; None is here
_LONGEST_SHOWN = 40  # characters of what an address holds


class Behind:
    """A heading that controls are folded under, as often as it is entered.

    What is said about their parameters in the address stands before it, where it is seen.
    """

    def __init__(self, label: str) -> None:
        """Draw the heading."""
        self._place, self._folded = st.container(), st.expander(label)

    def __enter__(self) -> None:
        """Draw what follows under it."""
        self._before = _said.set(self._place)
        self._folded.__enter__()

    def __exit__(self, *reason: Any) -> None:
        """Draw elsewhere again."""
        self._folded.__exit__(*reason)
        _said.reset(self._before)


def number(
    name: str, label: str, *, options: Sequence[float], default: float, help: str | None = None
) -> float:
    """Draw a slider over a grid of numbers and return where it stands.

    A value in the address that is off the grid is moved to its nearest step; one that is no
    number, or lies outside, falls back to the default. Either is said in a sentence.
    """
    _set_number(name, label, options, default)
    steps = list(options)
    value = float(st.select_slider(label, steps, key=name, help=help, format_func=_shown))
    link(name, None if value == default else _shown(value))
    return value


def choice(
    name: str,
    label: str,
    *,
    options: Mapping[str, str],
    default: str,
    help: str | None = None,
    then: Callable[[], None] | None = None,
) -> str:
    """Draw a menu of named things and return the name chosen; `then` runs when it changes.

    The address carries the name, so that a link outlives a change of the menu's words.
    """
    _set_menu(name, label, options, default)
    chosen = str(
        st.selectbox(
            label,
            list(options),
            key=name,
            help=help,
            format_func=lambda option: options[option],
            on_change=then,
        )
    )
    link(name, None if chosen == default else chosen)
    return chosen


def several(
    name: str, label: str, *, options: Mapping[str, str], default: tuple[str, ...], most: int
) -> tuple[str, ...]:
    """Draw names of which some are chosen; return them in the menu's order.

    The address carries them, separated by commas; it may name `most` of them, the visitor more.
    """
    _set_several(name, label, options, default, most)
    said = st.pills(
        label,
        list(options),
        key=name,
        format_func=options.__getitem__,
        selection_mode="multi",
    )
    chosen = tuple(option for option in options if option in said)
    link(name, None if chosen == default else ",".join(chosen))
    return chosen


def section(name: str, label: str, *, options: Mapping[str, str], default: str) -> str:
    """Draw a row of names, of which one is chosen, and return it: which part of a page is shown."""
    _set_menu(name, label, options, default)
    chosen = str(
        st.radio(
            label,
            list(options),
            key=name,
            horizontal=True,
            format_func=lambda option: options[option],
        )
    )
    link(name, None if chosen == default else chosen)
    return chosen


def pick(name: str, label: str, *, options: Mapping[str, str], default: str) -> str:
    """Draw a menu like `choice`, of things that are this visit's alone: no address carries it."""
    if st.session_state.get(name) not in options:
        st.session_state[name] = default
    return str(
        st.selectbox(label, list(options), key=name, format_func=lambda option: options[option])
    )


def switch(name: str, label: str, *, default: bool, help: str | None = None) -> bool:
    """Draw an on-off switch and return whether it is on."""
    _set_switch(name, label, default)
    on = bool(st.toggle(label, key=name, help=help))
    link(name, None if on == default else str(on).lower())
    return on


def sentence(
    name: str, label: str, *, default: str, longest: int, most: int | None = None
) -> tuple[str, bool]:
    """Draw a text field; return its text and whether a link can carry it.

    Text of at most `longest` characters is written into the address; longer text is not. The
    field takes `most`, or what the server allows.
    """
    most = limit("text") if most is None else most
    asked = addressed(name)
    stands = _stands(name)
    if stands is None:
        stands = default if asked is None else asked
    st.session_state[name] = _sendable(stands)
    if len(st.session_state[name]) > most:
        st.session_state[name] = st.session_state[name][:most]
        st.info(words("shared")("text_cut", most=most))
    text = str(st.text_area(label, key=name, height=68, max_chars=most))
    linked = len(text) <= longest
    link(name, text if linked and text != default else None)
    return text, linked


def start(also: Collection[str] = ()) -> None:
    """Begin a page: its parameters are those of the controls it draws, and `also` these."""
    keep(_KNOWN, set(also))


def finish() -> None:
    """End a page, now drawn: its controls count again, whatever the address had said."""
    keep(_LOADED, False)
    remark_unknown()


def remark_unknown() -> None:
    """Name, once, the parameters in the address that the page, now drawn, has no use for."""
    known = cast(set[str], kept(_KNOWN) or set())
    unknown = [name for name in st.query_params if name not in known]
    if not unknown:
        return
    keep(_KNOWN, known | set(unknown))
    names = ", ".join(_harmless(name) for name in unknown[:_MOST_NAMED])
    more = len(unknown) - _MOST_NAMED
    kind = "unknown_and_more" if more > 0 else "unknown"
    st.info(words("shared")(kind, names=names, more=more))


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


def _set_number(name: str, label: str, options: Sequence[float], default: float) -> None:
    asked, stands = addressed(name), _stands(name)
    if stands is None:
        stands = default if asked is None else _meant(label, options, asked, default)
    if stands not in options:  # the grid changed under it, as when another model is shallower
        stands = _nearest(options, cast(float, stands))
    st.session_state[name] = stands


def _meant(label: str, options: Sequence[float], asked: str, default: float) -> float:
    try:
        value = float(asked)
    except ValueError:
        value = math.nan
    if not min(options) <= value <= max(options):
        remark(label, asked, None)
        return default
    used = _nearest(options, value)
    remark(label, asked, _shown(used))
    return used


def _set_switch(name: str, label: str, default: bool) -> None:
    asked, stands = addressed(name), _stands(name)
    if stands is None:
        stands = default if asked is None else {"true": True, "false": False}.get(asked.lower())
        if stands is None:
            _note("invalid", label, asked or "")
    st.session_state[name] = default if stands is None else stands


def _nearest(options: Sequence[float], value: float) -> float:
    return min(options, key=lambda option: abs(option - value))


def _set_menu(name: str, label: str, options: Mapping[str, str], default: str) -> None:
    asked, stands = addressed(name), _stands(name)
    if stands is None:
        names = {title: option for option, title in options.items()}  # older links have titles
        stands = default if asked is None else names.get(asked, asked)
        if stands not in options:
            _note("invalid", label, asked or "")
    st.session_state[name] = stands if stands in options else default


def _set_several(
    name: str, label: str, options: Mapping[str, str], default: tuple[str, ...], most: int
) -> None:
    asked, stands = addressed(name), cast("list[str] | None", _stands(name))
    if stands is None:
        named = default if asked is None else tuple(filter(None, asked.split(",")))
        stands = [option for option in options if option in named]
        if set(named) - set(options) or len(stands) > most or (asked is not None and not stands):
            _note("invalid", label, asked or "")
            stands = list(default)
    st.session_state[name] = stands


def restore(values: Mapping[str, str]) -> None:
    """Put parameters into an address that is empty, as on coming back to a page."""
    if not st.query_params and not went_back():
        st.query_params.update(values)


def load(values: Mapping[str, str]) -> None:
    """Let the next run of the script take every control from these parameters."""
    st.query_params.from_dict(dict(values))
    keep(_LOADED, True)


def addressed(name: str) -> str | None:
    """Return what the address asks a control for; from here on the page knows its name."""
    known = cast(set[str], kept(_KNOWN) or set())
    keep(_KNOWN, known | {name})
    return st.query_params.get(name)


def _stands(name: str) -> object:
    """Return where a control stands, or None if the address is to say so."""
    return None if went_back() else st.session_state.get(name)


def link(name: str, value: str | None) -> None:
    """Write a parameter into the address, or take it out.

    Streamlit could bind it to the widget itself, but it then writes a menu's words and not its
    name, forgets a number it had to move, and carries parameters over to the next page.
    """
    if value is None:
        st.query_params.pop(name, None)
    elif st.query_params.get_all(name) != [value]:
        st.query_params[name] = value


def went_back() -> bool:
    """Tell whether the address says where the controls stand, and not the controls themselves.

    So it is when the browser's back or forward button changed it just now, or `load` did.
    """
    return loaded() or bool(getattr(get_script_run_ctx(), "is_history_navigation", False))


def loaded() -> bool:
    """Tell whether the address was put there by `load`, and is all there is to know."""
    return bool(kept(_LOADED))


def remark(label: str, asked: str, used: str | None) -> None:
    """Say what was done with a number in the address that is no step of its grid."""
    if used is None:
        _note("invalid", label, asked)
        return
    try:
        if float(asked) == float(used):
            return
    except ValueError:
        pass
    _note("snapped", label, asked, used=used)


def _sendable(text: object) -> str:
    """Return text without the halves of broken characters, which no address can carry."""
    return str(text).encode("utf-8", "ignore").decode("utf-8")


def _harmless(text: str) -> str:
    shown = "".join(character for character in text if character.isprintable())
    return markdown_text(shown[:_LONGEST_SHOWN])


def _note(kind: str, label: str, asked: str, **values: str) -> None:
    place = _said.get() or st
    place.info(words("shared")(kind, name=label, value=_harmless(asked), **values))


@dataclass(frozen=True, eq=False)
class Upload:
    """A file as a visitor sent it; a new `number` for every file that is chosen."""

    number: str
    name: str
    data: bytes


def file(name: str, label: str, *, help: str, most: int) -> Upload | None:
    """Draw a field for one file of at most `most` MB, and return what it holds."""
    found = st.file_uploader(label, key=name, help=help, max_upload_size=most)
    if found is None:
        return None
    return Upload(found.file_id, found.name, found.getvalue())


def pasted(name: str, label: str, *, longest: int, help: str) -> str:
    """Draw a field for much text, which is never put into the address."""
    if name not in st.session_state:
        st.session_state[name] = ""
    text = st.text_area(label, key=name, height=140, max_chars=longest, help=help)
    return _sendable(text)[:longest]


def name(name: str, label: str, *, longest: int, help: str) -> str:
    """Draw a field for one name, which is never put into the address."""
    return _sendable(st.text_input(label, key=name, max_chars=longest, help=help))[:longest]


def button(name: str, label: str, *, then: Callable[[], None] | None = None) -> bool:
    """Draw a button and return whether it was pressed just now."""
    return bool(st.button(label, key=name, on_click=then))


def download(name: str, label: str, data: bytes, file_name: str, mime: str) -> None:
    """Draw a button that saves a file; pressing it does not run the page again."""
    st.download_button(label, data, file_name, mime, key=name, on_click="ignore")


def visiting() -> Callable[[], bool]:
    """Return a question that other threads may ask: is this visitor's tab still open?"""
    context = get_script_run_ctx()
    session = "" if context is None else context.session_id

    def here() -> bool:
        return not runtime.exists() or runtime.get_instance().is_active_session(session)

    return here
