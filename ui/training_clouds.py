"""The tokens of one test input in the trained networks, layer by layer."""

from dataclasses import replace

import torch

from models.network import Network
from training.tasks import TASKS
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
from ui.training_networks import SEED, of_each

PART = "training:clouds"
LAYERS = Frames("training_layer", "cloud_layer")


def run(trained: Network, view: View, method: str) -> Run | None:
    """Show one input to one method's network; None if it gives no finite numbers.

    The input is the view's line where the task reads lines, and the first test input else.
    """
    task = TASKS[view.setup.task]
    if task.read is None:
        given = task.data(view.setup.config(method, SEED).data_split).test.inputs[:1]
    else:
        given = task.read(view.line)
    with torch.inference_mode():
        traced = trained.trace(given)
    if not traced.hidden.isfinite().all():
        return None
    return measured(Seen(task.names(given[0]), traced.hidden[:, 0], traced.attention[:, 0]))


def clouds(view: View) -> Packet | None:
    """Put the networks side by side that can be run; None if there are none."""
    found = of_each(run, view)
    return joined(list(found), list(found.values())) if found else None


def ready(view: View) -> Packed:
    """Collect the clouds as they are sent."""
    found, words = clouds(view), sentences("training")
    shown = found.branches if found else ()
    left_out = [titled(method) for method in view.setup.methods if method not in shown]
    missing = (words("clouds_missing", names="; ".join(left_out)),) if left_out else ()
    if found is None:
        return packed(Scene(page=PART, arrays={}, charts=(), frames=1, findings=missing))
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
            findings=missing,
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
