"""The charts of a cloud before and after a norm, side by side and on the same axes."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from ui.escape import plotly_text
from ui.figures.palette import STYLES, box_layout, plot_layout, reach, style
from ui.scene import Chart, Column, Take
from ui.text import Words
from ui.vectors_picture import Picture

SIDES = ("before", "after")
LOWEST = -4.0  # decade of the smallest singular value that is drawn
GROUP_STYLES = tuple(STYLES[name] for name in STYLES if name != "layer_norm")
OTHERS = STYLES["layer_norm"]


def arrays(picture: Picture) -> dict[str, np.ndarray]:
    """Return the numbers the charts take."""
    sides = dict(zip(SIDES, (picture.before, picture.after), strict=True))
    found = {"row": picture.rows, "index": np.arange(1, len(picture.before.sigma) + 1)}
    for name, side in sides.items():
        found |= {
            f"{name}": side.points,
            f"raw_{name}": side.raw,
            f"sigma_{name}": side.sigma,
            f"share_{name}": side.cumulative,
        }
        for place, (_, rows) in enumerate(picture.groups):
            found[f"{name}_{place}"] = side.points[rows]
    return found


def charts(picture: Picture, norm: str, say: Words, facts: Mapping[str, str]) -> tuple[Chart, ...]:
    """Return both clouds, their spectra with and without the mean, the shares of their spread."""
    clouds = (_cloud(picture, name, norm, say, facts) for name in SIDES)
    spectra = (_spectrum(key, picture, norm, say, facts) for key in ("raw", "spectrum"))
    return *clouds, *spectra, _shares(picture, norm, say, facts)


def _cloud(picture: Picture, name: str, norm: str, say: Words, facts: Mapping[str, str]) -> Chart:
    titles = [say("axis_direction", number=number) for number in (1, 2)]
    return Chart(
        key=f"cloud_{name}",
        titles=(say(f"cloud_{name}", **facts),),
        sentences=(say("cloud_alt", **facts),),
        traces=_groups(picture, name, norm, say) or (_points(name, name, norm, say),),
        layout=_square(picture, titles),
        columns=_place_columns(picture, name, titles, say),
    )


def maps(picture: Picture, norm: str, say: Words, facts: Mapping[str, str]) -> tuple[Chart, ...]:
    """Return both maps of neighbours; the picture's points are the places on them."""
    titles = [say("axis_map", number=number) for number in (1, 2)]
    return tuple(
        Chart(
            key=f"map_{name}",
            titles=(say(f"map_{name}", **facts),),
            sentences=(say("map_alt", **facts),),
            traces=_groups(picture, name, norm, say) or (_points(name, name, norm, say),),
            layout=_square(picture, titles),
            columns=_place_columns(picture, name, titles, say),
        )
        for name in SIDES
    )


def _square(picture: Picture, titles: list[str]) -> dict[str, Any]:
    far = reach([*picture.before.points.flat, *picture.after.points.flat])
    return box_layout(titles, [[-far, far], [-far, far]])


def _place_columns(
    picture: Picture, name: str, titles: list[str], say: Words
) -> tuple[Column, ...]:
    labelled = (Column(say("column_label"), picture.cells),) if picture.cells else ()
    return (
        Column(say("column_row"), Take("row", (None,))),
        *labelled,
        *(Column(titles[axis], Take(name, (None, axis))) for axis in (0, 1)),
    )


def _points(array: str, name: str, norm: str, say: Words) -> dict[str, Any]:
    look = style("none" if name == "before" else norm)
    return _markers(array, say(name), look.colour, look.symbol)


def _groups(picture: Picture, name: str, norm: str, say: Words) -> tuple[dict[str, Any], ...]:
    return tuple(
        _markers(
            f"{name}_{place}",
            plotly_text(group) if group else say("other_labels"),
            (GROUP_STYLES[place] if group else OTHERS).colour,
            (GROUP_STYLES[place] if group else OTHERS).symbol,
        )
        for place, (group, _) in enumerate(picture.groups)
    )


def _markers(array: str, title: str, colour: str, symbol: str) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "markers",
        "x": Take(array, (None, 0)),
        "y": Take(array, (None, 1)),
        "name": title,
        "hoverinfo": "name+x+y",
        "marker": {"color": colour, "symbol": symbol, "size": 6, "opacity": 0.7},
    }


def _spectrum(key: str, picture: Picture, norm: str, say: Words, facts: Mapping[str, str]) -> Chart:
    count, array = len(picture.before.sigma), "raw" if key == "raw" else "sigma"
    return Chart(
        key=key,
        titles=(say(f"{key}_title"),),
        sentences=(say(f"{key}_alt", **facts),),
        traces=_curves(array, norm, say),
        layout=plot_layout(
            say("axis_index"),
            say("axis_sigma"),
            xrange=(0.5, count + 0.5),
            yrange=(LOWEST, 0.05),
            yaxis={"type": "log", "dtick": 1, "exponentformat": "power"},
        ),
        columns=_columns(array, say),
        row=1,
    )


def _shares(picture: Picture, norm: str, say: Words, facts: Mapping[str, str]) -> Chart:
    count = len(picture.before.sigma)
    return Chart(
        key="shares",
        titles=(say("shares_title"),),
        sentences=(say("shares_alt", **facts),),
        traces=_curves("share", norm, say),
        layout=plot_layout(
            say("axis_index"), say("axis_share"), xrange=(0.5, count + 0.5), yrange=(0.0, 1.02)
        ),
        columns=_columns("share", say),
        row=1,
    )


def _curves(array: str, norm: str, say: Words) -> tuple[dict[str, Any], ...]:
    looks = dict(zip(SIDES, (style("none"), style(norm)), strict=True))
    return tuple(
        {
            "type": "scatter",
            "mode": "lines",
            "x": Take("index", (None,)),
            "y": Take(f"{array}_{name}", (None,)),
            "name": say(name),
            "line": {"color": look.colour, "dash": "dot" if name == "before" else "solid"},
        }
        for name, look in looks.items()
    )


def _columns(array: str, say: Words) -> tuple[Column, ...]:
    sides = (Column(say(name), Take(f"{array}_{name}", (None,))) for name in SIDES)
    return (Column(say("axis_index"), Take("index", (None,))), *sides)
