"""The tokens of one test input in the trained networks, layer by layer."""

from dataclasses import replace

import torch

from training.folder import FolderError
from training.tasks import TASKS
from ui.compute import part
from ui.figures import watch as figures
from ui.figures.training import titled
from ui.live import Frames, Source
from ui.packet import Packet
from ui.picture import Run, joined, measured
from ui.scene import Packed, Scene, packed
from ui.seen import Seen
from ui.text import Words
from ui.text import words as sentences
from ui.training_live import View, asked
from ui.training_networks import SEED, network

PART = "training:clouds"
LAYERS = Frames("training_layer", "cloud_layer")


def run(asked_of: tuple[View, str]) -> Run | None:
    """Show the first test input to one method's network; None if its weights are not kept.

    Raises:
        FolderError: If its checkpoint is broken or was edited.
    """
    view, method = asked_of
    known = network(view, method)
    if known is None:
        return None
    task = TASKS[view.setup.task]
    given = task.data(view.setup.config(method, SEED).data_split).test.inputs[:1]
    with torch.inference_mode():
        traced = known.trace(given)
    return measured(Seen(task.names(given[0]), traced.hidden[:, 0], traced.attention[:, 0]))


def clouds(view: View) -> Packet | None:
    """Put the networks whose weights are kept side by side; None if there are none."""
    runs = {}
    for method in view.setup.methods:
        try:
            runs[method] = part(run, (view, method))
        except FolderError:  # the page says what is broken where it is gone on with
            continue
    found = {method: one for method, one in runs.items() if one is not None}
    return joined(list(found), list(found.values())) if found else None


def ready(view: View) -> Packed:
    """Collect the clouds as they are sent."""
    found, words = clouds(view), sentences("training")
    if found is None:
        return packed(Scene(page=PART, arrays={}, charts=(), frames=1))
    layers, watch = range(found.depth + 1), sentences("watch")
    charts = (
        figures.cloud(found, place, watch, name=titled(method))
        for place, method in enumerate(found.branches)
    )
    return packed(
        Scene(
            page=PART,
            arrays={"coordinates": found.coordinates},
            charts=tuple(replace(chart, row=place // 2) for place, chart in enumerate(charts)),
            frames=found.depth + 1,
            frame_names=tuple(
                words("cloud_layer_name", layer=layer, depth=found.depth) for layer in layers
            ),
            frame_findings=tuple((_ranks(found, layer, words),) for layer in layers),
        )
    )


SOURCE = Source(asked, ready)


def _ranks(found: Packet, layer: int, words: Words) -> str:
    said = (
        f"{titled(method)} **{found.effective_rank[layer, place]:.1f}**"
        for place, method in enumerate(found.branches)
    )
    return words("cloud_ranks", layer=layer, count=len(found.tokens), values="; ".join(said))
