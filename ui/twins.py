"""The shipped networks of one depth, measured now from their weights."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import torch
from jaxtyping import Float

from contranorm.measures.similarity import mean_cosine_similarity
from contranorm.measures.spectrum import effective_rank_of, singular_values
from models.cards import SHIPPED, TWIN_DEPTHS
from models.digits import accuracy, digit_trace
from ui.compute import part
from ui.recipe import Recipe
from ui.settings import meaning, shown

DEPTH = "twins_depth"  # the parameter
MEASURED = 64  # test digits whose tokens are measured; the accuracy is over all of them
VERSION = 1  # raise it when a field of the packet changes its meaning


@dataclass(frozen=True)
class View:
    """Which of the shipped networks are looked at."""

    depth: int = 24


@dataclass(frozen=True, eq=False)
class Twins:
    """What the networks of a depth do now: means over the first `MEASURED` test digits.

    `rank` is the effective rank (directions), `cosine` the mean cosine of two tokens, `sigma`
    the singular values as shares of their sum, largest first; `accuracy` the share right of all
    test digits.
    """

    methods: tuple[str, ...]
    rank: Float[np.ndarray, "layers_and_input methods"]
    cosine: Float[np.ndarray, "layers_and_input methods"]
    sigma: Float[np.ndarray, "layers_and_input methods k"]
    accuracy: Float[np.ndarray, "methods"]
    version: int = field(default=VERSION)

    @property
    def depth(self) -> int:
        """How many layers they have."""
        return len(self.rank) - 1


def view(address: Mapping[str, str]) -> View:
    """Read a view from parameters, whatever they hold."""
    depth = meaning(TWIN_DEPTHS, address.get(DEPTH, ""))
    return View() if depth is None else View(depth)


def written(asked: View) -> dict[str, str]:
    """Return the parameters that `view` turns into the same view."""
    return {DEPTH: shown(asked.depth)}


def twins(asked: View) -> Twins:
    """Run and measure the networks of one depth."""
    measured = [part(_measured, (method, asked.depth)) for method in SHIPPED]
    rank, cosine, sigma = (
        np.stack(values, axis=1) for values in [*zip(*measured, strict=True)][:3]
    )
    scores = np.array([one[3] for one in measured], np.float32)
    return Twins(SHIPPED, rank, cosine, sigma, scores)


def recipe(asked: View) -> Recipe:
    """Say what the page's program is written from."""
    return Recipe("twins", {"depth": asked.depth, "methods": SHIPPED, "measured": MEASURED})


@torch.inference_mode()
def _measured(asked: tuple[str, int]) -> tuple[np.ndarray, np.ndarray, np.ndarray, float]:
    method, depth = asked
    hidden = digit_trace(method, range(MEASURED), trained_depth=depth).hidden
    sigma = singular_values(hidden).double()  # (layers and input, digits, k)
    return (
        effective_rank_of(sigma).mean(1).float().numpy(),
        mean_cosine_similarity(hidden).mean(1).float().numpy(),
        (sigma / sigma.sum(-1, keepdim=True)).mean(1).float().numpy(),
        accuracy(method, trained_depth=depth),
    )
