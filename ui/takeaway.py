"""What a visitor takes away of any page: its link, its settings, its program, pinned runs."""

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from urllib.parse import urlencode, urlsplit, urlunsplit

import streamlit as st

from ui import controls, pinned, tables
from ui.components.share import share
from ui.pinned import Outcome, Run
from ui.recipe import Recipe, notebook, script
from ui.saved import Saved, Unreadable, longest, saved
from ui.text import words

FOLDER = Path(__file__).parent.parent / "pages"
PAGES = tuple(sorted(path.stem for path in FOLDER.glob("*.py")))
TEXTS = ("copy", "copied", "select", "link")
RUNS = "pinned runs"
NUMBER = "runs pinned so far"
SAID = "said of the runs"


def carry(page: str, outcome: Outcome | None, unlinked: Mapping[str, str]) -> None:
    """Draw what belongs near the charts: copying the link, and pinning the run.

    Args:
        page: Its name.
        outcome: What was set and what came out; None where there is nothing to pin.
        unlinked: Parameters that are too long for the address.
    """
    shared = words("shared")
    left, right, _ = st.columns([1, 1, 2])
    with left:
        said = controls.kept(SAID)
        controls.keep(SAID, "")  # once
        share({name: shared(f"share_{name}") for name in TEXTS}, said=str(said or ""))
    if outcome is not None:
        address = st.query_params.to_dict()
        run = (page, _link(address), address | dict(unlinked), outcome)
        with right:
            full = len(_kept()) >= pinned.MOST
            st.button(shared("pin"), key="pin", on_click=_pin, args=run, disabled=full)
        if full:
            st.markdown(shared("pin_full", most=pinned.MOST))
    _runs()


def programs(recipe: Recipe, *, shown: bool) -> None:
    """Draw the two files of the page's numbers as a program, and its text where it is shown."""
    shared = words("shared")
    with st.container(horizontal=True):
        _download(shared("script"), recipe, script, "text/x-python", "py")
        _download(shared("notebook"), recipe, notebook, "application/x-ipynb+json", "ipynb")
    if shown:  # its highlighter is half a megabyte of script, and delays the charts
        # Without colours: Streamlit's own for a language are too pale on its ground to be read.
        st.code(script(recipe), language=None, wrap_lines=True)


def settings(page: str, unlinked: Mapping[str, str]) -> None:
    """Draw the settings as a file, and the place to open such a file again."""
    shared = words("shared")
    now = Saved(page, st.query_params.to_dict() | dict(unlinked))
    st.download_button(
        shared("live_settings"),
        now.to_json(),
        f"contranorm-{page}.json",
        "application/json",
        key="download json",
        on_click="ignore",
    )
    with st.form("settings", border=False, enter_to_submit=False):
        file = st.file_uploader(shared("settings_file"), type="json", key="settings file")
        pasted = st.text_area(shared("settings_paste"), key="settings paste", height=68)
        asked = st.form_submit_button(shared("settings_open"))
    if asked:
        _open(file.getvalue().decode("utf-8", "replace") if file else pasted)


def opened(run: Saved) -> None:
    """Show a screen again: on this page or another one, from its parameters alone."""
    controls.load(run.address)
    st.switch_page(f"../pages/{run.page}.py", query_params=dict(run.address))


def _open(text: str) -> None:
    try:
        found = saved(text, PAGES)
    except Unreadable as reason:
        st.warning(words("shared")(str(reason), longest=longest()))
        return
    opened(found)


def _link(address: Mapping[str, str]) -> str:
    here = urlsplit(st.context.url or "")
    query = urlencode(address, errors="replace")
    return urlunsplit(here._replace(path=here.path or "/", query=query))


def _runs() -> None:
    """Draw the pinned runs, if there are any: all, two side by side, and what to do with them."""
    shared = words("shared")
    runs: tuple[Run, ...] = _kept()
    if not runs:
        return
    with st.expander(shared("runs", count=len(runs))):
        st.markdown(shared("runs_note"))
        whole = pinned.table(runs, shared)
        tables.number_table(pinned.in_sight(runs, shared), "runs", shared("runs_table"), file=whole)
        if len(runs) > 1:
            _side_by_side(runs)
        _handled(runs)


def _side_by_side(runs: tuple[Run, ...]) -> None:
    shared = words("shared")
    by_number = {str(run.number): run for run in runs}
    names = {number: shared("run_n", number=number) for number in by_number}
    first, second = list(by_number)[-2:]
    left, right = st.columns(2)
    with left:
        one = controls.pick("run one", shared("run_first"), options=names, default=first)
    with right:
        other = controls.pick("run other", shared("run_second"), options=names, default=second)
    if one == other:
        st.markdown(shared("run_twice"))
        return
    rows = pinned.side_by_side(by_number[one], by_number[other], shared)
    tables.text_table(rows, "side-by-side", shared("runs_compared"))


def _handled(runs: tuple[Run, ...]) -> None:
    shared = words("shared")
    by_number = {str(run.number): run for run in runs}
    names = {number: shared("run_n", number=number) for number in by_number}
    chosen = controls.pick("run chosen", shared("run_chosen"), options=names, default=[*names][-1])
    run = by_number[chosen]
    with st.container(horizontal=True):
        again = st.button(shared("run_open", number=chosen), key="run open")
        st.button(
            shared("run_forget", number=chosen), key="run forget", on_click=_forget, args=(run,)
        )
        st.button(shared("runs_forget"), key="runs forget", on_click=_forget, args=(*runs,))
    if again:
        opened(Saved(run.page, run.address))


def _pin(page: str, link: str, address: Mapping[str, str], outcome: Outcome) -> None:
    runs, number = _kept(), 1 + _count()
    if len(runs) >= pinned.MOST:
        return
    controls.keep(RUNS, (*runs, Run(number, page, link, dict(address), outcome)))
    controls.keep(NUMBER, number)
    controls.keep(SAID, words("shared")("run_pinned", number=number))


def _forget(*gone: Run) -> None:
    left = tuple(run for run in _kept() if run not in gone)
    controls.keep(RUNS, left)
    controls.keep(SAID, words("shared")("runs_left", count=len(left)))


def _kept() -> tuple[Run, ...]:
    runs = controls.kept(RUNS)
    return runs if isinstance(runs, tuple) else ()


def _count() -> int:
    number = controls.kept(NUMBER)
    return number if isinstance(number, int) else 0


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
