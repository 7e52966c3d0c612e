"""A model of the Hub by name, where the operator allows it: looked at, then fetched."""

import streamlit as st

from models.downloads import Download, begin
from models.hub import hub_allowed, look_up
from models.unavailable import ModelUnavailable
from ui import controls, real_models
from ui.escape import markdown_text
from ui.shell import note
from ui.text import Words

KEPT = "hub download"
LONGEST_NAME = 200  # characters


def fetch(words: Words) -> None:
    """Draw how a model is asked for and how far it is; nothing where the Hub is closed."""
    if not hub_allowed():
        return
    name = controls.name("real_hub", words("hub"), longest=LONGEST_NAME, help=words("hub_help"))
    if controls.button("real_hub_fetch", words("hub_fetch")) and name.strip():
        _ask(name.strip(), words)
    asked = controls.kept(KEPT)
    if isinstance(asked, Download):
        if asked.progress.state == "running":
            _watch(asked, words)
        else:
            _ended(asked, words)


def _ask(name: str, words: Words) -> None:
    try:
        with st.spinner(words("hub_looking")):
            controls.keep(KEPT, begin(look_up(name, caps=real_models.caps())))
    except ModelUnavailable as reason:
        controls.keep(KEPT, None)
        st.warning(words("hub_refused", reason=markdown_text(str(reason))))


@st.fragment(run_every=0.5)
def _watch(asked: Download, words: Words) -> None:
    now = asked.progress
    if now.state != "running":
        st.rerun()
    done, total = (f"{size / 1e6:.1f}" for size in (now.done, now.total))
    name = markdown_text(asked.model.name)
    st.progress(now.share, text=words("hub_progress", name=name, done=done, total=total))
    if controls.button("real_hub_cancel", words("hub_cancel")):
        asked.cancel()


def _ended(asked: Download, words: Words) -> None:
    problem = asked.progress.problem
    name = markdown_text(asked.model.name)
    if problem is None:
        note(words("hub_done", name=name))
    else:
        st.warning(words("hub_refused", reason=markdown_text(str(problem))))
