"""A step slider, its buttons, and what is drawn from the step; Play is the browser's timer."""

from collections.abc import Callable
from time import monotonic

import streamlit as st

from ui import controls
from ui.text import Words

FRAMES = 40  # at most, from the start to the end of a path that plays
PERIOD = 0.8  # seconds between two of them


def steps(name: str, words: Words, draw: Callable[[int], None], *, last: int, default: int) -> None:
    """Draw the controls of a step from 0 to `last`, then `draw` of the step on screen.

    Only this part of the page runs again when the step moves. While it plays, the browser asks
    for the next step; it never starts by itself, and stops at the end or with the visit.
    """
    if controls.held(name) is None:  # the first run of a visit
        controls.keep(name, None)
    playing = _playing(name)

    @st.fragment(run_every=PERIOD if playing else None)
    def part() -> None:
        _advance(name, last)
        if _playing(name) != playing:
            st.rerun()  # the whole page, for the timer belongs to it
        options = tuple(range(last + 1))
        step = int(
            controls.number(name, words("steps"), options=options, default=min(default, last))
        )
        _buttons(name, words, step, last)
        draw(step)

    part()


def _playing(name: str) -> bool:
    return controls.kept(name) is not None


def _advance(name: str, last: int) -> None:
    """Go on if it plays and the next step is due; every run in between leaves it alone."""
    due, step = controls.kept(name), controls.held(name)
    if not isinstance(due, float) or not isinstance(step, int) or monotonic() < due:
        return
    step = min(last, step + max(1, last // FRAMES))
    controls.put(**{name: step})
    controls.keep(name, None if step == last else _next_due())


def _next_due() -> float:
    return monotonic() + 0.6 * PERIOD


def _buttons(name: str, words: Words, step: int, last: int) -> None:
    playing = _playing(name)
    with st.container(horizontal=True):
        st.button(
            words("step_back"),
            key=f"{name}_back",
            disabled=step == 0,
            on_click=_move,
            args=(name, step - 1),
        )
        st.button(
            words("step_on"),
            key=f"{name}_on",
            disabled=step == last,
            on_click=_move,
            args=(name, step + 1),
        )
        st.button(
            words("pause") if playing else words("play"),
            key=f"{name}_play",
            disabled=last == 0,
            on_click=_pause if playing else _play,
            args=(name, 0 if step == last else step),
        )


def _move(name: str, step: int) -> None:
    controls.put(**{name: step})
    controls.keep(name, None)


def _play(name: str, step: int) -> None:
    controls.put(**{name: step})
    controls.keep(name, _next_due())


def _pause(name: str, step: int) -> None:
    controls.keep(name, None)
