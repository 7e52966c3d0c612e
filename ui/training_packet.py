"""The records of several runs as one typed answer: every epoch of every method and seed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from jaxtyping import Float

from training.folder import RunFolder
from training.results import epochs_to_goal

VERSION = 1  # raise it when a field changes its meaning
SCORES = {  # each array of scores, and its name in a run's metrics
    "accuracy": "test_accuracy",
    "loss": "test_loss",
    "train_loss": "train_loss",
}
LAYERS = {"rank": "effective_rank", "gradient": "gradient"}


@dataclass(frozen=True, eq=False)
class Curves:
    """What was recorded of the runs of several methods; every number that is missing is NaN.

    Epoch 0 is the untrained network, layer 0 the input of the first block. `rank` is the
    effective rank (directions) on the probe batch, `gradient` the length of the loss's gradient
    in a block's weights, `loss` and `train_loss` are in nats. `recorded` counts the records of
    a run, `ends` has how it ended ("" while it has not), `goal` the first epoch with a
    validation accuracy of 80 %.
    """

    methods: tuple[str, ...]
    accuracy: Float[np.ndarray, "start_and_epochs methods seeds"]
    loss: Float[np.ndarray, "start_and_epochs methods seeds"]
    train_loss: Float[np.ndarray, "start_and_epochs methods seeds"]
    rank: Float[np.ndarray, "start_and_epochs input_and_layers methods seeds"]
    gradient: Float[np.ndarray, "start_and_epochs input_and_layers methods seeds"]
    recorded: tuple[tuple[int, ...], ...]
    ends: tuple[tuple[str, ...], ...]
    sentences: tuple[str, ...]
    goal: Float[np.ndarray, "methods seeds"]
    version: int = field(default=VERSION)

    @property
    def epochs(self) -> int:
        """How many epochs there are to be."""
        return len(self.accuracy) - 1

    @property
    def seeds(self) -> int:
        """How many runs each method has."""
        return int(self.accuracy.shape[-1])

    @property
    def depth(self) -> int:
        """How many blocks the networks have."""
        return int(self.rank.shape[1]) - 1

    @property
    def frames(self) -> int:
        """How many epochs have a record of any run, the start among them; 1 when there is none."""
        return max(1, *(count for row in self.recorded for count in row))

    @property
    def begun(self) -> bool:
        """Whether there is any record."""
        return any(count for row in self.recorded for count in row)

    def last(self, method: int) -> int:
        """Return the last epoch that all runs of a method have, -1 if there is none."""
        return min(self.recorded[method]) - 1


def curves(runs: Mapping[tuple[str, int], RunFolder], *, epochs: int, depth: int) -> Curves:
    """Collect the records of runs by method and seed, up to an epoch.

    Raises:
        FolderError: If a folder is broken.
    """
    methods = tuple(dict.fromkeys(method for method, _ in runs))
    seeds = tuple(dict.fromkeys(seed for _, seed in runs))
    whole = (epochs + 1, len(methods), len(seeds))
    deep = (epochs + 1, depth + 1, len(methods), len(seeds))
    scores: dict[str, Any] = {name: np.full(whole, np.nan, np.float32) for name in SCORES}
    layers: dict[str, Any] = {name: np.full(deep, np.nan, np.float32) for name in LAYERS}
    goal = np.full(whole[1:], np.nan, np.float32)
    recorded = np.zeros(whole[1:], int)
    for (method, seed), folder in runs.items():
        at = (methods.index(method), seeds.index(seed))
        lines = [line for line in folder.metrics() if line["epoch"] <= epochs]
        recorded[at], goal[at] = len(lines), epochs_to_goal(lines)
        for name, title in SCORES.items():
            for line in lines:
                scores[name][(line["epoch"], *at)] = _number(line[title])
        for line in folder.layers():
            if line["epoch"] < len(lines):
                for name, title in LAYERS.items():
                    layers[name][(line["epoch"], line["layer"], *at)] = _number(line[title])
    ends = {name: folder.end() for name, folder in runs.items()}
    broke = [end.sentence for end in ends.values() if end is not None and end.state == "diverged"]
    return Curves(
        methods=methods,
        recorded=tuple(map(tuple, recorded.tolist())),
        ends=tuple(
            tuple("" if (end := ends[method, seed]) is None else end.state for seed in seeds)
            for method in methods
        ),
        sentences=tuple(dict.fromkeys(broke)),
        goal=goal,
        **scores,
        **layers,
    )


def _number(value: float | None) -> float:
    return np.nan if value is None else value
