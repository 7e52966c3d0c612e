"""The pictures and tables of one layer, close up."""

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd
import plotly.graph_objects as go
from torch import Tensor

from ui.closeup import CloseUp, Example
from ui.figures.palette import layout, style
from ui.text import Words

AXES = ("x", "y", "z")


@dataclass(frozen=True)
class Drawing:
    """A figure, the same in words, and its numbers."""

    key: str
    figure: go.Figure
    alt: str
    table: pd.DataFrame


def drawings(packet: CloseUp, *, say: Words, facts: Mapping[str, str]) -> list[Drawing]:
    """Draw the cloud, its singular values and its loss, in this order."""
    return [
        Drawing(
            "layer_points",
            cloud_figure(packet, say=say),
            say("cloud_alt", **facts),
            cloud_table(packet),
        ),
        Drawing(
            "layer_spectrum",
            spectrum_figure(packet, say=say),
            say("spectrum_alt", **facts),
            spectrum_table(packet),
        ),
        Drawing(
            "layer_losses",
            loss_figure(packet, say=say),
            say("loss_alt", **facts),
            path_table(packet),
        ),
    ]


def cloud_figure(packet: CloseUp, *, say: Words) -> go.Figure:
    """Draw the points before and now, and an arrow from each to where one layer sends it."""
    old, new = style("none"), style("contra_norm")
    shaft = segments(packet.now, packet.pushed)
    flat = packet.now.shape[-1] == 2
    point = go.Scatter if flat else go.Scatter3d
    tip = {"symbol": "arrow", "angleref": "previous", "size": 9} if flat else {"size": 2}
    figure = go.Figure(
        [
            point(
                **coordinates(packet.before),
                mode="markers",
                name=say("before"),
                marker={"color": old.colour, "symbol": "circle-open", "size": 9 if flat else 5},
            ),
            point(
                **shaft,
                mode="lines+markers",
                name=say("arrow"),
                line={"color": new.colour, "width": 1.5 if flat else 4},
                marker={"color": new.colour, **tip},
                hoverinfo="skip",
            ),
            point(
                **coordinates(packet.now),
                mode="markers",
                name=say("now"),
                marker={"color": new.colour, "symbol": "circle", "size": 7 if flat else 4},
            ),
        ]
    )
    layout(figure, x=say("axis_x"), y=say("axis_y"), title=say("cloud_title"), height=460)
    if flat:
        figure.update_yaxes(scaleanchor="x", scaleratio=1)
    else:
        titles = zip(AXES, ("axis_x", "axis_y", "axis_z"), strict=True)
        names = {f"{axis}axis": {"title": {"text": say(title)}} for axis, title in titles}
        figure.update_layout(scene={"aspectmode": "data", **names})
    return figure


def coordinates(points: Tensor) -> dict[str, list[float]]:
    """Give the columns of (n, d) under the names of their axes.

    >>> import torch
    >>> coordinates(torch.tensor([[1.0, 2.0]]))
    {'x': [1.0], 'y': [2.0]}
    """
    return dict(zip(AXES, points.mT.tolist(), strict=False))


def segments(tails: Tensor, tips: Tensor) -> dict[str, list[float | None]]:
    """Give one line per point, from tail to tip, with a gap after each.

    >>> import torch
    >>> segments(torch.tensor([[1.0, 2.0]]), torch.tensor([[3.0, 4.0]]))
    {'x': [1.0, 3.0, None], 'y': [2.0, 4.0, None]}
    """
    pairs = zip(tails.mT.tolist(), tips.mT.tolist(), strict=True)
    return {
        axis: [value for ends in zip(tail, tip, strict=True) for value in (*ends, None)]
        for axis, (tail, tip) in zip(AXES, pairs, strict=False)
    }


def cloud_table(packet: CloseUp) -> pd.DataFrame:
    """List each point before, now, and its arrow."""
    arrows = packet.pushed - packet.now
    columns: dict[str, list[float]] = {}
    for name, points in (("before", packet.before), ("now", packet.now), ("arrow", arrows)):
        columns |= {f"{name} {axis}": values for axis, values in coordinates(points).items()}
    return pd.DataFrame(columns)


def spectrum_figure(packet: CloseUp, *, say: Words) -> go.Figure:
    """Draw the singular values before and now, side by side."""
    table = spectrum_table(packet)
    figure = go.Figure(
        [
            go.Bar(
                x=table["index"],
                y=table[name],
                name=say(name),
                marker={"color": style(method).colour},
            )
            for name, method in (("before", "none"), ("now", "contra_norm"))
        ]
    )
    layout(figure, x=say("axis_index"), y=say("axis_sigma"), title=say("spectrum_title"))
    figure.update_xaxes(dtick=1)
    return figure


def spectrum_table(packet: CloseUp) -> pd.DataFrame:
    """List the singular values, largest first."""
    before, now = packet.sigma_before.tolist(), packet.sigma_now.tolist()
    return pd.DataFrame({"index": range(1, len(before) + 1), "before": before, "now": now})


def loss_figure(packet: CloseUp, *, say: Words) -> go.Figure:
    """Draw the uniformity loss from the start to now."""
    table, new = path_table(packet), style("contra_norm")
    figure = go.Figure(
        go.Scatter(
            x=table["layers"],
            y=table["uniformity"],
            mode="lines+markers",
            name=say("loss_title"),
            line={"color": new.colour},
            marker={"color": new.colour, "symbol": new.symbol},
        )
    )
    layout(figure, x=say("axis_layers"), y=say("axis_nats"), title=say("loss_title"))
    return figure


def path_table(packet: CloseUp) -> pd.DataFrame:
    """List the measures after every application of the layer."""
    return pd.DataFrame(
        {
            "layers": range(len(packet.losses)),
            "uniformity": packet.losses,
            "effective rank": packet.ranks,
            "mean cosine": packet.cosines,
        }
    )


def hand_tables(packet: Example) -> dict[str, pd.DataFrame]:
    """Print each step of the four-token sum with three decimals."""
    tokens = ("a", "b", "c", "d")
    features = tuple(str(k + 1) for k in range(packet.h.shape[-1]))
    return {
        "hand_h": printed(packet.h, tokens, features),
        "hand_cosine": printed(packet.cosine, tokens, tokens),
        "hand_weights": printed(packet.weights, tokens, tokens),
        "hand_average": printed(packet.average, tokens, features),
        "hand_result": printed(packet.result, tokens, features),
    }


def printed(values: Tensor, rows: tuple[str, ...], columns: tuple[str, ...]) -> pd.DataFrame:
    """Give a table of numbers as text with three decimals.

    >>> import torch
    >>> printed(torch.tensor([[0.5]]), ("a",), ("1",)).loc["a", "1"]
    '0.500'
    """
    cells = [[f"{round(value, 3) + 0.0:.3f}" for value in row] for row in values.tolist()]
    return pd.DataFrame(cells, index=list(rows), columns=list(columns))
