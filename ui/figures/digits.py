"""Digits that a network reads wrongly, side by side in one picture."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from ui.figures.palette import plot_layout
from ui.figures.training import titled
from ui.scene import Chart, Column, Take
from ui.text import Words

if TYPE_CHECKING:
    from ui.training_digits import Wrong

# With `EDGE` and `ROOM` a picture as wide as high, which fits a phone and half a page.
ACROSS, DOWN = 4, 3
EDGE = 9  # pixels from one digit to the next
ROOM = 3  # pixels above each, for what it is and was read as


def arrays(found: "Sequence[Wrong]") -> dict[str, np.ndarray]:
    """Return each method's picture: its digits in rows, nothing between them."""
    return {f"picture_{index}": mosaic(one.pixels) for index, one in enumerate(found)}


def mosaic(pixels: np.ndarray) -> np.ndarray:
    """Set digits beside and below each other, with room above each; NaN is nothing.

    >>> mosaic(np.zeros((7, 8, 8))).shape
    (36, 36)
    """
    whole = np.full((DOWN * (EDGE + ROOM), ACROSS * EDGE), np.nan)
    for place, one in enumerate(pixels):
        down, across = divmod(place, ACROSS)
        top = down * (EDGE + ROOM) + ROOM
        whole[top : top + 8, across * EDGE : across * EDGE + 8] = one
    return whole


def chart(one: "Wrong", index: int, say: Words) -> Chart:
    """Draw one method's digits, each under what it is and what it was read as."""
    texts = [say("read_as", truth=truth, said=said) for truth, said in one.labels]
    places = [divmod(place, ACROSS) for place in range(len(texts))]
    height, width = DOWN * (EDGE + ROOM), ACROSS * EDGE
    slots = {"name": titled(one.method), "count": one.count, "total": one.total}
    layout = plot_layout("", "", xrange=(-0.5, width - 0.5), yrange=(height - 0.5, -0.5))
    layout["xaxis"] |= {"visible": False, "constrain": "domain", "constraintoward": "left"}
    layout["yaxis"] |= {"visible": False, "constrain": "domain", "constraintoward": "top"}
    layout["yaxis"] |= {"scaleanchor": "x", "scaleratio": 1}  # a pixel is a square
    return Chart(
        key=f"digits_{index}",
        titles=(say("wrong_title", **slots),),
        sentences=(say("wrong_alt", shown=len(texts), **slots),),
        traces=(
            {
                "type": "heatmap",
                "z": Take(f"picture_{index}", (None, None)),
                "colorscale": "Greys",
                "zmin": 0,
                "zmax": 1,
                "showscale": False,
                "hoverinfo": "skip",
            },
            {
                "type": "scatter",
                "mode": "text",
                "x": [across * EDGE + 3.5 for _, across in places],
                "y": [down * (EDGE + ROOM) + 1.0 for down, _ in places],
                "text": texts,
                "hoverinfo": "skip",
            },
        ),
        layout=layout | {"showlegend": False, "margin": {"l": 0, "r": 0, "t": 0, "b": 0}},
        columns=(
            Column(say("column_truth"), tuple(str(truth) for truth, _ in one.labels)),
            Column(say("column_said"), tuple(str(said) for _, said in one.labels)),
        ),
        row=index // 2,
        note=say("wrong_note", shown=len(texts)),
    )
