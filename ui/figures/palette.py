"""One colour, marker and dash per method, and the layout every figure shares."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import plotly.graph_objects as go


@dataclass(frozen=True)
class Style:
    """How a method is drawn: an Okabe-Ito colour, a marker symbol and a line dash."""

    colour: str
    symbol: str
    dash: str
    title: str


STYLES = {
    "none": Style("#D55E00", "circle", "solid", "without"),
    "contra_norm": Style("#0072B2", "diamond", "solid", "ContraNorm"),
    "partial_centering": Style("#009E73", "square", "dash", "partial centring"),
    "pair_norm": Style("#CC79A7", "triangle-up", "dot", "PairNorm"),
    "pair_norm_si": Style("#E69F00", "triangle-down", "dot", "PairNorm-SI"),
    "pair_norm_scs": Style("#56B4E9", "cross", "dot", "PairNorm-SCS"),
    "token_batch_norm": Style("#B39B00", "x", "dashdot", "token BatchNorm"),
    "zca_whitening": Style("#8C6BB1", "star", "dashdot", "ZCA whitening"),
    "layer_norm": Style("#777777", "hexagon", "longdash", "LayerNorm"),
    "feature_contra_norm": Style("#A6611A", "pentagon", "longdash", "feature ContraNorm"),
}


def style(norm: str) -> Style:
    """Return how the named norm is drawn, the same on every page."""
    return STYLES[norm]


def layout(figure: go.Figure, *, x: str, y: str, title: str, height: int = 340) -> go.Figure:
    """Give a figure its titles (with units), its legend on top and its height in pixels."""
    figure.update_layout(
        title={"text": title, "font": {"size": 15}, "x": 0, "xanchor": "left", "y": 0.97},
        height=height,
        margin={"l": 60, "r": 15, "t": 78, "b": 50},
        legend={"orientation": "h", "x": 0, "y": 1.01, "yanchor": "bottom", "font": {"size": 12}},
        xaxis_title=x,
        yaxis_title=y,
    )
    return figure


def plot_layout(
    x: str, y: str, *, xrange: tuple[float, float], yrange: tuple[float, float], **axes: Any
) -> dict[str, Any]:
    """Return a Plotly layout with titled axes (with units) that stand still while values move.

    Both ranges are fixed, so that numbers on screen can be compared between settings; `axes`
    are further properties, `yaxis={"type": "log"}` say.
    """
    return {
        "height": 330,
        "margin": {"l": 58, "r": 12, "t": 8, "b": 46},
        "legend": {"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom"},
        "showlegend": True,
        "xaxis": {"title": {"text": x}, "range": list(xrange)} | axes.get("xaxis", {}),
        "yaxis": {"title": {"text": y}, "range": list(yrange)} | axes.get("yaxis", {}),
    }


def reach(values: Any) -> float:
    """Return a bound on a magnitude, from a coarse grid, so that it changes rarely.

    >>> reach([0.3, -7.1]), reach([0.0])
    (8.0, 1.0)
    """
    largest = float(np.max(np.abs(values), initial=0.0))
    if not 0 < largest < math.inf:
        return 1.0
    decade = 10.0 ** math.floor(math.log10(largest))
    return next(
        step * decade
        for step in (1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0, 10.0)
        if step * decade >= largest * (1 - 1e-9)
    )
