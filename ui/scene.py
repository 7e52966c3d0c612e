"""A page's charts as one message: what to draw, from which array, and the arrays themselves."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
from jaxtyping import Float

VERSION = 3  # of the message; raise it when the browser's part must change with it
FRAME = "frame"  # in `Take.at`: whichever frame (layer, step) is on screen
SELECTED = "selected"  # in `Take.at`: whichever of the scene's `Choice` is marked


@dataclass(frozen=True)
class Take:
    """Part of an array: for each axis an index, `FRAME`, `SELECTED`, or None for all of it."""

    array: str
    at: tuple[int | str | None, ...]

    def of(self, arrays: Mapping[str, np.ndarray], frame: int, selected: int = 0) -> Any:
        """Return the numbers themselves, as the browser takes them; one number is a list of one."""
        named: dict[int | str | None, Any] = {None: slice(None), FRAME: frame, SELECTED: selected}
        index = tuple(named.get(one, one) for one in self.at)
        return np.atleast_1d(arrays[self.array][index])


@dataclass(frozen=True)
class Column:
    """A column of a chart's table: the same cells for every frame, or taken from an array."""

    title: str
    cells: tuple[str, ...] | Take


@dataclass(frozen=True)
class Choice:
    """What can be marked in the browser, the same thing in every chart: a token, say.

    It is chosen in a menu, or by pressing a chart; `start` is marked until then.
    """

    label: str
    options: tuple[str, ...]
    start: int = 0


@dataclass(frozen=True)
class Chart:
    """One chart: Plotly traces and a layout in which a `Take` stands for numbers, and its words.

    `titles` and `sentences` have one entry, or one for each frame. `note` is a line under the
    title; what a slider moves is said there and not in the layout, whose every change costs a
    redrawing. `folded` names the heading the chart is hidden under at first. With `picks`,
    pressing a point of the chart, or a cell of a matrix, marks what that point, or that cell's
    row, stands for. `sets` names two moving controls that pressing a cell sets: the one to which
    its column belongs, and the one to which its row does, each in the order of its options.
    """

    key: str
    titles: tuple[str, ...]
    sentences: tuple[str, ...]
    traces: tuple[Mapping[str, Any], ...]
    layout: Mapping[str, Any]
    columns: tuple[Column, ...]
    row: int = 0
    folded: str = ""
    badges: tuple[str, ...] = ()
    picks: bool = False
    sets: tuple[str, ...] = ()
    note: str = ""


@dataclass(frozen=True, eq=False)
class Scene:
    """Everything a page's live part shows for one settings value.

    `findings` are the sentences about all frames; `frame_findings` are empty, or have those of
    each frame, shown after them. `library` is the chart library all traces are in.
    """

    page: str
    arrays: Mapping[str, Float[np.ndarray, "..."]]
    charts: tuple[Chart, ...]
    frames: int
    findings: tuple[str, ...] = ()
    frame_names: tuple[str, ...] = field(default=())
    frame_findings: tuple[tuple[str, ...], ...] = ()
    library: str = "cartesian"
    choice: Choice | None = None


def figure(scene: Scene, chart: Chart, frame: int, selected: int = 0) -> dict[str, Any]:
    """Return a chart with its numbers in place, a complete Plotly figure."""

    def filled(value: Any) -> Any:
        if isinstance(value, Take):
            return value.of(scene.arrays, frame, selected)
        if isinstance(value, Mapping):
            return {name: filled(item) for name, item in value.items()}
        return value

    return {"data": [filled(trace) for trace in chart.traces], "layout": filled(chart.layout)}


@dataclass(frozen=True)
class Packed:
    """A scene in the form it is sent in, but for what each message adds to the header."""

    digest: str
    said: str
    numbers: bytes

    def message(self, **extra: Any) -> bytes:
        """Write one binary message.

        Four bytes with the length of the header, little-endian; the header, UTF-8 JSON padded
        with spaces to a multiple of four; then every array, float32 in C order, as the header
        lists them. The header is {"id": a digest of the scene, **extra, "scene": the scene}.
        """
        added = json.dumps({"id": self.digest, **extra}, ensure_ascii=False)
        header = f'{added[:-1]}, "scene": {self.said}}}'.encode("utf-8", "replace")
        header += b" " * (-len(header) % 4)
        return len(header).to_bytes(4, "little") + header + self.numbers


def packed(scene: Scene) -> Packed:
    """Write a scene's description as JSON and its arrays as float32."""
    arrays = {
        name: np.ascontiguousarray(array, dtype="<f4") for name, array in scene.arrays.items()
    }
    numbers = b"".join(array.tobytes() for array in arrays.values())
    header = {
        "version": VERSION,
        "page": scene.page,
        "frames": scene.frames,
        "frame_names": scene.frame_names,
        "findings": scene.findings,
        "frame_findings": scene.frame_findings,
        "library": scene.library,
        "choice": None if scene.choice is None else asdict(scene.choice),
        "charts": [_plain(chart) for chart in scene.charts],
        "arrays": [[name, array.shape] for name, array in arrays.items()],
    }
    said = json.dumps(header, ensure_ascii=False, default=_written)
    digest = hashlib.blake2b(said.encode("utf-8", "replace") + numbers, digest_size=8).hexdigest()
    return Packed(digest, said, numbers)


def unpacked(message: bytes) -> tuple[dict[str, Any], dict[str, Float[np.ndarray, "..."]]]:
    """Read a message back: its header and its arrays, as the browser does."""
    length = int.from_bytes(message[:4], "little")
    header = json.loads(message[4 : 4 + length])
    arrays, start = {}, 4 + length
    for name, shape in header["scene"]["arrays"]:
        count = int(np.prod(shape, dtype=int))
        arrays[name] = np.frombuffer(message, "<f4", count, start).reshape(shape)
        start += 4 * count
    return header, arrays


def _plain(chart: Chart) -> dict[str, Any]:
    return {
        "key": chart.key,
        "titles": chart.titles,
        "sentences": chart.sentences,
        "traces": chart.traces,
        "layout": chart.layout,
        "columns": [[column.title, column.cells] for column in chart.columns],
        "row": chart.row,
        "folded": chart.folded,
        "badges": chart.badges,
        "picks": chart.picks,
        "sets": chart.sets,
        "note": chart.note,
    }


def _written(value: object) -> Any:
    if isinstance(value, Take):
        return {"take": value.array, "at": value.at}
    raise TypeError(f"a message is made of plain values and arrays; got {type(value).__name__}")
