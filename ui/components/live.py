"""Mounting the live part of a page; its browser side is ui/static/live."""

import hashlib
from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st

STATIC = Path(__file__).parent.parent / "static"


@cache
def static_version() -> str:
    """Return a digest of every file the browser loads, so that a new version is never mixed."""
    digest = hashlib.blake2b(digest_size=6)
    for file in sorted(STATIC.rglob("*.*")):
        digest.update(file.read_bytes())
    return digest.hexdigest()


def mount(message: bytes, *, key: str) -> None:
    """Mount the component, or hand a new message to the one that is mounted.

    Args:
        message: From `ui.scene.Packed.message`, with "mount" in its header.
        key: One for each page; its state is {"moved": what the visitor moved last}.
    """
    _component()(data=message, key=key, on_moved_change=_nothing)


def answer(reply: bytes | str, *, key: str) -> None:
    """Hand the live part the reply to a question it asked by a script run; nothing is drawn here.

    Args:
        reply: A message with the question's number in its header; or, as JSON, the page's name
            and, if the question was refused, the sentence that says why.
        key: One for each page; its state is {"asked": the last question}.
    """
    _answering()(data=reply, key=key, on_asked_change=_nothing)


@cache
def _component() -> Any:
    return _booted("contranorm_live", "default")


@cache
def _answering() -> Any:
    return _booted("contranorm_live_answer", "replied")


def _booted(name: str, function: str) -> Any:
    # A small boot module: the component's own script is sent again with every message.
    boot = (
        "export default async component => {\n"
        f"  const path = 'app/static/live/main.js?v={static_version()}';\n"
        "  const url = new URL(path, document.baseURI);\n"
        f"  return (await import(url.href)).{function}(component);\n"
        "}\n"
    )
    return st.components.v2.component(name, js=boot, isolate_styles=False)


def _nothing() -> None:
    """Stand for the callback without which Streamlit keeps no state."""
