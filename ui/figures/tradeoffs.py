"""The charts of the trade-offs: maps of s by τ, and every method by depth."""

from typing import Any

import numpy as np

from ui.figures.palette import plot_layout, reach, style
from ui.figures.training import named, titled
from ui.scene import Chart, Column, Take
from ui.text import Words
from ui.tradeoffs import MEASURED, SCALE, TEMPERATURE, Tradeoffs, View

DARK_IS_HIGH = {"accuracy": False, "rank": False, "goal": True}  # so that light is good
FRAME = "#d55e00"  # seen on dark and on light cells
CELL = {"accuracy": ".2f", "rank": ".1f", "goal": ".1f"}
# Cividis, from dark to light in equal steps. It is sent with its colours and not by its name, since
# the numbers in the cells are black or white by these.
SHADES = (
    (0, 32, 76), (0, 42, 102), (0, 52, 110), (39, 63, 108), (60, 74, 107), (76, 85, 107),
    (91, 95, 109), (104, 106, 112), (117, 117, 117), (131, 129, 120), (146, 140, 120),
    (161, 152, 118), (176, 165, 114), (192, 177, 109), (209, 191, 102), (225, 204, 92),
    (243, 219, 79), (255, 233, 69),
)  # fmt: skip
AS_DARK_AS_LIGHT = 0.179  # luminance against which black and white have the same contrast


def arrays(found: Tradeoffs, asked: View) -> dict[str, np.ndarray]:
    """Return the numbers the charts take; `chosen` is the cell that is asked for, as [τ, s]."""
    place = found.temperatures.index(asked.temperature), found.scales.index(asked.scale)
    return {
        "scale": np.array(found.scales),
        "temperature": np.array(found.temperatures),
        "row": np.arange(len(found.scales)),
        "column": np.arange(len(found.temperatures)),
        "depth": np.array(found.depths),
        "chosen": np.array([place]),
        "gain": np.array(found.gains),
        "step": np.arange(len(found.gains)),
        "by_gain": found.by_gain,
        **{f"map_{name}": found.maps[name] for name in MEASURED},
        **{f"line_{name}": found.lines[name] for name in MEASURED},
    }


def charts(found: Tradeoffs, say: Words, *, most: int, epochs: int) -> tuple[Chart, ...]:
    """Return every chart of the page, in the order they are read.

    Args:
        found: The means over seeds.
        say: The page's words.
        most: The highest effective rank there can be.
        epochs: How long every run was.
    """
    tops = {"accuracy": 1.0, "rank": float(most), "goal": float(epochs)}
    return (
        *(_map(found, name, tops[name], say) for name in MEASURED),
        *(_by_depth(found, name, tops[name], say) for name in ("accuracy", "goal")),
        *((_by_gain(found, say),) if found.gains else ()),
    )


def _map(found: Tradeoffs, name: str, top: float, say: Words) -> Chart:
    values = found.maps[name]
    trace = {
        "type": "heatmap",
        "x": Take("column", (None,)),
        "y": Take("row", (None,)),
        "z": Take(f"map_{name}", (None, None)),
        "colorscale": [
            [place / (len(SHADES) - 1), f"rgb{shade}"] for place, shade in enumerate(SHADES)
        ],
        "reversescale": DARK_IS_HIGH[name],
        "zmin": 0,
        "zmax": top,
        "colorbar": {
            "title": {"text": say(f"{name}_unit"), "side": "right"},
            "thickness": 10,
            "xpad": 5,
        },
        "hovertemplate": f"%{{z:{CELL[name]}}}<extra></extra>",
    }
    notes = {"accuracy": say("press"), "goal": say("empty_cells", epochs=f"{top:g}")}
    return Chart(
        key=f"map_{name}",
        titles=(say(f"map_{name}", depth=found.depth),),
        sentences=(say("map_alt", low=printed(np.nanmin(values)), high=printed(np.nanmax(values))),)
        if np.isfinite(values).any()
        else (say("map_empty"),),
        traces=(trace, _ring(), _in_cells(values, name, top)),
        sets=(TEMPERATURE, SCALE),
        layout=plot_layout(
            say("temperature_axis"),
            say("scale_axis"),
            xrange=(-0.5, len(found.temperatures) - 0.5),
            yrange=(-0.5, len(found.scales) - 0.5),
            xaxis=_steps(found.temperatures),
            yaxis=_steps(found.scales),
        )
        | {"showlegend": False},
        columns=(
            Column(say("scale_axis"), Take("scale", (None,))),
            *(
                Column(
                    say("column_temperature", value=f"{value:g}"),
                    Take(f"map_{name}", (None, place)),
                )
                for place, value in enumerate(found.temperatures)
            ),
        ),
        note=notes.get(name, ""),
    )


def _ring() -> dict[str, Any]:
    """Frame the chosen cell."""
    return {
        "type": "scatter",
        "mode": "markers",
        "x": Take("chosen", (None, 0)),
        "y": Take("chosen", (None, 1)),
        "marker": {
            "symbol": "square-open",
            "size": 34,
            "color": FRAME,
            "line": {"width": 3, "color": FRAME},
        },
        "hoverinfo": "skip",  # or it would be pressed instead of its cell
    }


def _in_cells(values: np.ndarray, name: str, top: float) -> dict[str, Any]:
    """Write each number into its cell, in whichever of black and white is read better there.

    Plotly's own choice is white or a dark grey, of which neither reaches 4.5 to 1 in the middle.
    """
    places = np.argwhere(np.isfinite(values))
    known = values[tuple(places.T)]
    return {
        "type": "scatter",
        "mode": "text",
        "x": places[:, 1].tolist(),
        "y": places[:, 0].tolist(),
        "text": [f"{value:{CELL[name]}}" for value in known],
        "textfont": {"color": inks(1 - known / top if DARK_IS_HIGH[name] else known / top)},
        "hoverinfo": "skip",  # or it would be pressed instead of its cell
    }


def inks(shares: np.ndarray) -> list[str]:
    """Give the colour that is read on each shade; 0 is the darkest shade, 1 the lightest.

    >>> inks(np.array([0.0, 1.0]))
    ['#fff', '#000']
    """
    steps = np.linspace(0, 1, len(SHADES))
    shades = [np.interp(shares, steps, channel) for channel in zip(*SHADES, strict=True)]
    luminance = np.array([0.2126, 0.7152, 0.0722]) @ [_light(one / 255) for one in shades]
    return ["#000" if one > AS_DARK_AS_LIGHT else "#fff" for one in luminance]


def _light(channel: np.ndarray) -> np.ndarray:
    """Give the light of a colour's channel, as WCAG 2 defines it."""
    return np.where(channel <= 0.04045, channel / 12.92, ((channel + 0.055) / 1.055) ** 2.4)


def _by_depth(found: Tradeoffs, name: str, top: float, say: Words) -> Chart:
    depth, last = Take("depth", (None,)), len(found.depths) - 1
    high = top if name == "accuracy" else reach([top])
    return Chart(
        key=f"line_{name}",
        titles=(say(f"line_{name}"),),
        sentences=(
            say(
                "line_alt",
                depth=found.depths[last],
                values="; ".join(
                    f"{titled(method)} {printed(found.lines[name][last, place])}"
                    for place, method in enumerate(found.methods)
                ),
            ),
        ),
        traces=tuple(
            named(method, depth, Take(f"line_{name}", (None, place)))
            for place, method in enumerate(found.methods)
        ),
        layout=plot_layout(
            say("depth_axis"),
            say(f"{name}_axis"),
            xrange=(0.0, found.depths[last] + 1.0),
            yrange=(0.0, 1.05 * high),
        ),
        columns=(
            Column(say("depth_axis"), depth),
            *(
                Column(titled(method), Take(f"line_{name}", (None, place)))
                for place, method in enumerate(found.methods)
            ),
        ),
        row=1,
        note=say("empty_points", epochs=f"{top:g}") if name == "goal" else "",
    )


def _by_gain(found: Tradeoffs, say: Words) -> Chart:
    names = [
        titled(method) if learned else say("gain_held", name=titled(method))
        for method, learned in found.begun
    ]
    takes = [Take("by_gain", (None, place)) for place in range(len(names))]
    lowest, highest = np.nanmin(found.by_gain, axis=0), np.nanmax(found.by_gain, axis=0)
    return Chart(
        key="gain_accuracy",
        titles=(say("gain_accuracy", depth=found.depth),),
        sentences=(
            say(
                "gain_alt",
                depth=found.depth,
                values="; ".join(
                    say("gain_range", name=name, low=printed(low), high=printed(high))
                    for name, low, high in zip(names, lowest, highest, strict=True)
                ),
            ),
        ),
        traces=tuple(
            named(method, Take("step", (None,)), values)
            | {"name": name}
            | ({} if learned else _held(method))
            for (method, learned), name, values in zip(found.begun, names, takes, strict=True)
        ),
        layout=plot_layout(
            say("gain_axis"),
            say("accuracy_axis"),
            xrange=(-0.3, len(found.gains) - 0.7),
            yrange=(0.0, 1.05),
            xaxis=_steps(found.gains),
        ),
        columns=(
            Column(say("gain_axis"), Take("gain", (None,))),
            *(Column(name, values) for name, values in zip(names, takes, strict=True)),
        ),
        row=1,
        note=say("gain_note"),
    )


def _held(method: str) -> dict[str, Any]:
    """Set a method's line apart from that of its learned gain, in the same colour."""
    look = style(method)
    return {
        "line": {"color": look.colour, "dash": "dot"},
        "marker": {"symbol": f"{look.symbol}-open", "size": 9},
    }


def _steps(values: tuple[float, ...]) -> dict[str, Any]:
    return {
        "tickvals": list(range(len(values))),
        "ticktext": [f"{value:g}" for value in values],
        "showgrid": False,
        "zeroline": False,
    }


def printed(value: float) -> str:
    """Write a mean, or a dash where there is none.

    >>> printed(0.1234), printed(float("nan"))
    ('0.123', '–')
    """
    return "–" if np.isnan(value) else f"{value:.3g}"
