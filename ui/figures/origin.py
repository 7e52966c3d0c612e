"""The pairs on their circle or sphere, the losses as they fall, and the derivation's tables."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from jaxtyping import Float

from ui.figures.palette import box_layout, paired, plot_layout, style
from ui.origin_derivation import Derivation
from ui.origin_packet import Path
from ui.scene import FRAME, Chart, Column, Take
from ui.text import Words, words

GREY = "#8A8A8A"
BOUND = 1.15  # of each axis; the circle and the sphere have radius 1
ORDINALS = ("axis_first", "axis_second", "axis_third")
CURVES = (  # losses, by which method's colour, on which axis
    ("alignment", "none", "y"),
    ("uniformity", "contra_norm", "y2"),
    ("total", "layer_norm", "y2"),
)


def arrays(path: Path) -> dict[str, np.ndarray]:
    """Return the numbers the charts take; those that move have the step as their first axis."""
    steps, points, axes = path.points.shape
    return {
        "step": np.arange(steps)[:, None],
        "pair": np.arange(1, points // 2 + 1),
        "points": path.points.reshape(steps, -1, 2, axes),
        "start": path.points[0],
        "rings": rings(axes),
        "alignment": path.alignment[:, None],
        "uniformity": path.uniformity[:, None],
        "total": path.total[:, None],
        "pair_distance": path.pair_distance,
        "other_distance": path.other_distance,
    }


def rings(axes: int) -> Float[np.ndarray, "turns axes"]:
    """Give the circle, or three great circles of the sphere, with a gap after each."""
    turn = np.linspace(0, 2 * np.pi, 91)
    planes = [(0, 1)] if axes == 2 else [(0, 1), (0, 2), (1, 2)]
    drawn = np.zeros((len(planes), len(turn) + 1, axes))
    for ring, (first, second) in zip(drawn, planes, strict=True):
        ring[:-1, first], ring[:-1, second] = np.cos(turn), np.sin(turn)
    drawn[:, -1] = np.nan
    return drawn.reshape(-1, axes)


def charts(path: Path, say: Words, facts: tuple[Mapping[str, Any], ...]) -> tuple[Chart, Chart]:
    """Return the pairs and the losses; `facts` has the slots of each step's sentences."""
    return pairs(path, say, facts), losses(path, say, facts)


def pairs(path: Path, say: Words, facts: tuple[Mapping[str, Any], ...]) -> Chart:
    """Draw where the pairs are at a step, each joined by a line, and where they began."""
    axes, count = path.points.shape[-1], path.points.shape[1] // 2
    outline = _points("rings", (None,), axes) | {
        "mode": "lines",
        "line": {"color": GREY, "width": 1},
        "showlegend": False,
        "hoverinfo": "skip",
    }
    began = _points("start", (None,), axes) | {
        "mode": "markers",
        "name": say("at_start"),
        "marker": {"color": GREY, "symbol": "circle-open", "size": 9 if axes == 2 else 4},
    }
    return Chart(
        key=f"pairs_{axes}",
        titles=tuple(say("points_title", step=step) for step in range(path.last + 1)),
        sentences=tuple(say("points_alt", **slots) for slots in facts),
        traces=(outline, began, *(_pair(pair, axes, say) for pair in range(count))),
        layout=box_layout([say(name) for name in ORDINALS[:axes]], [(-BOUND, BOUND)] * axes),
        columns=(
            Column(say("column_pair_number"), Take("pair", (None,))),
            *(
                Column(
                    say(name, who=say(who), axis=axis + 1),
                    Take("points", (at, None, one, axis)),
                )
                for name, at in (("column_start", 0), ("column_now", FRAME))
                for one, who in enumerate(("one", "other"))
                for axis in range(axes)
            ),
        ),
    )


def losses(path: Path, say: Words, facts: tuple[Mapping[str, Any], ...]) -> Chart:
    """Draw alignment, uniformity and their weighted sum, each ringed at the step on screen."""
    steps = Take("step", (None, 0))
    left, right = paired(
        *(
            (float(np.min(values)), float(np.max(values)))
            for values in (path.alignment, np.stack([path.uniformity, path.total]))
        )
    )
    layout = plot_layout(
        say("axis_step"),
        say("axis_alignment"),
        xrange=(-8, path.last + 8),
        yrange=left["range"],
        yaxis=left,
    )
    layout["margin"]["r"] = 62
    layout["yaxis2"] = right | {
        "title": {"text": say("axis_uniformity")},
        "overlaying": "y",
        "side": "right",
        "showgrid": False,
    }
    titles = ("column_alignment", "column_uniformity", "column_total")
    return Chart(
        key="losses",
        titles=(say("losses_title"),),
        sentences=tuple(say("losses_alt", **slots) for slots in facts),
        traces=(
            *(_curve(name, look, axis, say) for name, look, axis in CURVES),
            *(_ring(name, look, axis) for name, look, axis in CURVES),
        ),
        layout=layout | {"height": 460},
        columns=(
            Column(say("column_step"), steps),
            *(
                Column(say(title), Take(name, (None, 0)))
                for title, (name, _, _) in zip(titles, CURVES, strict=True)
            ),
            Column(say("column_pair"), Take("pair_distance", (None,))),
            Column(say("column_other"), Take("other_distance", (None,))),
        ),
    )


def derivation_table(unit: Derivation, drawn: Derivation) -> pd.DataFrame:
    """Set the derivation's numbers on unit rows beside those on rows as drawn."""
    w = words("origin")
    lines = {
        w("row_autograd"): "autograd_gap",
        w("row_differences"): "difference_gap",
        w("row_full"): "full_norm",
        w("row_anchor"): "anchor_norm",
        w("row_negative"): "negative_norm",
        w("row_halves"): "halves_cosine",
        w("row_printed"): "printed_gap",
        w("row_layer"): "layer_gap",
    }
    return pd.DataFrame(
        [
            {
                w("column_what"): name,
                w("column_unit"): f"{getattr(unit, key):.3g}",
                w("column_drawn"): f"{getattr(drawn, key):.3g}",
            }
            for name, key in lines.items()
        ]
    )


def rows_table(drawn: Derivation) -> pd.DataFrame:
    """List what the layer, and LayerNorm after it, leave of each row's mean and length."""
    w = words("origin")
    names = {"before": w("rows_before"), "layer": w("rows_layer"), "layer_norm": w("rows_norm")}
    return pd.DataFrame(
        [
            {
                w("column_rows"): name,
                w("column_mean"): f"{drawn.rows[key][0]:.3g}",
                w("column_shortest"): f"{drawn.rows[key][1]:.3f}",
                w("column_longest"): f"{drawn.rows[key][2]:.3f}",
                w("column_cosine"): f"{drawn.rows[key][3]:.3f}",
            }
            for key, name in names.items()
        ]
    )


def _points(array: str, at: tuple[int | str | None, ...], axes: int) -> dict[str, Any]:
    places = {name: Take(array, (*at, axis)) for axis, name in enumerate("xyz"[:axes])}
    return {"type": "scatter" if axes == 2 else "scatter3d"} | places


def _pair(pair: int, axes: int, say: Words) -> dict[str, Any]:
    colour = style("contra_norm").colour
    return _points("points", (FRAME, pair, None), axes) | {
        "mode": "lines+markers",
        "name": say("now"),
        "legendgroup": "now",
        "showlegend": pair == 0,
        "line": {"color": colour, "width": 2 if axes == 2 else 4},
        "marker": {"color": colour, "symbol": "circle", "size": 8 if axes == 2 else 4},
        "text": [say("pair_number", pair=pair + 1)] * 2,
        "hoverinfo": "text",
    }


def _curve(name: str, method: str, axis: str, say: Words) -> dict[str, Any]:
    look = style(method)
    return {
        "type": "scatter",
        "mode": "lines",
        "x": Take("step", (None, 0)),
        "y": Take(name, (None, 0)),
        "name": say(f"curve_{name}"),
        "line": {"color": look.colour, "dash": look.dash},
        "yaxis": axis,
    }


def _ring(name: str, method: str, axis: str) -> dict[str, Any]:
    look = style(method)
    return {
        "type": "scatter",
        "mode": "markers",
        "x": Take("step", (FRAME, None)),
        "y": Take(name, (FRAME, None)),
        "marker": {"color": look.colour, "symbol": look.symbol + "-open", "size": 13}
        | {"line": {"width": 2}},
        "yaxis": axis,
        "cliponaxis": False,
        "showlegend": False,
        "hoverinfo": "skip",
    }
