"""The charts of the main page: the clouds, the spectrum, the measures along depth."""

from typing import Any

import numpy as np

from ui.escape import plotly_text
from ui.figures.heat import digit, heat
from ui.figures.palette import plot_layout, reach, style
from ui.packet import Packet
from ui.scene import FRAME, Chart, Column, Take
from ui.text import Words

SMALLEST = 1e-7  # where a logarithmic spectrum ends, as a share of the largest value on it
MEASURES = {  # how far each axis reaches at least
    "effective_rank": (0.0, 1.0),
    "mean_cosine": (-0.2, 1.05),
    "attention_similarity": (0.0, 1.05),
}


def arrays(packet: Packet) -> dict[str, np.ndarray]:
    """Return the numbers the charts take, each with the layer as its first axis."""
    top = reach(packet.singular_values)
    count = packet.singular_values.shape[-1]
    nothing = np.full((1, len(packet.branches)), np.nan)  # no attention map before layer 1
    return {
        "layer": np.arange(packet.depth + 1)[:, None],
        "index": np.arange(1, count + 1),
        "coordinates": packet.coordinates,
        "singular_values": packet.singular_values,
        "above_floor": np.maximum(packet.singular_values, SMALLEST * top),
        "powers": np.log10(np.maximum(packet.singular_values / top, SMALLEST)),
        "effective_rank": packet.effective_rank,
        "mean_cosine": packet.mean_cosine,
        "attention_similarity": np.concatenate([nothing, packet.attention_similarity]),
        **({"pixels": np.array(packet.pixels)} if packet.pixels else {}),
    }


def charts(packet: Packet, words: Words, *, log: bool) -> tuple[Chart, ...]:
    """Return every chart of the page, in the order they are read."""
    names = range(len(packet.branches))
    return (
        *(cloud(packet, branch, words) for branch in names),
        spectrum(packet, words, log=log),
        *(along_depth(packet, name, words) for name in MEASURES),
        *((digit(packet, words),) if packet.pixels else ()),
        *(heat(packet, branch, words) for branch in names),
    )


def cloud(packet: Packet, branch: int, words: Words, *, name: str = "") -> Chart:
    """Draw one branch's tokens at the layer on screen, on the axes of all layers and branches.

    `name` is what the branch is called where that is not its norm's title.
    """
    look = style(packet.branches[branch])
    name = name or look.title
    axes = [words("direction", number=number) for number in (1, 2)]
    first, second = (f"{100 * share:.0f}" for share in packet.share)
    bound = 1.1 * reach(packet.coordinates)
    x, y = (Take("coordinates", (FRAME, branch, None, axis)) for axis in (0, 1))
    trace = {
        "type": "scatter",
        "x": x,
        "y": y,
        "mode": "markers+text",
        "text": [plotly_text(token) for token in packet.tokens],
        "textposition": "top center",
        "textfont": {"size": 10},
        "marker": {"color": look.colour, "symbol": look.symbol, "size": 9, "opacity": 0.85},
        "name": name,
        "hovertemplate": "%{text}<br>%{x:.2f}, %{y:.2f}<extra></extra>",
    }
    layers = range(packet.depth + 1)
    span = (-bound, bound)
    return Chart(
        key=f"cloud_{branch}",
        titles=tuple(words("cloud", name=name, layer=layer) for layer in layers),
        sentences=tuple(
            words(
                "cloud_alt",
                name=name,
                layer=layer,
                count=len(packet.tokens),
                spread=f"{packet.spread[layer, branch]:.3g}",
            )
            for layer in layers
        ),
        badges=tuple(
            words("noise", spread=f"{packet.spread[layer, branch]:.1e}")
            if packet.noisy(layer, branch)
            else ""
            for layer in layers
        ),
        traces=(trace,),
        layout=plot_layout(axes[0], axes[1], xrange=span, yrange=span) | {"showlegend": False},
        columns=(
            Column(words("column_token"), packet.tokens),
            Column(axes[0], x),
            Column(axes[1], y),
        ),
        row=0,
        note=words("shares", first=first, second=second),
    )


def spectrum(packet: Packet, words: Words, *, log: bool) -> Chart:
    """Draw the singular values of every branch at the layer on screen, largest first."""
    top, count = reach(packet.singular_values), packet.singular_values.shape[-1]
    drawn = "above_floor" if log else "singular_values"
    span = (np.log10(SMALLEST * top), np.log10(top)) if log else (0.0, 1.05 * top)
    branches = list(enumerate(packet.branches))
    return Chart(
        key="spectrum",
        titles=tuple(words("spectrum", layer=layer) for layer in range(packet.depth + 1)),
        sentences=tuple(
            words("spectrum_alt", layer=layer, ratios=_ratios(packet, layer))
            for layer in range(packet.depth + 1)
        ),
        traces=tuple(
            line(name, Take("index", (None,)), Take(drawn, (FRAME, branch, None)))
            for branch, name in branches
        ),
        layout=plot_layout(
            words("spectrum_x"),
            words("spectrum_y"),
            xrange=(0.5, count + 0.5),
            yrange=(float(span[0]), float(span[1])),
            yaxis={"type": "log", "exponentformat": "power"} if log else {},
        ),
        columns=(
            Column(words("column_index"), Take("index", (None,))),
            *(
                Column(style(name).title, Take("singular_values", (FRAME, branch, None)))
                for branch, name in branches
            ),
        ),
        row=1,
    )


def along_depth(packet: Packet, name: str, words: Words) -> Chart:
    """Draw one measure of every branch against depth, the layer on screen ringed."""
    values = getattr(packet, name)
    low, high = MEASURES[name]
    if name == "effective_rank":
        high = 1.05 * packet.singular_values.shape[-1]
    low = min(low, 1.1 * float(np.nanmin(values)))
    branches = list(enumerate(packet.branches))
    layers = Take("layer", (None, 0))
    first = packet.depth + 1 - len(values)
    return Chart(
        key=name,
        titles=(words(f"{name}_title"),),
        sentences=tuple(
            words("measure_alt", layer=layer, values=_values(packet, values, layer - first))
            for layer in range(packet.depth + 1)
        ),
        traces=(
            *(line(branch_name, layers, Take(name, (None, b))) for b, branch_name in branches),
            *(_ring(branch_name, name, b) for b, branch_name in branches),
        ),
        layout=plot_layout(
            words("layer_axis"),
            words(f"{name}_axis"),
            xrange=(-0.5, packet.depth + 0.5),
            yrange=(low, high),
        ),
        columns=(
            Column(words("column_layer"), layers),
            *(Column(style(n).title, Take(name, (None, branch))) for branch, n in branches),
        ),
        row=1 if name == "effective_rank" else 2,
    )


def line(name: str, x: Take, y: Take) -> dict[str, Any]:
    """Draw a method's numbers as a line in its own colour, marker and dash."""
    look = style(name)
    return {
        "type": "scatter",
        "x": x,
        "y": y,
        "mode": "lines+markers",
        "name": look.title,
        "line": {"color": look.colour, "dash": look.dash},
        "marker": {"symbol": look.symbol, "size": 6},
    }


def _ring(name: str, array: str, branch: int) -> dict[str, Any]:
    look = style(name)
    return {
        "type": "scatter",
        "x": Take("layer", (FRAME, 0)),
        "y": Take(array, (FRAME, branch)),
        "mode": "markers",
        "marker": {
            "symbol": "circle-open",
            "size": 15,
            "color": look.colour,
            "line": {"width": 2},
        },
        "name": look.title,
        "showlegend": False,
        "hoverinfo": "skip",
    }


def _ratios(packet: Packet, layer: int) -> str:
    sigma = packet.singular_values[layer]
    return "; ".join(
        f"{style(name).title} {sigma[branch, 0]:.3g}, {sigma[branch, -1]:.2g}"
        for branch, name in enumerate(packet.branches)
    )


def _values(packet: Packet, values: np.ndarray, row: int) -> str:
    if row < 0:
        return "–"
    return "; ".join(
        f"{style(name).title} {values[row, branch]:.2f}"
        for branch, name in enumerate(packet.branches)
    )
