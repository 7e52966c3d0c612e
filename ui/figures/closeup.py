"""The charts of one layer, close up, for all steps of a packet's path; and the hand tables."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from jaxtyping import Float
from torch import Tensor

from ui.closeup_example import Example
from ui.closeup_packet import CloseUp
from ui.escape import plotly_text
from ui.figures.palette import box_layout, plot_layout, steady, style
from ui.scene import FRAME, Chart, Column, Take
from ui.text import Words

ORDINALS = ("axis_first", "axis_second", "axis_third")
HEAD = 0.07  # an arrow's head at most, as a share of half the box
ASIDE = 0.08  # how far a label stands from its point, as such a share
GAP = 0.1  # between two labels at least, as such a share


def arrays(packet: CloseUp) -> dict[str, np.ndarray]:
    """Return the numbers the charts take, each with the step as its first axis."""
    low, high = boxes(packet)
    half = (high - low)[:, :1, None] / 2  # (steps + 1, 1, 1)
    now, tips = packet.coordinates.astype(float), packet.pushed.astype(float)
    aside = np.zeros_like(now)
    aside[..., -1:] = np.where(tips[..., -1:] > now[..., -1:], -ASIDE, ASIDE) * half
    return {
        "step": np.arange(packet.last + 1)[:, None],
        "index": np.arange(1, packet.singular_values.shape[-1] + 1),
        "coordinates": now,
        "moves": tips - now,
        "arrows": arrows(now, tips, longest_head=HEAD * half),
        **({"labels": uncrowded(now + aside, GAP * half)} if packet.tokens else {}),
        "box": np.stack([low, high], -1),
        "singular_values": packet.singular_values,
        "tops": np.stack([0 * half[:, 0, 0], 1.05 * tops(packet)], -1),
        "uniformity": packet.uniformity[:, None],
        "effective_rank": packet.effective_rank,
        "mean_cosine": packet.mean_cosine,
    }


def charts(
    packet: CloseUp, say: Words, facts: tuple[Mapping[str, str], ...]
) -> tuple[Chart, Chart, Chart]:
    """Return the cloud, its singular values and its loss; `facts` has the slots of each step."""
    return cloud(packet, say, facts), spectrum(packet, say, facts), losses(packet, say, facts)


def cloud(packet: CloseUp, say: Words, facts: tuple[Mapping[str, str], ...]) -> Chart:
    """Draw the points at the start and now, and an arrow from each to where one layer sends it."""
    axes = packet.coordinates.shape[-1]
    ranges: list[Any] = [Take("box", (FRAME, axis, None)) for axis in range(axes)]
    if packet.bounded:
        ranges = np.stack(boxes(packet), -1)[0].tolist()
    return Chart(
        key=f"cloud_{axes}",
        titles=tuple(say("cloud_title", step=step) for step in range(packet.last + 1)),
        sentences=tuple(say("cloud_alt", **slots) for slots in facts),
        traces=_cloud_traces(packet, say),
        layout=box_layout(axis_titles(packet, say), ranges),
        columns=(
            Column(say("column_point"), names(packet)),
            *(
                Column(
                    say("column_axis", what=say(name), axis=axis + 1), Take(array, (at, None, axis))
                )
                for name, array, at in (
                    ("before", "coordinates", 0),
                    ("now", "coordinates", FRAME),
                    ("arrow", "moves", FRAME),
                )
                for axis in range(axes)
            ),
        ),
        note=say("labels_note") if packet.tokens else "",
    )


def names(packet: CloseUp) -> tuple[str, ...]:
    """Name the points: tokens, or numbers from 1."""
    return packet.tokens or tuple(str(n + 1) for n in range(packet.coordinates.shape[1]))


def axis_titles(packet: CloseUp, say: Words) -> list[str]:
    """Name each axis: a coordinate, or a direction with its share of the start's variance."""
    if not packet.tokens:
        return [say(name) for name in ORDINALS[: packet.coordinates.shape[-1]]]
    return [
        say("axis_direction", number=number, share=f"{100 * share:.0f}")
        for number, share in enumerate(packet.axes_share, start=1)
    ]


def boxes(
    packet: CloseUp,
) -> tuple[Float[np.ndarray, "steps axes"], Float[np.ndarray, "steps axes"]]:
    """Give each step's ends of each axis, all axes of one length, with room for the arrows.

    Points of length one share the ends of all steps, so that what moves are the points. A
    cloud that may grow without end is drawn at the size it has at the step.
    """
    start = np.broadcast_to(packet.coordinates[:1], packet.coordinates.shape)
    seen = np.concatenate([packet.coordinates, packet.pushed, start], 1).astype(float)
    low, high = seen.min(1), seen.max(1)
    if packet.bounded:
        low, high = (np.broadcast_to(end, low.shape) for end in (low.min(0), high.max(0)))
    reach = 0.56 * (high - low).max(-1, keepdims=True)
    reach = np.where(reach > 0, reach, 1.0)
    middle = (low + high) / 2
    return middle - reach, middle + reach


def arrows(
    tails: Float[np.ndarray, "steps n axes"],
    tips: Float[np.ndarray, "steps n axes"],
    *,
    longest_head: Float[np.ndarray, "steps 1 1"],
) -> Float[np.ndarray, "steps six_n axes"]:
    """Give one line per point: tail, tip, one side of the head, tip, the other side, a gap.

    >>> tails, tips, head = np.zeros((1, 1, 2)), np.array([[[3.0, 0.0]]]), np.ones((1, 1, 1))
    >>> line = arrows(tails, tips, longest_head=head)
    >>> line[0, :5].round(2).tolist()
    [[0.0, 0.0], [3.0, 0.0], [2.1, 0.45], [3.0, 0.0], [2.1, -0.45]]
    """
    move = tips - tails
    length = np.linalg.norm(move, axis=-1, keepdims=True)
    along = move / np.maximum(length, 1e-30)
    head = np.minimum(0.3 * length, longest_head)
    side = _beside(along)
    left, right = (tips - head * (along - bend * side) for bend in (0.5, -0.5))
    gap = np.full_like(tips, np.nan)
    corners = np.stack([tails, tips, left, tips, right, gap], -2)  # (steps, n, 6, axes)
    return corners.reshape(len(tips), -1, tips.shape[-1])


def uncrowded(
    labels: Float[np.ndarray, "steps n axes"], gaps: Float[np.ndarray, "steps 1 1"]
) -> Float[np.ndarray, "steps n axes"]:
    """Leave out, as NaN, each label that would stand on one before it.

    >>> uncrowded(np.array([[[0.0, 0.0], [0.1, 0.0], [2.0, 0.0]]]), np.ones((1, 1, 1)))[0, :, 0]
    array([ 0., nan,  2.])
    """
    kept = np.full_like(labels, np.nan)
    for step, gap in enumerate(gaps[:, 0, 0]):
        for label, place in enumerate(labels[step]):
            near = np.linalg.norm(kept[step, :label] - place, axis=-1) < gap
            if not near.any():
                kept[step, label] = place
    return kept


def spectrum(packet: CloseUp, say: Words, facts: tuple[Mapping[str, str], ...]) -> Chart:
    """Draw the singular values at the start and now."""
    rows = (("before", "none", 0), ("now", "contra_norm", FRAME))
    count = packet.singular_values.shape[-1]
    top = [0.0, float(1.05 * tops(packet)[0])]
    span: Any = top if packet.bounded else Take("tops", (FRAME, None))
    layout = plot_layout(
        say("axis_index"), say("axis_sigma"), xrange=(0.5, count + 0.5), yrange=(0, 1)
    )
    layout["yaxis"]["range"] = span
    layout["xaxis"]["dtick"] = math.ceil(count / 12)
    return Chart(
        key="spectrum",
        titles=tuple(say("spectrum_title", step=step) for step in range(packet.last + 1)),
        sentences=tuple(say("spectrum_alt", **slots) for slots in facts),
        traces=tuple(
            {
                "type": "scatter",
                "mode": "lines+markers",
                "x": Take("index", (None,)),
                "y": Take("singular_values", (at, None)),
                "name": say(name),
                "line": {"color": style(method).colour, "dash": "dot" if at == 0 else "solid"},
                "marker": {"symbol": style(method).symbol, "size": 8},
            }
            for name, method, at in rows
        ),
        layout=layout,
        columns=(
            Column(say("column_index"), Take("index", (None,))),
            *(Column(say(name), Take("singular_values", (at, None))) for name, _, at in rows),
        ),
        row=1,
    )


def tops(packet: CloseUp) -> Float[np.ndarray, "steps"]:
    """Give the largest singular value that a step's chart has to hold, the start's included."""
    largest = packet.singular_values.astype(float).max(-1)
    if packet.bounded:
        return np.full_like(largest, steady(0.0, float(largest.max()))[1])
    return np.maximum(np.maximum(largest, largest[0]), 1e-9)


def losses(packet: CloseUp, say: Words, facts: tuple[Mapping[str, str], ...]) -> Chart:
    """Draw the uniformity loss of the whole path, the step on screen ringed."""
    look = style("contra_norm")
    steps, loss = Take("step", (None, 0)), Take("uniformity", (None, 0))
    low, high = float(packet.uniformity.min()), float(packet.uniformity.max())
    curve = {
        "type": "scatter",
        "mode": "lines+markers",
        "x": steps,
        "y": loss,
        "name": say("loss_curve"),
        "line": {"color": look.colour},
        "marker": {"symbol": look.symbol, "size": 5},
    }
    ring = {
        "type": "scatter",
        "mode": "markers",
        "x": Take("step", (FRAME, None)),
        "y": Take("uniformity", (FRAME, None)),
        "cliponaxis": False,
        "name": say("now"),
        "marker": {
            "symbol": "circle-open",
            "size": 15,
            "color": look.colour,
            "line": {"width": 2},
        },
    }
    return Chart(
        key="losses",
        titles=(say("loss_title"),),
        sentences=tuple(say("loss_alt", **slots) for slots in facts),
        traces=(curve, ring),
        layout=plot_layout(
            say("axis_layers"),
            say("axis_nats"),
            xrange=(-0.5, packet.last + 0.5),
            yrange=steady(low, high),
        ),
        columns=(
            Column(say("axis_layers"), steps),
            Column(say("axis_nats"), loss),
            Column(say("column_rank"), Take("effective_rank", (None,))),
            Column(say("column_cosine"), Take("mean_cosine", (None,))),
        ),
        row=1,
    )


def hand_tables(worked: Example) -> dict[str, pd.DataFrame]:
    """Print each step of the four-token sum with three decimals."""
    tokens = ("a", "b", "c", "d")
    features = tuple(str(k + 1) for k in range(worked.h.shape[-1]))
    return {
        "hand_h": printed(worked.h, tokens, features),
        "hand_cosine": printed(worked.cosine, tokens, tokens),
        "hand_weights": printed(worked.weights, tokens, tokens),
        "hand_average": printed(worked.average, tokens, features),
        "hand_result": printed(worked.result, tokens, features),
    }


def printed(values: Tensor, rows: tuple[str, ...], columns: tuple[str, ...]) -> pd.DataFrame:
    """Give a table of numbers as text with three decimals.

    >>> import torch
    >>> printed(torch.tensor([[0.5]]), ("a",), ("1",)).loc["a", "1"]
    '0.500'
    """
    cells = [[f"{round(value, 3) + 0.0:.3f}" for value in row] for row in values.tolist()]
    return pd.DataFrame(cells, index=list(rows), columns=list(columns))


def _cloud_traces(packet: CloseUp, say: Words) -> tuple[Mapping[str, Any], ...]:
    flat = packet.coordinates.shape[-1] == 2
    old, new = style("none").colour, style("contra_norm").colour
    tokens = [plotly_text(token, 16) for token in packet.tokens]
    hover = {"text": tokens or list(names(packet)), "hoverinfo": "text+name"}
    before = _points("coordinates", 0, flat=flat) | {
        "mode": "markers",
        "name": say("before"),
        "marker": {"color": old, "symbol": "circle-open", "size": 9 if flat else 5},
    }
    pushes = _points("arrows", FRAME, flat=flat) | {
        "mode": "lines",
        "name": say("arrow"),
        "line": {"color": new, "width": 1.5 if flat else 3},
        "hoverinfo": "skip",
    }
    now = _points("coordinates", FRAME, flat=flat) | {
        "mode": "markers",
        "name": say("now"),
        "marker": {"color": new, "symbol": "circle", "size": 7 if flat else 4},
    }
    labels = _points("labels", FRAME, flat=flat) | {
        "mode": "text",
        "text": tokens,
        "textfont": {"size": 10},
        "textposition": "middle center",
        "showlegend": False,
        "hoverinfo": "skip",
    }
    return (before | hover, pushes, now | hover, *((labels,) if tokens else ()))


def _points(array: str, at: int | str, *, flat: bool) -> dict[str, Any]:
    kind, axes = ("scatter", "xy") if flat else ("scatter3d", "xyz")
    return {"type": kind} | {name: Take(array, (at, None, axis)) for axis, name in enumerate(axes)}


def _beside(along: Float[np.ndarray, "steps n axes"]) -> Float[np.ndarray, "steps n axes"]:
    """Give a unit vector at right angles to each; nought to nought."""
    if along.shape[-1] == 2:
        return np.stack([-along[..., 1], along[..., 0]], -1)
    level = np.abs(along[..., 2:]) < 0.9
    side = np.cross(along, np.where(level, [0.0, 0.0, 1.0], [1.0, 0.0, 0.0]))
    return side / np.maximum(np.linalg.norm(side, axis=-1, keepdims=True), 1e-30)
