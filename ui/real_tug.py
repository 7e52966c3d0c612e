"""Tug-of-war: what every part of every layer did to the effective rank, as a waterfall."""

from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from jaxtyping import Float

from contranorm import attach, rank_changes, trace
from contranorm.placements import Placement
from models.branch import Branch
from models.reading import applied
from models.word_pieces import word_pieces
from ui import real_models
from ui.figures.palette import plot_layout, style
from ui.limits import limit
from ui.real_picture import placed
from ui.real_settings import RIVAL, RealSettings
from ui.scene import Chart, Column, Packed, Scene, Take, packed
from ui.text import Words
from ui.text import words as sentences

PART = "real:tug"
COLOURS = {  # of a layer's parts, none of them a method's; a norm has its method's own
    "attention": "#332288",
    "residual": "#44AA99",
    "layer_norm": "#999933",
    "mlp": "#882255",
    "other": "#888888",
}


@dataclass(frozen=True, eq=False)
class Tug:
    """One branch's steps in the order they ran, and the rank before and after each."""

    norm: str
    layers: tuple[int, ...]
    parts: tuple[str, ...]
    before: Float[np.ndarray, "steps"]
    after: Float[np.ndarray, "steps"]

    @property
    def total(self) -> float:
        """The change from the first layer's input to the last layer's output."""
        return float(self.after[-1] - self.before[0])

    def sums(self) -> dict[str, float]:
        """Add up what each part did in all layers; together they are the total."""
        changes = self.after - self.before
        own = np.array(self.parts)
        return {part: float(changes[own == part].sum()) for part in dict.fromkeys(self.parts)}


def tugs(settings: RealSettings) -> tuple[Tug, Tug]:
    """Measure the branch without a norm, and the one that is shown beside it.

    Raises:
        ModelUnavailable: If the model cannot be had.
    """
    branches = settings.branches()
    shown = (branches[0], branches[2 if settings.beside == RIVAL else 1])
    first, second = (_tug(settings, branch) for branch in shown)
    return first, second


def scene(settings: RealSettings) -> Scene:
    """Compute both waterfalls and what they say."""
    words, found = sentences("real"), tugs(settings)
    return Scene(
        page=PART,
        arrays={
            f"{name}_{number}": values
            for number, tug in enumerate(found)
            for name, values in {
                "before": tug.before,
                "after": tug.after,
                "change": tug.after - tug.before,
                "step": np.arange(len(tug.parts)),
            }.items()
        },
        charts=tuple(waterfall(found, number, words) for number in range(len(found))),
        frames=1,
        findings=tuple(said(tug, words) for tug in found),
    )


def ready(settings: RealSettings) -> Packed:
    """Compute the scene as it is sent."""
    return packed(scene(settings))


def said(tug: Tug, words: Words) -> str:
    """Say what each part did to the rank over all layers, and what it comes to."""
    return words(
        "tug_said",
        name=style(tug.norm).title,
        first=f"{tug.before[0]:.2f}",
        last=f"{tug.after[-1]:.2f}",
        total=f"{tug.total:+.2f}",
        parts=", ".join(
            f"{words(f'tug_{part}')} {change:+.2f}" for part, change in tug.sums().items()
        ),
    )


def waterfall(found: Sequence[Tug], number: int, words: Words) -> Chart:
    """Draw every step of a branch as a bar from the rank before it to the rank after it."""
    tug, name = found[number], style(found[number].norm).title
    highest = max(float(max(one.before.max(), one.after.max())) for one in found)
    first_steps = [tug.layers.index(layer) for layer in dict.fromkeys(tug.layers)]
    layout = plot_layout(
        words("tug_axis"),
        words("tug_rank"),
        xrange=(-0.7, len(tug.parts) - 0.3),
        yrange=(0.0, 1.05 * highest),
        xaxis={
            "tickmode": "array",
            "tickvals": first_steps,
            "ticktext": [str(layer + 1) for layer in dict.fromkeys(tug.layers)],
        },
    )
    return Chart(
        key=f"tug_{number}",
        titles=(words("tug_title", name=name),),
        sentences=(said(tug, words).replace("**", ""),),
        traces=tuple(_bars(tug, number, part, words) for part in dict.fromkeys(tug.parts)),
        layout=layout | {"barmode": "overlay", "bargap": 0.1},
        columns=(
            Column(words("column_layer"), tuple(str(layer + 1) for layer in tug.layers)),
            Column(words("column_part"), tuple(words(f"tug_{part}") for part in tug.parts)),
            Column(words("column_before"), Take(f"before_{number}", (None,))),
            Column(words("column_after"), Take(f"after_{number}", (None,))),
            Column(words("column_change"), Take(f"change_{number}", (None,))),
        ),
        row=number,
    )


def _bars(tug: Tug, number: int, part: str, words: Words) -> dict[str, Any]:
    """Draw one part's steps; the others' places are left empty."""
    own = [place for place, one in enumerate(tug.parts) if one == part]
    base, change = tug.before[own], (tug.after - tug.before)[own]
    return {
        "type": "bar",
        "x": own,
        "y": [round(float(value), 6) for value in change],
        "base": [round(float(value), 6) for value in base],
        "width": 0.9,
        "name": words(f"tug_{part}"),
        "marker": {"color": style(tug.norm).colour if part == "norm" else COLOURS[part]},
        "text": ["+" if value > 0 else "−" for value in change],
        "textangle": 0,
        "customdata": [f"{value:+.2f}" for value in change],
        "hovertemplate": "%{customdata}<extra>%{fullData.name}</extra>",
    }


@torch.inference_mode()
def _tug(settings: RealSettings, branch: Branch) -> Tug:
    used = real_models.loaded(settings.model)
    pieces = word_pieces(settings.sentence, used, longest=limit("pieces"))
    ids = torch.tensor([list(pieces.ids)], device=used.device.torch)
    place = Placement(placed(settings))
    put = (
        nullcontext()
        if branch.norm == "none"
        else attach(used.model, applied(branch), placement=place)
    )
    with put:
        seen = trace(used.model, {"input_ids": ids}, attention=False, states=True)
    steps = rank_changes(seen).steps
    return Tug(
        branch.norm,
        tuple(step.layer for step in steps),
        tuple(step.part for step in steps),
        np.array([step.before.item() for step in steps]),
        np.array([step.after.item() for step in steps]),
    )
