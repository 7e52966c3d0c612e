"""The information test: which word a token is and where it stands, read back out of each layer."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from contranorm.placements import Placement
from models.branch import Branch
from models.information import Information, Readout, information
from ui import real_models
from ui.figures.palette import plot_layout, style
from ui.figures.watch import line
from ui.real_picture import placed
from ui.real_settings import RealSettings
from ui.scene import Chart, Column, Packed, Scene, Take, packed
from ui.text import Words
from ui.text import words as sentences

PART = "real:information"


@dataclass(frozen=True)
class Trial:
    """Norms in a model; the sentences are the lab's own, so no text has a part in it."""

    model: str
    placement: str
    branches: tuple[Branch, ...]


def asked(settings: RealSettings) -> Trial:
    """Ask for the information test of an experiment's model and norms.

    Raises:
        ModelUnavailable: If the model cannot be had.
    """
    return Trial(settings.model, placed(settings), settings.branches())


def found(test: Trial) -> Information:
    """Run the test.

    Raises:
        ModelUnavailable: If the model cannot be had.
    """
    return information(
        real_models.loaded(test.model),
        branches=test.branches,
        placement=Placement(test.placement),
    )


def scene(test: Trial) -> Scene:
    """Compute a chart for each target and reader, and what they say."""
    words, results = sentences("real"), found(test)
    return Scene(
        page=PART,
        arrays={
            name: values
            for number, readout in enumerate(results.readouts)
            for name, values in _arrays(number, readout).items()
        },
        charts=tuple(chart(results, number, words) for number in range(len(results.readouts))),
        frames=1,
        findings=tuple(
            said(results, readout, branch, words)
            for readout in results.readouts
            for branch in range(1, len(results.branches))
        ),
    )


def ready(test: Trial) -> Packed:
    """Compute the scene as it is sent."""
    return packed(scene(test))


def said(results: Information, readout: Readout, branch: int, words: Words) -> str:
    """Say whether a norm lets more be read from the last layer in every split, less, or neither."""
    gain = readout.gain(branch)[-1]
    kind = "more" if gain.min() > 0 else "less" if gain.max() < 0 else "level"
    return words(
        f"read_{kind}",
        name=style(results.branches[branch].norm).title,
        what=words(f"read_{readout.target}_{readout.reader}"),
        gain=f"{100 * float(gain.mean()):+.1f}",
        low=f"{100 * float(gain.min()):+.1f}",
        high=f"{100 * float(gain.max()):+.1f}",
        splits=len(gain),
    )


def chart(results: Information, number: int, words: Words) -> Chart:
    """Draw the share read rightly by layer: the mean of the splits, their range, and chance."""
    readout = results.readouts[number]
    names = [branch.norm for branch in results.branches]
    layers = Take(f"layer_{number}", (None,))
    depth = readout.share.shape[1] - 1
    title = words(f"read_{readout.target}_{readout.reader}")
    return Chart(
        key=f"read_{readout.target}_{readout.reader}",
        titles=(title[0].upper() + title[1:],),
        sentences=(
            words(
                "read_alt",
                labels=readout.labels,
                chance=f"{100 * float(readout.chance.mean()):.0f}",
                ends="; ".join(
                    f"{style(name).title} {100 * float(shares[-1].mean()):.0f}"
                    for name, shares in zip(names, readout.share, strict=True)
                ),
            ),
        ),
        traces=(
            *(
                line(name, layers, Take(f"mean_{number}", (branch, None))) | _range(number, branch)
                for branch, name in enumerate(names)
            ),
            _chance(number, words),
        ),
        layout=plot_layout(
            sentences("watch")("layer_axis"),
            words("read_axis"),
            xrange=(-0.3, depth + 0.3),
            yrange=(0.0, 105.0),
        ),
        columns=(
            Column(words("column_layer"), layers),
            *(
                Column(f"{style(name).title}{ending}", Take(f"{kind}_{number}", (branch, None)))
                for branch, name in enumerate(names)
                for kind, ending in (("mean", ""), ("low", " –"), ("high", " +"))
            ),
            Column(words("read_chance"), Take(f"chance_{number}", (None,))),
        ),
        row=number // 2,
    )


def _arrays(number: int, readout: Readout) -> dict[str, np.ndarray]:
    share = 100 * readout.share.numpy()  # (branches, layers and input, splits)
    layers = share.shape[1]
    mean, low, high = share.mean(-1), share.min(-1), share.max(-1)
    return {
        f"layer_{number}": np.arange(layers),
        f"mean_{number}": mean,
        f"low_{number}": low,
        f"high_{number}": high,
        f"above_{number}": high - mean,
        f"below_{number}": mean - low,
        f"chance_{number}": np.full(layers, 100 * float(readout.chance.mean())),
    }


def _range(number: int, branch: int) -> dict[str, Any]:
    return {
        "error_y": {
            "type": "data",
            "symmetric": False,
            "array": Take(f"above_{number}", (branch, None)),
            "arrayminus": Take(f"below_{number}", (branch, None)),
            "thickness": 1,
            "width": 3,
        }
    }


def _chance(number: int, words: Words) -> dict[str, Any]:
    return {
        "type": "scatter",
        "x": Take(f"layer_{number}", (None,)),
        "y": Take(f"chance_{number}", (None,)),
        "mode": "lines",
        "name": words("read_chance"),
        "line": {"color": "#888888", "dash": "dot", "width": 2},
    }
