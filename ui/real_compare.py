"""The same sentence through two models side by side, by relative depth."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ui import real_models
from ui.escape import plotly_text, sentence_text
from ui.figures.palette import plot_layout, style
from ui.packet import Packet
from ui.real_picture import picture
from ui.real_settings import RealSettings
from ui.scene import Chart, Column, Packed, Scene, Take, packed
from ui.text import Words
from ui.text import words as sentences

PART = "real:models"
MEASURES = {"effective_rank": (0.0, None), "mean_cosine": (-0.2, 1.05)}
BRANCHES = (0, 1)  # without a norm, and with ContraNorm
DASHES, SYMBOLS = ("solid", "dot"), ("circle", "x")  # of the first and of the second model


@dataclass(frozen=True)
class Comparison:
    """An experiment, and the model it is done with a second time."""

    experiment: RealSettings
    second: str

    def experiments(self) -> tuple[RealSettings, RealSettings]:
        """Return both; the second model's norm is where the first one's is, if it can be."""
        return self.experiment, replace(self.experiment, model=self.second)


def scene(asked: Comparison) -> Scene:
    """Compute the curves of both models."""
    words = sentences("real")
    packets = [picture(one).packet for one in asked.experiments()]
    titles = [real_models.title(one.model) for one in asked.experiments()]
    return Scene(
        page=PART,
        arrays=arrays(packets),
        charts=tuple(curves(packets, titles, name, words) for name in MEASURES),
        frames=1,
        findings=tuple(
            said(packet, title, words) for packet, title in zip(packets, titles, strict=True)
        ),
    )


def ready(asked: Comparison) -> Packed:
    """Compute the scene as it is sent."""
    return packed(scene(asked))


def arrays(packets: Sequence[Packet]) -> dict[str, np.ndarray]:
    """Return each model's relative depths and measures, the layer as the first axis."""
    return {
        f"{name}_{number}": values
        for number, packet in enumerate(packets)
        for name, values in {
            "depth": np.arange(packet.depth + 1) / packet.depth,
            **{measure: getattr(packet, measure) for measure in MEASURES},
        }.items()
    }


def curves(packets: Sequence[Packet], titles: Sequence[str], name: str, words: Words) -> Chart:
    """Draw one measure of both models, each without a norm and with ContraNorm."""
    low, high = MEASURES[name]
    low = min(low, *(1.1 * float(getattr(packet, name).min()) for packet in packets))
    if high is None:
        high = 1.05 * max(float(getattr(packet, name).max()) for packet in packets)
    lines = [(number, branch) for number in range(len(packets)) for branch in BRANCHES]
    named = {
        line: words("compare_line", model=titles[line[0]], name=_branch(packets, line))
        for line in lines
    }
    return Chart(
        key=f"compare_{name}",
        titles=(words(f"compare_{name}"),),
        sentences=(
            "; ".join(
                f"{named[at]} {_ends(getattr(packets[at[0]], name)[:, at[1]])}" for at in lines
            ),
        ),
        traces=tuple(_line(packets, line, name, named[line]) for line in lines),
        layout=plot_layout(
            words("relative_depth"),
            sentences("watch")(f"{name}_axis"),
            xrange=(-0.03, 1.03),
            yrange=(low, high),
        ),
        columns=tuple(
            column
            for number, title in enumerate(titles)
            for column in (
                Column(words("column_depth", model=title), Take(f"depth_{number}", (None,))),
                *(
                    Column(named[number, branch], Take(f"{name}_{number}", (None, branch)))
                    for branch in BRANCHES
                ),
            )
        ),
    )


def said(packet: Packet, title: str, words: Words) -> str:
    """Say what one model does to the sentence, without a norm and with ContraNorm."""
    ranks, cosines = packet.effective_rank, packet.mean_cosine
    return words(
        "compared",
        model=sentence_text(title, 60),
        first=f"{ranks[0, 0]:.2f}",
        last=f"{ranks[-1, 0]:.2f}",
        ours=f"{ranks[-1, 1]:.2f}",
        cosine=f"{cosines[-1, 0]:.2f}",
        ours_cosine=f"{cosines[-1, 1]:.2f}",
        count=len(packet.tokens),
    )


def _line(packets: Sequence[Packet], at: tuple[int, int], name: str, title: str) -> dict[str, Any]:
    number, branch = at
    return {
        "type": "scatter",
        "x": Take(f"depth_{number}", (None,)),
        "y": Take(f"{name}_{number}", (None, branch)),
        "mode": "lines+markers",
        "name": plotly_text(title, 48),
        "line": {"color": style(packets[number].branches[branch]).colour, "dash": DASHES[number]},
        "marker": {"symbol": SYMBOLS[number], "size": 7},
    }


def _branch(packets: Sequence[Packet], at: tuple[int, int]) -> str:
    return style(packets[at[0]].branches[at[1]]).title


def _ends(values: np.ndarray) -> str:
    return f"{values[0]:.2f}–{values[-1]:.2f}"
