"""The figures of the main page: the cloud, the spectrum, the measures along depth."""

import numpy as np
import plotly.graph_objects as go

from ui.escape import plotly_text
from ui.figures.palette import layout, style
from ui.packet import Packet

SMALLEST = 1e-7  # where a logarithmic spectrum ends, as a share of the largest value on it


def cloud(packet: Packet, layer: int, branch: int, title: str, axes: tuple[str, str]) -> go.Figure:
    """Draw one branch's tokens at one layer; the axes are those of all layers and branches."""
    points = packet.coordinates[layer, branch]
    look = style(packet.branches[branch])
    figure = go.Figure(
        go.Scatter(
            x=points[:, 0],
            y=points[:, 1],
            mode="markers+text",
            text=[plotly_text(token) for token in packet.tokens],
            textposition="top center",
            textfont={"size": 10},
            marker={"color": look.colour, "symbol": look.symbol, "size": 9, "opacity": 0.85},
            name=look.title,
            hovertemplate="%{text}<br>%{x:.2f}, %{y:.2f}<extra></extra>",
        )
    )
    reach = 1.15 * float(np.abs(packet.coordinates).max()) or 1.0
    layout(figure, x=axes[0], y=axes[1], title=title, height=380)
    figure.update_xaxes(range=[-reach, reach])
    figure.update_yaxes(range=[-reach, reach])
    return figure


def spectrum(
    packet: Packet, layer: int, title: str, axes: tuple[str, str], *, log: bool
) -> go.Figure:
    """Draw the singular values of every branch at one layer, largest first."""
    figure = go.Figure()
    top = float(packet.singular_values.max()) or 1.0
    for branch, name in enumerate(packet.branches):
        look, sigma = style(name), packet.singular_values[layer, branch]
        figure.add_scatter(
            x=np.arange(1, len(sigma) + 1),
            y=np.maximum(sigma, SMALLEST * top) if log else sigma,
            mode="lines+markers",
            name=look.title,
            line={"color": look.colour, "dash": look.dash},
            marker={"symbol": look.symbol, "size": 7},
        )
    layout(figure, x=axes[0], y=axes[1], title=title)
    if log:
        figure.update_yaxes(type="log", exponentformat="power")
    return figure


def along_depth(
    values: np.ndarray,
    names: tuple[str, ...],
    *,
    first: int,
    layer: int,
    title: str,
    axes: tuple[str, str],
) -> go.Figure:
    """Draw one measure of every branch against depth, with the layer on screen marked."""
    figure = go.Figure()
    for branch, name in enumerate(names):
        look = style(name)
        figure.add_scatter(
            x=np.arange(first, first + len(values)),
            y=values[:, branch],
            mode="lines+markers",
            name=look.title,
            line={"color": look.colour, "dash": look.dash},
            marker={"symbol": look.symbol, "size": 6},
        )
    layout(figure, x=axes[0], y=axes[1], title=title)
    figure.add_vline(x=layer, line={"color": "#888888", "dash": "dot", "width": 1})
    return figure


def heat(packet: Packet, branch: int, title: str, axes: tuple[str, str], unit: str) -> go.Figure:
    """Draw all singular values of a branch, layers by index, as powers of ten of the largest."""
    top = float(packet.singular_values.max()) or 1.0
    sigma = packet.singular_values[:, branch]
    figure = go.Figure(
        go.Heatmap(
            z=np.log10(np.maximum(sigma / top, SMALLEST)).T,
            y=np.arange(1, sigma.shape[1] + 1),
            colorscale="Cividis",
            zmin=-4,
            zmax=0,
            colorbar={"title": {"text": unit}},
        )
    )
    return layout(figure, x=axes[0], y=axes[1], title=title, height=300)


def digit(pixels: tuple[tuple[float, ...], ...], title: str, axes: tuple[str, str]) -> go.Figure:
    """Draw a digit and the borders of its sixteen patches."""
    figure = go.Figure(go.Heatmap(z=pixels, colorscale="Greys", showscale=False))
    for edge in (1.5, 3.5, 5.5):
        line = {"color": "#D55E00", "width": 1}
        figure.add_hline(y=edge, line=line)
        figure.add_vline(x=edge, line=line)
    layout(figure, x=axes[0], y=axes[1], title=title, height=300)
    figure.update_yaxes(autorange="reversed", scaleanchor="x")
    return figure
