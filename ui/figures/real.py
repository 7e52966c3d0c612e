"""The charts of the page of real models: the main page's, and matrices of tokens by tokens."""

from dataclasses import replace
from typing import Any

import numpy as np

from ui.escape import plotly_text
from ui.figures import watch
from ui.figures.palette import plot_layout, style
from ui.real_packet import RealPacket
from ui.scene import FRAME, SELECTED, Chart, Column, Take
from ui.text import Words

LONGEST_TICK = 14  # characters of a token along an axis
MARK = "#E0218A"  # the outline of what is marked: no method's colour, seen on every shade
SCALES = {  # what each matrix's colours mean, the same for all settings
    "attention": {"colorscale": "Cividis", "zmin": 0, "zmax": 1},
    "cosine": {"colorscale": "RdBu", "zmin": -1, "zmax": 1},
}


def arrays(real: RealPacket, beside: int) -> dict[str, np.ndarray]:
    """Return the numbers the charts take, each with the layer as its first axis.

    Of the matrices only those without a norm and those of the branch `beside` them.
    """
    count, shown = len(real.packet.tokens), [0, beside]
    nothing = np.full_like(real.attention[:1, shown], np.nan)  # no attention before layer 1
    low, high = np.arange(count) - 0.5, np.arange(count) + 0.5
    ends = np.full(count, count - 0.5)
    return watch.arrays(real.packet) | {
        "token": np.arange(count),
        "attention": np.concatenate([nothing, real.attention[:, shown]]),
        "cosine": real.cosine[:, shown],
        "outline": np.stack(  # (n, corners, axes)
            [
                np.stack([-0.5 + 0 * ends, ends, ends, -0.5 + 0 * ends, -0.5 + 0 * ends], -1),
                np.stack([low, low, high, high, low], -1),
            ],
            -1,
        ),
    }


def charts(real: RealPacket, beside: int, words: Words, watched: Words) -> tuple[Chart, ...]:
    """Return every chart of the page's first part; `watched` has the words of the main page."""
    branches = range(len(real.packet.branches))
    shown = (0, beside)  # whose matrices are drawn
    return (
        *(cloud(real, branch, watched) for branch in branches),
        watch.spectrum(real.packet, watched, log=True),
        *(watch.along_depth(real.packet, name, watched) for name in watch.MEASURES),
        *(
            matrix(real, kind, branch, place, words)
            for place, branch in enumerate(shown)
            for kind in SCALES
        ),
        *(profile(real, kind, shown, words) for kind in SCALES),
    )


def cloud(real: RealPacket, branch: int, watched: Words) -> Chart:
    """Draw the main page's cloud, with a ring around the token that is marked."""
    chart = watch.cloud(real.packet, branch, watched)
    x, y = (Take("coordinates", (FRAME, branch, SELECTED, axis)) for axis in (0, 1))
    ring = {
        "type": "scatter",
        "x": x,
        "y": y,
        "mode": "markers",
        "marker": {
            "symbol": "circle-open",
            "size": 20,
            "color": MARK,
            "line": {"width": 3},
        },
        "hoverinfo": "skip",
        "showlegend": False,
    }
    return replace(chart, traces=(*chart.traces, ring), picks=True)


def matrix(real: RealPacket, kind: str, branch: int, place: int, words: Words) -> Chart:
    """Draw attention, or the cosine of hidden states, of every token (row) with every other.

    The branch's matrices stand at `place` in their arrays.
    """
    name = style(real.packet.branches[branch]).title
    token, tokens = Take("token", (None,)), real.packet.tokens
    layers = range(real.packet.depth + 1)
    trace = {
        "type": "heatmap",
        "x": token,
        "y": token,
        "z": Take(kind, (FRAME, place, None, None)),
        "hovertemplate": "%{y} → %{x}: %{z:.2f}<extra></extra>",
        "colorbar": {"thickness": 10, "title": {"text": words(f"{kind}_unit")}},
        **SCALES[kind],
    }
    outline = {
        "type": "scatter",
        "x": Take("outline", (SELECTED, None, 0)),
        "y": Take("outline", (SELECTED, None, 1)),
        "mode": "lines",
        "line": {"color": MARK, "width": 3},
        "hoverinfo": "skip",
        "showlegend": False,
    }
    return Chart(
        key=f"{kind}_{'with' if place else 'without'}",
        titles=tuple(
            words(f"{kind}_title", name=name, layer=layer, head=real.head) for layer in layers
        ),
        sentences=tuple(_largest(real, kind, layer, branch, words) for layer in layers),
        traces=(trace, outline),
        layout=matrix_layout(tokens, words(f"{kind}_row"), words(f"{kind}_column")),
        columns=(
            Column(words("column_token"), tokens),
            *(
                Column(f"{number + 1} {column}", Take(kind, (FRAME, place, None, number)))
                for number, column in enumerate(tokens)
            ),
        ),
        row=3 + place,
        picks=True,
    )


def profile(real: RealPacket, kind: str, shown: tuple[int, ...], words: Words) -> Chart:
    """Draw the marked token's row of a matrix, without a norm and with one."""
    token, tokens = Take("token", (None,)), real.packet.tokens
    names = [real.packet.branches[branch] for branch in shown]
    layers = range(real.packet.depth + 1)
    layout = plot_layout(
        words("tokens_axis"),
        words(f"{kind}_unit"),
        xrange=(-0.5, len(tokens) - 0.5),
        yrange=(-0.02, 1.02) if kind == "attention" else (-1.05, 1.05),
        xaxis=ticks(tokens) | {"tickangle": -90},
    )
    return Chart(
        key=f"{kind}_row",
        titles=tuple(words(f"{kind}_profile", layer=layer, head=real.head) for layer in layers),
        sentences=(words("profile_alt", names=", ".join(style(n).title for n in names)),),
        traces=tuple(
            watch.line(name, token, Take(kind, (FRAME, place, SELECTED, None)))
            for place, name in enumerate(names)
        ),
        layout=layout | {"margin": {**layout["margin"], "b": 90}},
        columns=(
            Column(words("column_token"), tokens),
            *(
                Column(style(name).title, Take(kind, (FRAME, place, SELECTED, None)))
                for place, name in enumerate(names)
            ),
        ),
        row=5,
        picks=True,
    )


def _largest(real: RealPacket, kind: str, layer: int, branch: int, words: Words) -> str:
    """Say which two different tokens have the largest entry; before layer 1 none attends."""
    tokens = real.packet.tokens
    if kind == "attention" and layer == 0:
        return words("attention_nothing")
    if len(tokens) < 2:
        return words("matrix_alone")
    values = real.cosine[layer, branch] if kind == "cosine" else real.attention[layer - 1, branch]
    others = np.where(np.eye(len(tokens), dtype=bool), -np.inf, values)
    row, column = np.unravel_index(others.argmax(), others.shape)
    return words(
        f"{kind}_alt",
        count=len(tokens),
        row=tokens[row],
        column=tokens[column],
        value=f"{others[row, column]:.2f}",
    )


def matrix_layout(tokens: tuple[str, ...], row: str, column: str) -> dict[str, Any]:
    """Return the layout of a matrix of tokens by tokens, its first row on top."""
    last = len(tokens) - 0.5
    named = ticks(tokens)
    layout = plot_layout(
        *(column, row),
        xrange=(-0.5, last),
        yrange=(last, -0.5),
        xaxis=named | {"tickangle": -90},
        yaxis=named,
    )
    return layout | {
        "height": 420,
        "showlegend": False,
        "margin": {"l": 96, "r": 12, "t": 8, "b": 110},
    }


def ticks(tokens: tuple[str, ...]) -> dict[str, Any]:
    """Name the places along an axis; of many tokens fewer are named."""
    step = 1 + len(tokens) // 48
    places = range(0, len(tokens), step)
    return {
        "tickmode": "array",
        "tickvals": list(places),
        "ticktext": [plotly_text(tokens[place], LONGEST_TICK) for place in places],
        "tickfont": {"size": 11 if len(tokens) < 32 else 8},
        "showgrid": False,
        "zeroline": False,
    }
