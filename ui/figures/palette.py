"""One colour, marker and dash per method, and the layout every figure shares."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

# Far enough away, and pointed low enough, that the titles of the axes fit where there is room.
CAMERA = {"eye": {"x": 1.6, "y": 1.6, "z": 1.1}, "center": {"x": 0, "y": 0, "z": -0.2}}

INTERVALS = 5  # between the ticks of two axes that share one grid

GRID = "#8A93A0"  # in three dimensions, where a line is thinner than a pixel on either ground


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
    "contra_norm_learned": Style("#332288", "diamond-open", "dot", "ContraNorm, learned s"),
    "uniformity_last": Style("#CC6677", "triangle-left", "dash", "uniformity loss, last layer"),
    "uniformity_all": Style("#882255", "triangle-right", "dash", "uniformity loss, all layers"),
    "attn_scale": Style("#44AA99", "square-open", "dashdot", "AttnScale"),
    "feat_scale": Style("#117733", "square-cross", "dashdot", "FeatScale"),
    "pre_layer_norm": Style("#999933", "hexagon-open", "longdash", "pre-LayerNorm"),
    "rezero": Style("#6699CC", "circle-open", "longdashdot", "ReZero"),
    "layer_scale": Style("#AA4499", "star-open", "longdashdot", "LayerScale"),
    "deep_norm": Style("#661100", "pentagon-open", "longdashdot", "DeepNorm"),
}


def style(norm: str) -> Style:
    """Return how the named norm is drawn, the same on every page."""
    return STYLES[norm]


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


def box_layout(titles: Sequence[str], ranges: Sequence[Any]) -> dict[str, Any]:
    """Return the layout of a cloud, two or three titled axes with one unit in all directions.

    The ranges have one length; a range may be a `Take`.
    """
    legend = {"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom"}
    if len(titles) == 2:
        layout = plot_layout(titles[0], titles[1], xrange=(0, 1), yrange=(0, 1))
        for name, limits in zip(("xaxis", "yaxis"), ranges, strict=True):
            layout[name]["range"] = limits
        layout["yaxis"] |= {"scaleanchor": "x", "scaleratio": 1}
        return layout | {"height": 460}
    axes = {
        f"{name}axis": {
            "title": {"text": title, "font": {"size": 11}},
            "range": limits,
            "gridcolor": GRID,
            "zerolinecolor": GRID,
        }
        for name, title, limits in zip("xyz", titles, ranges, strict=True)
    }
    return {
        "height": 480,
        "margin": {"l": 0, "r": 0, "t": 8, "b": 0},
        "legend": legend,
        "showlegend": True,
        "scene": {"aspectmode": "cube", "camera": CAMERA, **axes},
    }


def steady(low: float, high: float) -> tuple[float, float]:
    """Return ends of an axis that hold both numbers and rarely change when these do.

    >>> steady(0.03, 3.1), steady(2.0, 2.0)
    ((0.0, 3.5), (1.5, 2.5))
    """
    if not high > low:
        low, high = low - 0.5 * max(abs(low), 1.0) / 2, high + 0.5 * max(abs(high), 1.0) / 2
    unit = 10.0 ** math.floor(math.log10(high - low)) / 2
    return unit * math.floor(low / unit), unit * math.ceil(high / unit)


def paired(one: tuple[float, float], other: tuple[float, float]) -> list[dict[str, Any]]:
    """Return two axes, left and right, whose round ticks stand at the same heights.

    Each has the same number of intervals, of a round length of its own that holds its numbers.

    >>> [(axis["range"], axis["dtick"]) for axis in paired((0.19, 0.59), (6.47, 7.3))]
    [([0.1, 0.6], 0.1), ([6.4, 7.4], 0.2)]
    """
    return [_ticked(low, high) for low, high in (one, other)]


def _ticked(low: float, high: float) -> dict[str, Any]:
    low, high = steady(low, high)
    rough = (high - low) / INTERVALS
    decade = 10.0 ** math.floor(math.log10(rough))
    for step in (decade * factor for factor in (1, 2, 2.5, 5, 10, 20)):
        start = step * math.floor(low / step + 1e-9)
        end = start + INTERVALS * step
        if end >= high - 1e-9 * step:
            break
    return {"range": [round(start, 12), round(end, 12)], "tick0": start, "dtick": step}


def reach(values: Any) -> float:
    """Return a bound on a magnitude, from a coarse grid, so that it changes rarely.

    >>> reach([0.3, -7.1]), reach([0.0])
    (10.0, 1.0)
    """
    largest = float(np.max(np.abs(values), initial=0.0))
    if not 0 < largest < math.inf:
        return 1.0
    decade = 10.0 ** math.floor(math.log10(largest))
    return next(
        step * decade
        for step in (1.0, 1.5, 2.5, 4.0, 6.0, 10.0)
        if step * decade >= largest * (1 - 1e-9)
    )
