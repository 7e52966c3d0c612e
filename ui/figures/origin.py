"""The pairs on their circle or sphere, the losses as they fall, and the derivation's tables."""

import math
from collections.abc import Sequence
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from ui.figures.closeup import CAMERA
from ui.figures.palette import layout, style
from ui.origin_derivation import Derivation
from ui.origin_packet import Path
from ui.text import words

GREY = "#8A8A8A"


def pairs_figure(path: Path, step: int) -> go.Figure:
    """Draw where the pairs are at a step, and where they began."""
    w = words("origin")
    first, now = path.points[0].tolist(), path.points[step].tolist()
    start = _dots(first, w("at_start"), GREY)
    figure = go.Figure([*_outline(len(now[0])), start, *_pairs(now)])
    layout(
        figure,
        x=w("axis_first"),
        y=w("axis_second"),
        title=w("points_title", step=step),
        height=460,
    )
    figure.update_yaxes(scaleanchor="x", range=[-1.15, 1.15])
    figure.update_xaxes(range=[-1.15, 1.15])
    if len(now[0]) == 3:
        figure.update_layout(margin={"l": 0, "r": 0, "b": 0})
    titles = {"x": w("axis_first"), "y": w("axis_second"), "z": w("axis_third")}
    figure.update_scenes(
        aspectmode="cube",
        camera=CAMERA,
        **{f"{axis}axis_title_text": title for axis, title in titles.items()},
    )
    return figure.update_scenes(
        **{f"{axis}axis_title_font_size": 11 for axis in titles},
    )


def points_table(path: Path, step: int) -> pd.DataFrame:
    """List every point, its pair, and where it began and is."""
    w = words("origin")
    first, now = path.points[0].tolist(), path.points[step].tolist()
    return pd.DataFrame(
        [
            {w("joined"): index // 2 + 1}
            | {w("column_start", axis=axis): value for axis, value in enumerate(before, start=1)}
            | {w("column_now", axis=axis): value for axis, value in enumerate(after, start=1)}
            for index, (before, after) in enumerate(zip(first, now, strict=True))
        ]
    )


def losses_figure(path: Path, step: int) -> go.Figure:
    """Draw alignment, uniformity and their weighted sum, and mark the step on screen."""
    w = words("origin")
    curves = {
        w("curve_alignment"): (path.alignment, style("none"), "y"),
        w("curve_uniformity"): (path.uniformity, style("contra_norm"), "y2"),
        w("curve_total"): (path.total, style("layer_norm"), "y2"),
    }
    figure = go.Figure()
    for name, (values, look, axis) in curves.items():
        line = {"color": look.colour, "dash": look.dash}
        figure.add_scatter(y=values.tolist(), name=name, mode="lines", line=line, yaxis=axis)
    for values, look, axis in curves.values():
        figure.add_scatter(
            x=[step],
            y=[float(values[step])],
            mode="markers",
            marker={"color": look.colour, "symbol": look.symbol, "size": 9},
            yaxis=axis,
            showlegend=False,
            hoverinfo="skip",
        )
    layout(figure, x=w("axis_step"), y=w("axis_alignment"), title=w("losses_title"), height=460)
    figure.add_vline(x=step, line={"color": GREY, "dash": "dot", "width": 1})
    right = {"overlaying": "y", "side": "right", "showgrid": False, "tickformat": ".2f"}
    return figure.update_layout(
        yaxis2={**right, "title": w("axis_uniformity")}, margin_r=60, margin_t=110
    )


def losses_table(path: Path) -> pd.DataFrame:
    """List the losses and the distances, one row a step."""
    w = words("origin")
    return pd.DataFrame(
        {
            w("column_step"): range(path.last + 1),
            w("column_alignment"): path.alignment,
            w("column_uniformity"): path.uniformity,
            w("column_total"): path.total,
            w("column_pair"): path.pair_distance,
            w("column_other"): path.other_distance,
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
