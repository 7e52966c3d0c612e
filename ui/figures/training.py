"""The charts of the training lab: scores by epoch, ranks and gradients by layer and epoch."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from jaxtyping import Float

from models.methods import METHODS
from ui.figures.palette import plot_layout, reach, style
from ui.figures.watch import line
from ui.scene import FRAME, Chart, Column, Take
from ui.text import Words
from ui.training_packet import Curves

ENDS = ("low", "high")
SMALLEST = 1e-8  # of a gradient that is drawn; smaller ones stand at this edge
SCORES = ("accuracy", "loss")
BY_LAYER = ("rank", "gradient")


def arrays(curves: Curves) -> dict[str, np.ndarray]:
    """Return the numbers the charts take: means over seeds, and their lowest and highest."""
    found: dict[str, np.ndarray] = {
        "epoch": np.arange(curves.epochs + 1),
        "layer": np.arange(curves.depth + 1),
        "now": np.repeat(np.arange(curves.epochs + 1)[:, None], 2, axis=1),
        "edges": np.array([0, curves.depth]),
    }
    for name in (*SCORES, "train_loss", *BY_LAYER):
        values = getattr(curves, name)
        found[name] = values.mean(-1)  # NaN as long as one seed has no number
        if curves.seeds > 1:
            missing = np.isnan(found[name])
            for end, reduced in (("low", values.min(-1)), ("high", values.max(-1))):
                found[f"{name}_{end}"] = np.where(missing, np.nan, reduced)
    found["drawn_gradient"] = np.maximum(found["gradient"], SMALLEST)
    return found


def titled(method: str) -> str:
    """Return a method's name, which says more than its norm's where networks are trained."""
    return METHODS[method].title


def named(method: str, x: Take, y: Take) -> dict[str, Any]:
    """Draw a method's numbers as a line in its own look and under its own name."""
    return line(method, x, y) | {"name": titled(method)}


def charts(curves: Curves, say: Words, *, chance: float, most: int) -> tuple[Chart, ...]:
    """Return every chart of the page, in the order they are read.

    Args:
        curves: What was recorded.
        say: The page's words.
        chance: The accuracy of guessing.
        most: The highest effective rank there can be.
    """
    return (
        *(_score(curves, name, say, chance) for name in SCORES),
        *(_by_layer(curves, name, say, most) for name in BY_LAYER),
        *(_history(curves, index, say, most) for index in range(len(curves.methods))),
    )


def _score(curves: Curves, name: str, say: Words, chance: float) -> Chart:
    found = arrays(curves)
    high = 1.0 if name == "accuracy" else reach(_finite(found[name]))
    lines = tuple(
        part
        for index, method in enumerate(curves.methods)
        for part in _banded(curves, method, name, (None, index), Take("epoch", (None,)))
    )
    rings = tuple(
        ring(method, Take("now", (FRAME, 0)), Take(name, (FRAME, index)))
        for index, method in enumerate(curves.methods)
    )
    further = () if name == "accuracy" else ("train_loss",)
    return Chart(
        key=name,
        titles=(say(f"{name}_title"),),
        sentences=tuple(
            say("score_alt", epoch=epoch, values=_values(curves, found[name][epoch]))
            for epoch in range(curves.frames)
        ),
        traces=(*lines, *rings),
        layout=plot_layout(
            say("epoch_axis"),
            say(f"{name}_axis"),
            xrange=(-0.3, curves.epochs + 0.3),
            yrange=(0.0, 1.02 * high),
        ),
        columns=(
            Column(say("epoch_axis"), Take("epoch", (None,))),
            *_columns(curves, (name, *further), (None,), say),
        ),
        row=0,
        note=say("chance", chance=f"{chance:g}") if name == "accuracy" else say("loss_note"),
    )


def _by_layer(curves: Curves, name: str, say: Words, most: int) -> Chart:
    found = arrays(curves)
    drawn = "drawn_gradient" if name == "gradient" else name
    layers = Take("layer", (None,))
    lines = tuple(
        part
        for index, method in enumerate(curves.methods)
        for part in _banded(curves, method, drawn, (FRAME, None, index), layers)
    )
    return Chart(
        key=name,
        titles=tuple(say(f"{name}_title", epoch=epoch) for epoch in range(curves.frames)),
        sentences=tuple(
            say("by_layer_alt", epoch=epoch, values=_values(curves, found[name][epoch, -1]))
            for epoch in range(curves.frames)
        ),
        traces=lines,
        layout=plot_layout(
            say("layer_axis"),
            say(f"{name}_axis"),
            xrange=(-0.5, curves.depth + 0.5),
            **_reach(found, name, most),
        ),
        columns=(Column(say("layer_axis"), layers), *_columns(curves, (name,), (FRAME, None), say)),
        row=1,
        note=say("gradient_note") if name == "gradient" else say("rank_note"),
    )


def _history(curves: Curves, index: int, say: Words, most: int) -> Chart:
    """Draw one method's effective rank, layers by epochs in shades, the epoch on screen a line."""
    method = curves.methods[index]
    look, name = style(method), titled(method)
    epochs, layers = Take("epoch", (None,)), Take("layer", (None,))
    shades = {
        "type": "heatmap",
        "x": epochs,
        "y": layers,
        "z": Take("rank", (None, None, index)),
        "transpose": True,
        "colorscale": "Cividis",
        "zmin": 1,
        "zmax": most,
        "colorbar": {"title": {"text": say("rank_unit")}},
        "name": titled(method),
        "hovertemplate": say("history_hover"),
    }
    mark = {
        "type": "scatter",
        "mode": "lines",
        "x": Take("now", (FRAME, None)),
        "y": Take("edges", (None,)),
        "line": {"color": look.colour, "width": 4},
        "showlegend": False,
        "hoverinfo": "skip",
    }
    return Chart(
        key=f"history_{index}",
        titles=(say("history_title", name=name),),
        sentences=(
            say("history_alt", name=titled(method), epochs=curves.epochs, depth=curves.depth),
        ),
        traces=(shades, mark),
        layout=plot_layout(
            say("epoch_axis"),
            say("layer_axis"),
            xrange=(-0.5, curves.epochs + 0.5),
            yrange=(-0.5, curves.depth + 0.5),
        )
        | {"showlegend": False},
        columns=(
            Column(say("epoch_axis"), epochs),
            *(
                Column(say("column_layer", layer=layer), Take("rank", (None, layer, index)))
                for layer in range(curves.depth + 1)
            ),
        ),
        row=2 + index // 2,
    )


def _banded(
    curves: Curves, method: str, name: str, at: tuple[Any, ...], x: Take
) -> tuple[dict[str, Any], ...]:
    """Draw a method's mean as its line, and of several seeds the range behind it."""
    mean = named(method, x, Take(name, at))
    if curves.seeds == 1:
        return (mean,)
    edge = {"type": "scatter", "mode": "lines", "x": x, "hoverinfo": "skip", "showlegend": False}
    thin = {"color": style(method).colour, "width": 1, "dash": "dot"}
    plain = name.removeprefix("drawn_")
    return (*(edge | {"y": Take(f"{plain}_{end}", at), "line": thin} for end in ENDS), mean)


def _columns(
    curves: Curves, names: tuple[str, ...], at: tuple[Any, ...], say: Words
) -> tuple[Column, ...]:
    """List each method's numbers, and of several seeds their lowest and highest."""
    return tuple(
        Column(
            say(f"column_{name}{end and '_'}{end}", name=titled(method)),
            Take(f"{name}{end and '_'}{end}", (*at, index)),
        )
        for name in names
        for index, method in enumerate(curves.methods)
        for end in ("", *(ENDS if curves.seeds > 1 else ()))
    )


def ring(method: str, x: Take, y: Take) -> dict[str, Any]:
    """Draw a ring in a method's colour, around the point that is on screen."""
    return {
        "type": "scatter",
        "x": x,
        "y": y,
        "mode": "markers",
        "marker": {
            "symbol": "circle-open",
            "size": 14,
            "color": style(method).colour,
            "line": {"width": 2},
        },
        "name": titled(method),
        "showlegend": False,
        "hoverinfo": "skip",
    }


def _reach(found: Mapping[str, np.ndarray], name: str, most: int) -> dict[str, Any]:
    if name == "rank":
        return {"yrange": (0.0, 1.05 * most)}
    top = float(np.log10(reach(_finite(found[name]))))
    yaxis = {"type": "log", "exponentformat": "power", "dtick": 2}
    return {"yrange": (float(np.log10(SMALLEST)), top), "yaxis": yaxis}


def _finite(values: Float[np.ndarray, "..."]) -> Float[np.ndarray, "k"]:
    return values[np.isfinite(values)]


def _values(curves: Curves, values: Float[np.ndarray, "methods"]) -> str:
    return "; ".join(
        f"{titled(method)} {'–' if np.isnan(value) else f'{value:.3g}'}"
        for method, value in zip(curves.methods, values, strict=True)
    )
