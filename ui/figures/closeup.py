"""The pictures and tables of one layer, close up, at one step of the packet's path."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from jaxtyping import Float
from torch import Tensor

from ui.closeup_example import Example
from ui.closeup_packet import CloseUp
from ui.escape import plotly_text
from ui.figures.palette import layout, style
from ui.text import Words

AXES = ("x", "y", "z")
ORDINALS = ("axis_first", "axis_second", "axis_third")
GREY = "#888888"
# Far enough away, and pointed low enough, that the titles of the axes fit.
CAMERA = {"eye": {"x": 1.8, "y": 1.8, "z": 1.2}, "center": {"x": 0, "y": 0, "z": -0.2}}


@dataclass(frozen=True)
class Drawing:
    """A figure, the same in words, and its numbers."""

    key: str
    figure: go.Figure
    alt: str
    table: pd.DataFrame


def drawings(packet: CloseUp, step: int, *, say: Words, facts: Mapping[str, str]) -> list[Drawing]:
    """Draw the cloud, its singular values and its loss, in this order."""
    cloud = cloud_figure(packet, step, say=say)
    spectrum = spectrum_figure(packet, step, say=say)
    loss = loss_figure(packet, step, say=say)
    points, sigma = cloud_table(packet, step, say), spectrum_table(packet, step, say)
    return [
        Drawing("layer_points", cloud, say("cloud_alt", **facts), points),
        Drawing("layer_spectrum", spectrum, say("spectrum_alt", **facts), sigma),
        Drawing("layer_losses", loss, say("loss_alt", **facts), path_table(packet, say)),
    ]


def cloud_figure(packet: CloseUp, step: int, *, say: Words) -> go.Figure:
    """Draw the points before and now, and an arrow from each to where one layer sends it."""
    old, new = style("none"), style("contra_norm")
    now, tips = packet.coordinates[step], packet.pushed[step]
    flat = now.shape[-1] == 2
    point = go.Scatter if flat else go.Scatter3d
    names = [plotly_text(token, 16) for token in packet.tokens]
    upward = tips[:, -1] > now[:, -1]
    sides = ["bottom center" if up else "top center" for up in upward]  # away from the arrow
    named = {"text": names, "textfont": {"size": 10}, "textposition": sides}
    labels: dict[str, Any] = named if names else {}
    tip = {"symbol": "arrow", "angleref": "previous"} if flat else {}
    head = [0, 10 if flat else 2, 0] * len(now)  # nothing at the tail nor in the gap
    figure = go.Figure(
        [
            point(
                **coordinates(packet.coordinates[0]),
                mode="markers",
                name=say("before"),
                marker={"color": old.colour, "symbol": "circle-open", "size": 9 if flat else 5},
                **({"text": names} if names else {}),
            ),
            point(
                **segments(now, tips),
                mode="lines+markers",
                name=say("arrow"),
                line={"color": new.colour, "width": 1.5 if flat else 4},
                marker={"color": new.colour, "size": head, **tip},
                hoverinfo="skip",
            ),
            point(
                **coordinates(now),
                mode="markers+text" if names else "markers",
                name=say("now"),
                marker={"color": new.colour, "symbol": "circle", "size": 7 if flat else 4},
                **labels,
            ),
        ]
    )
    titles = axis_titles(packet, say)
    layout(figure, x=titles[0], y=titles[1], title=say("cloud_title", step=step), height=480)
    return _in_box(figure, box(packet, step), titles)


def axis_titles(packet: CloseUp, say: Words) -> list[str]:
    """Name each axis: a coordinate, or a direction with its share of the start's variance."""
    if not packet.tokens:
        return [say(name) for name in ORDINALS[: packet.coordinates.shape[-1]]]
    return [
        say("axis_direction", number=number, share=f"{100 * share:.0f}")
        for number, share in enumerate(packet.axes_share, start=1)
    ]


def box(packet: CloseUp, step: int) -> list[tuple[float, float]]:
    """Give the range of each axis, all of one length, with room for points and arrows.

    Points of length one share the ranges of all steps, so that what moves are the points. A
    cloud that may grow without end is drawn at the size it has at the step.
    """
    kept = slice(None) if packet.bounded else slice(step, step + 1)
    points = (packet.coordinates[kept], packet.pushed[kept], packet.coordinates[:1])
    seen = np.concatenate([part.reshape(-1, part.shape[-1]) for part in points]).astype(float)
    low, high = seen.min(0), seen.max(0)
    reach = 0.56 * float((high - low).max()) or 1.0
    return [(float(middle) - reach, float(middle) + reach) for middle in (low + high) / 2]


def coordinates(points: Float[np.ndarray, "n axes"]) -> dict[str, list[float]]:
    """Give the columns of the points under the names of their axes.

    >>> coordinates(np.array([[1.0, 2.0]]))
    {'x': [1.0], 'y': [2.0]}
    """
    return dict(zip(AXES, points.T.tolist(), strict=False))


def segments(
    tails: Float[np.ndarray, "n axes"], tips: Float[np.ndarray, "n axes"]
) -> dict[str, list[float | None]]:
    """Give one line per point, from tail to tip, with a gap after each.

    >>> segments(np.array([[1.0, 2.0]]), np.array([[3.0, 4.0]]))
    {'x': [1.0, 3.0, None], 'y': [2.0, 4.0, None]}
    """
    pairs = zip(tails.T.tolist(), tips.T.tolist(), strict=True)
    return {
        axis: [value for ends in zip(tail, tip, strict=True) for value in (*ends, None)]
        for axis, (tail, tip) in zip(AXES, pairs, strict=False)
    }


def cloud_table(packet: CloseUp, step: int, say: Words) -> pd.DataFrame:
    """List each point at the start, now, and its arrow."""
    first, now = packet.coordinates[0], packet.coordinates[step]
    names = packet.tokens or range(1, len(now) + 1)
    columns: dict[str, Any] = {say("column_point"): list(names)}
    parts = (("before", first), ("now", now), ("arrow", packet.pushed[step] - now))
    for name, points in parts:
        for axis, values in enumerate(points.T.tolist(), start=1):
            columns[say("column_axis", what=say(name), axis=axis)] = values
    return pd.DataFrame(columns)


def spectrum_figure(packet: CloseUp, step: int, *, say: Words) -> go.Figure:
    """Draw the singular values at the start and now, side by side."""
    rows = (("before", "none", 0), ("now", "contra_norm", step))
    index = list(range(1, packet.singular_values.shape[-1] + 1))
    figure = go.Figure(
        [
            go.Bar(
                x=index,
                y=packet.singular_values[at].tolist(),
                name=say(name),
                marker={"color": style(method).colour},
            )
            for name, method, at in rows
        ]
    )
    title = say("spectrum_title", step=step)
    layout(figure, x=say("axis_index"), y=say("axis_sigma"), title=title)
    return figure.update_xaxes(dtick=math.ceil(len(index) / 12))


def spectrum_table(packet: CloseUp, step: int, say: Words) -> pd.DataFrame:
    """List the singular values, largest first."""
    before, now = packet.singular_values[0], packet.singular_values[step]
    index = range(1, len(now) + 1)
    return pd.DataFrame({say("column_index"): index, say("before"): before, say("now"): now})


def loss_figure(packet: CloseUp, step: int, *, say: Words) -> go.Figure:
    """Draw the uniformity loss of the whole path, with the step on screen marked."""
    new, losses = style("contra_norm"), packet.uniformity.tolist()
    figure = go.Figure(
        [
            go.Scatter(
                x=list(range(len(losses))),
                y=losses,
                mode="lines+markers",
                name=say("loss_curve"),
                line={"color": new.colour},
                marker={"color": new.colour, "symbol": new.symbol, "size": 5},
            ),
            go.Scatter(
                x=[step],
                y=[losses[step]],
                mode="markers",
                name=say("now"),
                marker={"color": new.colour, "symbol": "circle", "size": 12},
            ),
        ]
    )
    layout(figure, x=say("axis_layers"), y=say("axis_nats"), title=say("loss_title"))
    figure.add_vline(x=step, line={"color": GREY, "dash": "dot", "width": 1})
    return figure


def path_table(packet: CloseUp, say: Words) -> pd.DataFrame:
    """List the measures after every application of the layer."""
    return pd.DataFrame(
        {
            say("axis_layers"): range(packet.last + 1),
            say("axis_nats"): packet.uniformity,
            say("column_rank"): packet.effective_rank,
            say("column_cosine"): packet.mean_cosine,
        }
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


def _in_box(figure: go.Figure, ranges: list[tuple[float, float]], titles: list[str]) -> go.Figure:
    if len(ranges) == 2:
        figure.update_xaxes(range=ranges[0])
        return figure.update_yaxes(range=ranges[1], scaleanchor="x", scaleratio=1)
    axes = {
        f"{axis}axis": {"title": {"text": title, "font": {"size": 11}}, "range": limits}
        for axis, title, limits in zip(AXES, titles, ranges, strict=True)
    }
    return figure.update_layout(
        margin={"l": 0, "r": 0, "b": 0}, scene={"aspectmode": "cube", "camera": CAMERA, **axes}
    )
