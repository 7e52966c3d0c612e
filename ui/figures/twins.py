"""The charts of the shipped networks: measures by layer, singular values at one layer."""

import numpy as np

from ui.figures.palette import plot_layout
from ui.figures.training import named, ring, titled
from ui.scene import FRAME, Chart, Column, Take
from ui.text import Words
from ui.twins import Twins

SMALLEST = 1e-8  # of a share that is drawn


def arrays(found: Twins) -> dict[str, np.ndarray]:
    """Return the numbers the charts take."""
    count = found.sigma.shape[-1]
    return {
        "layer": np.arange(found.depth + 1)[:, None],
        "index": np.arange(1, count + 1),
        "rank": found.rank,
        "cosine": found.cosine,
        "sigma": found.sigma,
        "drawn": np.maximum(found.sigma, SMALLEST),
    }


def charts(found: Twins, say: Words) -> tuple[Chart, ...]:
    """Return every chart of the page, in the order they are read."""
    most = found.sigma.shape[-1]
    lowest = min(-0.1, 1.1 * float(found.cosine.min()))
    return (
        _along_depth(found, "rank", (0.0, 1.05 * most), say),
        _along_depth(found, "cosine", (lowest, 1.05), say),
        _spectrum(found, say),
    )


def _along_depth(found: Twins, name: str, span: tuple[float, float], say: Words) -> Chart:
    layers, values = Take("layer", (None, 0)), getattr(found, name)
    methods = list(enumerate(found.methods))
    return Chart(
        key=name,
        titles=(say(f"{name}_title"),),
        sentences=tuple(
            say("by_layer_alt", layer=layer, values=_said(found, values[layer]))
            for layer in range(found.depth + 1)
        ),
        traces=(
            *(named(method, layers, Take(name, (None, index))) for index, method in methods),
            *(
                ring(method, Take("layer", (FRAME, 0)), Take(name, (FRAME, index)))
                for index, method in methods
            ),
        ),
        layout=plot_layout(
            say("layer_axis"), say(f"{name}_axis"), xrange=(-0.5, found.depth + 0.5), yrange=span
        ),
        columns=(
            Column(say("layer_axis"), layers),
            *(Column(titled(method), Take(name, (None, index))) for index, method in methods),
        ),
    )


def _spectrum(found: Twins, say: Words) -> Chart:
    index, methods = Take("index", (None,)), list(enumerate(found.methods))
    return Chart(
        key="spectrum",
        titles=tuple(say("spectrum_title", layer=layer) for layer in range(found.depth + 1)),
        sentences=tuple(
            say("spectrum_alt", layer=layer, values=_said(found, found.sigma[layer, :, 0]))
            for layer in range(found.depth + 1)
        ),
        traces=tuple(
            named(method, index, Take("drawn", (FRAME, place, None))) for place, method in methods
        ),
        layout=plot_layout(
            say("index_axis"),
            say("sigma_axis"),
            xrange=(0.5, found.sigma.shape[-1] + 0.5),
            yrange=(float(np.log10(SMALLEST)), 0.05),
            yaxis={"type": "log", "exponentformat": "power", "dtick": 2},
        ),
        columns=(
            Column(say("index_axis"), index),
            *(
                Column(titled(method), Take("sigma", (FRAME, place, None)))
                for place, method in methods
            ),
        ),
        row=1,
    )


def _said(found: Twins, values: np.ndarray) -> str:
    return "; ".join(
        f"{titled(method)} {value:.3g}" for method, value in zip(found.methods, values, strict=True)
    )
