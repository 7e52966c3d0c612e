"""The test digits that trained networks read wrongly, from the weights that were kept."""

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float

from models.handwriting import Digits, digits, patches
from models.network import Network
from ui.figures import digits as figures
from ui.scene import Packed, Scene, packed
from ui.text import words as sentences
from ui.training_live import View
from ui.training_networks import SEED, of_each

SHOWN = 12  # wrongly read digits of a network


@dataclass(frozen=True, eq=False)
class Wrong:
    """What one network reads wrongly: how many of how many, and the first of them.

    `pixels` are grey levels from 0 to 1; `labels` are what each is and what it was read as.
    """

    method: str
    count: int
    total: int
    pixels: Float[np.ndarray, "shown 8 8"]
    labels: tuple[tuple[int, int], ...]


def wrong(trained: Network, view: View, method: str) -> Wrong:
    """Read the test digits with one method's network."""
    return read_wrongly(method, trained, digits(view.setup.config(method, SEED).data_split))


@torch.inference_mode()
def read_wrongly(method: str, trained: Network, known: Digits) -> Wrong:
    """Compare what a network reads in the test digits with what they are."""
    said = trained(patches(known.test_pixels)).logits.argmax(-1)
    places = (said != known.test_labels).nonzero().flatten()
    first = places[:SHOWN]
    return Wrong(
        method=method,
        count=len(places),
        total=len(said),
        pixels=known.test_pixels[first].numpy(),
        labels=tuple(zip(known.test_labels[first].tolist(), said[first].tolist(), strict=True)),
    )


def ready(view: View) -> Packed:
    """Collect the charts of every method whose weights are kept, as they are sent."""
    words = sentences("training")
    found = [*of_each(wrong, view).values()]
    return packed(
        Scene(
            page="training:digits",
            arrays=figures.arrays(found),
            charts=tuple(figures.chart(one, index, words) for index, one in enumerate(found)),
            frames=1,
        )
    )
