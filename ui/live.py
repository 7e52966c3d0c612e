"""The seam between a page and its live part: settings in, charts that follow the finger out."""

import json
import os
import secrets
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from typing import Any

import streamlit as st

from models.unavailable import ModelUnavailable
from ui import controls
from ui.components.live import answer, mount
from ui.compute import Crowded, cached, unkept
from ui.scene import Packed
from ui.settings import meaning, shown
from ui.stream import Refusal, question
from ui.text import Words, words

MODE = os.environ.get("CONTRANORM_LIVE", "websocket")  # or "reruns", where nothing else passes
TEXTS = (
    *("play", "pause", "step", "back", "speed", "slow", "medium", "fast"),
    *("numbers", "csv", "csv_every", "png", "svg", "settings", "reset_view", "undo", "reset"),
)


@dataclass(frozen=True)
class Moving:
    """A control that the live part owns: its parameter in the address and its grid."""

    parameter: str
    label: str
    options: tuple[Any, ...]
    default: Any
    help: str = ""
    zone: tuple[Any, Any] | None = None
    zone_note: str = ""


@dataclass(frozen=True)
class Frames:
    """The slider of frames: its parameter, its word on the page, where it starts, its end.

    Without a `start` it stands at the last frame, and stays there when their number changes.
    """

    parameter: str = "layer"
    word: str = "layer"
    start: int | None = None
    last: int = 999


LAYERS = Frames()


@dataclass(frozen=True)
class Source:
    """How a page's scene comes from parameters: `settings` reads them, `packed` computes.

    `settings` takes any mapping of text to text and never fails; its value is the cache's key.
    Settings that `shared` says no to are of one visitor's own data: their answer is not kept.
    """

    settings: Callable[[Mapping[str, str]], Hashable]
    packed: Callable[[Any], Packed]
    shared: Callable[[Any], bool] = lambda settings: True


def moved(page: str, moving: tuple[Moving, ...], frames: Frames = LAYERS) -> dict[str, Any]:
    """Return where a page's moving controls stand, and write that into the address.

    What the visitor moved last counts; else what the session kept; else the address; else home.
    """
    said, kept = _said(page), _kept(page)
    if kept is not None and said["number"] > kept["number"]:
        kept = said
    asked = {one.parameter: controls.addressed(one.parameter) for one in moving}
    frame = _addressed_frame(page, frames)
    fresh = kept is None or controls.went_back()
    if kept is not None and not fresh:
        asked, frame = kept["values"], _frame(kept["frame"], frames)
    values = {}
    for one in moving:
        values[one.parameter] = _stand(one, asked.get(one.parameter), fresh=fresh)
        away = values[one.parameter] != one.default
        controls.link(one.parameter, shown(values[one.parameter]) if away else None)
    controls.link(frames.parameter, None if frame is None else str(frame))
    number = said["number"] if kept is None else kept["number"]
    controls.keep(_key(page), {"values": values, "frame": frame, "number": number})
    return values


def found_again(page: str, control: str) -> None:
    """Put what `left` kept into the address, if the visitor came back to the page just now.

    `control` names one that is always drawn: without a value, the page was not here before.
    """
    if controls.held(control) is None:
        kept: Any = controls.kept(f"{page} address")
        controls.restore(kept or {})


def left(page: str) -> None:
    """Keep the page's own parameters, which begin with its name, for when it is left."""
    address = st.query_params.to_dict()
    own = {name: value for name, value in address.items() if name.startswith(f"{page}_")}
    controls.keep(f"{page} address", own)


def at_home(page: str) -> None:
    """Let a page's moving controls start anew; only from a callback."""
    numbers = [one["number"] for one in (_said(page), _kept(page)) if one is not None]
    controls.keep(_key(page), {"values": {}, "frame": None, "number": max(numbers)})


def draw(
    page: str,
    source: Source,
    *,
    address: Mapping[str, str],
    moving: tuple[Moving, ...],
    frames: Frames = LAYERS,
) -> None:
    """Draw a page's live part for the parameters in `address`."""
    kept: Any = controls.kept(_key(page))
    if controls.kept("session") is None:
        controls.keep("session", secrets.token_hex(8))
    body = remembered(source, source.settings(address))
    about = _about(
        page, moving, frames, values=kept["values"], frame=kept["frame"], address=address
    )
    about |= {"number": kept["number"], "session": controls.kept("session")}
    mount(body.message(mount=about), key=_key(page))
    _between(page, source)


def opening(
    page: str,
    source: Source,
    asked: Mapping[str, str],
    *,
    address: Mapping[str, str],
    moving: tuple[Moving, ...],
    frames: Frames = LAYERS,
) -> bytes:
    """Return what `draw` hands over at the start of a visit, without a page around it.

    Args:
        page: Its name.
        source: Where its scene comes from.
        asked: The parameters that the visitor came with, whatever they hold.
        address: Those of the settings they stand for, as the page hands them to `draw`.
        moving: The controls that the live part owns.
        frames: The slider of frames.
    """
    values = {one.parameter: _stand(one, asked.get(one.parameter), fresh=False) for one in moving}
    frame = asked.get(frames.parameter)
    about = _about(page, moving, frames, values=values, frame=frame, address=address)
    about |= {"number": 0, "session": None}
    return remembered(source, source.settings(address)).message(mount=about)


def remembered(source: Source, settings: Hashable) -> Packed:
    """Return a scene ready to be sent, computed once for all visitors and both ways."""
    if not source.shared(settings):
        return unkept(source.packed, settings)
    return cached(source.packed, settings)


@st.fragment
def _between(page: str, source: Source) -> None:
    """Answer what the live part asks while a control moves; nothing else of the page is run.

    It asks so where the WebSocket is missing. What was asked before the rest of the page last
    followed is not answered again.
    """
    key, kept = f"{_key(page)}_between", _kept(page)
    held: Any = controls.held(key) or {}
    said: Any = held.get("asked")
    waits = isinstance(said, Mapping) and kept is not None and said.get("after") == kept["number"]
    reply: bytes | str = json.dumps({"page": page})
    if waits:
        try:
            asked = question(str(said.get("text")), (page,))
            body = remembered(source, source.settings(asked.address))
            reply = body.message(seq=asked.number)
        except (Refusal, ModelUnavailable) as reason:
            reply = json.dumps({"page": page, "error": str(reason)})
        except Crowded:
            reply = json.dumps({"page": page, "error": words("shared")("refused_crowded")})
    answer(reply, key=key)


def _said(page: str) -> dict[str, Any]:
    """Return what the visitor moved last, as the browser told it; never trusted further."""
    held: Any = controls.held(_key(page)) or {}
    said: Any = held.get("moved")
    if not isinstance(said, Mapping) or not isinstance(said.get("values"), Mapping):
        return {"number": 0, "values": {}, "frame": None}
    number = said.get("number")
    return {
        "number": number if isinstance(number, int) else 0,
        "values": dict(said["values"]),
        "frame": said.get("frame"),
    }


def _kept(page: str) -> dict[str, Any] | None:
    kept: Any = controls.kept(_key(page))
    return kept


def _about(
    page: str,
    moving: tuple[Moving, ...],
    frames: Frames,
    *,
    values: Mapping[str, Any],
    frame: object,
    address: Mapping[str, str],
) -> dict[str, Any]:
    shared, on_screen = words("shared"), _frame(frame, frames)
    return {
        "controls": [_described(one) for one in moving],
        "values": {one.parameter: shown(values[one.parameter]) for one in moving},
        "home": {one.parameter: shown(one.default) for one in moving},
        "address": dict(address),
        "frame": frames.start if on_screen is None else on_screen,
        "start": frames.start,
        "parameter": frames.parameter,
        "transport": MODE if moving else "reruns",  # where nothing moves, nothing is asked
        "texts": {name: shared(f"live_{name}") for name in TEXTS}
        | {"frame": _words(page)(frames.word)},
    }


def _described(one: Moving) -> dict[str, Any]:
    return {
        "name": one.parameter,
        "label": one.label,
        "options": [shown(option) for option in one.options],
        "help": one.help,
        "zone": None if one.zone is None else [shown(edge) for edge in one.zone],
        "note": one.zone_note,
    }


def _stand(one: Moving, raw: Any, *, fresh: bool) -> Any:
    meant = None if raw is None else meaning(one.options, str(raw))
    if fresh and raw is not None:
        controls.remark(one.label, raw, None if meant is None else shown(meant))
    return one.default if meant is None else meant


def _addressed_frame(page: str, frames: Frames) -> int | None:
    raw = controls.addressed(frames.parameter)
    frame = _frame(raw, frames)
    if raw is not None and frame is None and _kept(page) is None and raw != str(frames.start):
        controls.remark(_words(page)(frames.word), raw, None)
    return frame


def _frame(asked: object, frames: Frames) -> int | None:
    """Return a frame that is asked for, or None for the one the slider starts at."""
    try:
        frame = int(str(asked))
    except ValueError:
        return None
    return frame if 0 <= frame <= frames.last and frame != frames.start else None


def _words(page: str) -> Words:
    """Return the words of a page, or of the page that this is a part of."""
    return words(page.partition(":")[0])


def _key(page: str) -> str:
    return f"live_{page}"
