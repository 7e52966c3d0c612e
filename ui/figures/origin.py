"""The pairs on their circle or sphere, and the losses as they fall."""

import math
from collections.abc import Sequence
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from ui.figures.palette import layout, style
from ui.origin import Derivation, Path
from ui.text import words

FRAMES = 40  # at most, so that the page stays light
GREY = "#8A8A8A"


def pairs_figure(path: Path) -> go.Figure:
    """Draw where the pairs ended and where they began; its button plays the way between."""
    w = words("origin")
    walk = path.points.tolist()
    every = max(1, math.ceil((len(walk) - 1) / FRAMES))
    shown = [*range(0, len(walk) - 1, every), len(walk) - 1]
    figure = go.Figure(
        [*_outline(len(walk[0][0])), _dots(walk[0], w("at_start"), GREY), *_pairs(walk[-1])],
        frames=[_frame(walk[step], step) for step in shown],
    )
    figure.update_layout(updatemenus=[_play(w("play"))])
    layout(figure, x=w("axis_first"), y=w("axis_second"), title=w("points_title"), height=460)
    figure.update_yaxes(scaleanchor="x", range=[-1.15, 1.15])
    figure.update_xaxes(range=[-1.15, 1.15])
    titles = {"x": w("axis_first"), "y": w("axis_second"), "z": w("axis_third")}
    return figure.update_layout(margin_t=110).update_scenes(
        aspectmode="cube", **{f"{axis}axis_title_text": title for axis, title in titles.items()}
    )


def points_table(path: Path) -> pd.DataFrame:
    """List every point, its pair, and where it began and ended."""
    first, last = path.points[0].tolist(), path.points[-1].tolist()
    axes = "xyz"[: len(last[0])]
    return pd.DataFrame(
        [
            {"pair": index // 2 + 1}
            | {f"{axis} at the start": value for axis, value in zip(axes, before, strict=True)}
            | {f"{axis} now": value for axis, value in zip(axes, after, strict=True)}
            for index, (before, after) in enumerate(zip(first, last, strict=True))
        ]
    )


def losses_figure(path: Path) -> go.Figure:
    """Draw alignment, uniformity and their weighted sum against the step."""
    w = words("origin")
    curves = {
        w("curve_alignment"): (path.alignment, style("none"), "y"),
        w("curve_uniformity"): (path.uniformity, style("contra_norm"), "y2"),
        w("curve_total"): (path.total, style("layer_norm"), "y2"),
    }
    figure = go.Figure(
        [
            go.Scatter(
                y=values.tolist(),
                name=name,
                mode="lines+markers" if len(values) == 1 else "lines",
                line={"color": look.colour, "dash": look.dash},
                marker={"symbol": look.symbol},
                yaxis=axis,
            )
            for name, (values, look, axis) in curves.items()
        ]
    )
    layout(figure, x=w("axis_step"), y=w("axis_alignment"), title=w("losses_title"), height=460)
    right = {"overlaying": "y", "side": "right", "showgrid": False, "title": w("axis_uniformity")}
    return figure.update_layout(yaxis2=right, margin_r=60, margin_t=110)


def losses_table(path: Path) -> pd.DataFrame:
    """List the losses and the distances, one row a step."""
    return pd.DataFrame(
        {
            "step": range(len(path.total)),
            "alignment": path.alignment.tolist(),
            "uniformity per point, nats": path.uniformity.tolist(),
            "weighted sum": path.total.tolist(),
            "distance within a pair": path.pair_distance.tolist(),
            "distance to other pairs": path.other_distance.tolist(),
        }
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


def _trace(points: Sequence[Sequence[float | None]], **look: Any) -> Any:
    columns = list(zip(*points, strict=True))
    kind = go.Scatter3d if len(columns) == 3 else go.Scatter
    return kind(**dict(zip("xyz", columns, strict=False)), **look)


def _dots(points: list[list[float]], name: str, colour: str) -> Any:
    width = 4 if len(points[0]) == 3 else 9
    hollow = "circle-open" if colour == GREY else "circle"
    marker = {"color": colour, "size": width, "symbol": hollow}
    return _trace(points, mode="markers", name=name, marker=marker)


def _pairs(points: list[list[float]]) -> list[Any]:
    w, colour = words("origin"), style("contra_norm").colour
    gap: list[float | None] = [None] * len(points[0])
    joined: list[Sequence[float | None]] = []
    for one, other in zip(points[::2], points[1::2], strict=True):
        joined += [one, other, gap]
    lines = _trace(joined, mode="lines", name=w("joined"), line={"color": colour, "width": 2})
    return [lines, _dots(points, w("now"), colour)]


def _outline(features: int) -> list[Any]:
    turn = [2 * math.pi * step / 90 for step in range(91)]
    planes = [(0, 1)] if features == 2 else [(0, 1), (0, 2), (1, 2)]
    look: dict[str, Any] = {"mode": "lines", "showlegend": False, "hoverinfo": "skip"}
    rings = []
    for first, second in planes:
        ring = [[0.0] * features for _ in turn]
        for place, angle in zip(ring, turn, strict=True):
            place[first], place[second] = math.cos(angle), math.sin(angle)
        rings.append(_trace(ring, line={"color": GREY, "width": 1}, **look))
    return rings


def _frame(points: list[list[float]], step: int) -> go.Frame:
    first = len(_outline(len(points[0]))) + 1
    return go.Frame(data=_pairs(points), traces=[first, first + 1], name=str(step))


def _play(label: str) -> dict[str, Any]:
    pace = {"frame": {"duration": 80, "redraw": True}, "transition": {"duration": 0}}
    button = {"label": label, "method": "animate", "args": [None, pace]}
    place = {"x": 1, "xanchor": "right", "y": 0, "yanchor": "bottom"}
    look = {"bgcolor": "#FFFFFF", "font": {"color": "#222222"}, "showactive": False}
    return {"type": "buttons", "buttons": [button], **place, **look}
