"""Charts of a page beside its live part: drawn by the same script, with nothing that moves."""

from collections.abc import Callable
from typing import Any

from ui.components.live import mount
from ui.compute import cached, unkept
from ui.live import TEXTS
from ui.scene import Packed
from ui.text import words


def draw(name: str, ready: Callable[[Any], Packed], settings: Any, *, shared: bool = True) -> None:
    """Draw the scene of these settings, which has one frame.

    Args:
        name: Of the scene's `page`, which no other part has: "real:models", say.
        ready: Computes the scene as it is sent; computed once for all visitors.
        settings: What it depends on; hashable if `shared`.
        shared: Whether the answer may be kept for all: not if it is of a visitor's own data.
    """
    say = words("shared")
    about = {
        "controls": [],
        "values": {},
        "home": {},
        "address": {},
        "number": 0,
        "session": name,
        "frame": 0,
        "start": 0,
        "transport": "reruns",  # nothing is ever asked, so no connection is opened
        "texts": {text: say(f"live_{text}") for text in TEXTS} | {"frame": ""},
    }
    scene = cached(ready, settings) if shared else unkept(ready, settings)
    mount(scene.message(mount=about), key=f"still_{name}")
