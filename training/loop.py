"""The training loop: one step function, one record an epoch, the same numbers for a seed."""

import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from contranorm.functional import unit_vectors
from contranorm.measures import uniformity
from models.network import Network, Pass
from models.treatment import Treatment
from training.config import RunConfig
from training.probe import PROBED, Layer, gradient_lengths, layers
from training.task import Part, Task, answer_loss, asked, never, right_answers
from training.tasks import TASKS

CLIP_GUARD = 1e-6  # torch divides by the gradient's length and this


class Score(NamedTuple):
    """Mean loss of the answers in nats (without a uniformity term), and the share right."""

    loss: float
    accuracy: float


class Step(NamedTuple):
    """One step: its batch's score, and what its gradient was multiplied by; 1 is not cut."""

    loss: float
    accuracy: float
    cut: float


@dataclass(frozen=True)
class Epoch:
    """What is recorded after an epoch; epoch 0 is the untrained network.

    The training score is the mean over the epoch's steps, so of a network that was still
    moving (epoch 0 has none); `seconds` is the epoch's own time, records included.
    """

    epoch: int
    step: int
    seconds: float
    train: Score | None
    validation: Score
    test: Score
    layers: tuple[Layer, ...]


class Diverged(RuntimeError):  # noqa: N818 - it states what happened
    """The loss is no number any more."""


class Cancelled(RuntimeError):  # noqa: N818 - it states what happened
    """Somebody asked the training to stop."""


class Training:
    """One run while it is trained: make it, go through its epochs, keep its state.

    The order of the data follows from seed and epoch and nothing else is drawn after the first
    weights, so a run that goes on from its state gives what it would have given.
    """

    def __init__(self, config: RunConfig) -> None:
        """Draw the first weights and load the data.

        Args:
            config: The run; everything else follows from it.
        """
        self.config, self.setting = config, config.setting
        self.task: Task = TASKS[config.task]
        self.data = self.task.data(config.data_split)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(config.seed)
            self.network = Network(config.network)
        self.optimizer = optimizer_of(self.network, self.setting.learning_rate)
        self.epoch, self.step = 0, 0
        self.cut = 1.0  # of the last step's gradient

    def epochs(self, asked_to_stop: Callable[[], bool] = never) -> Iterator[Epoch]:
        """Train to the end, and give a record after every epoch; first that of epoch 0.

        Args:
            asked_to_stop: Looked at before every step.

        Raises:
            Diverged: If the loss stops being a number; the records before it stand.
            Cancelled: If somebody asked to stop.
        """
        if self.epoch == 0:
            started = time.perf_counter()
            yield self._record(None, [], started)
        while self.epoch < self.config.epochs:
            started = time.perf_counter()
            score = self._run_epoch(asked_to_stop)
            self.epoch += 1
            yield self._record(score, gradient_lengths(self.network, self.cut), started)

    def _run_epoch(self, asked_to_stop: Callable[[], bool]) -> Score:
        train, total, right, count = self.data.train, 0.0, 0.0, 0
        for rows in batches(len(train.labels), self.config, self.epoch):
            if asked_to_stop():
                raise Cancelled(f"the training was stopped in epoch {self.epoch + 1}")
            part = Part(train.inputs[rows], train.labels[rows])
            _set_rate(self.optimizer, self.setting.learning_rate, self.config.warm_up, self.step)
            taken = step(self.network, self.optimizer, part, self.setting.treatment, self.clip)
            self.step, self.cut = self.step + 1, taken.cut
            answers = asked(part.labels)
            total, right = total + taken.loss * answers, right + taken.accuracy * answers
            count += answers
            if not math.isfinite(taken.loss):
                raise Diverged(
                    f"the loss must stay a finite number; it was {taken.loss} at step "
                    f"{self.step} of epoch {self.epoch + 1} (a smaller learning rate or scale, or "
                    "a warm-up, may help)"
                )
        return Score(total / count, right / count)

    @property
    def clip(self) -> float:
        """The length to which a step's gradient is cut."""
        return self.config.clip

    def _record(self, train: Score | None, gradients: list[float], started: float) -> Epoch:
        validation = evaluation(self.network, self.data.validation)
        test = evaluation(self.network, self.data.test)
        seen = layers(self.network, self.data.test.inputs[:PROBED], gradients)
        seconds = time.perf_counter() - started
        return Epoch(self.epoch, self.step, seconds, train, validation, test, seen)


def optimizer_of(network: Network, learning_rate: float) -> torch.optim.Optimizer:
    """Make the optimiser that every method is trained with."""
    return torch.optim.AdamW(network.parameters(), lr=learning_rate)


def step(
    network: Network,
    optimizer: torch.optim.Optimizer,
    part: Part,
    treatment: Treatment,
    clip: float,
) -> Step:
    """Take one step: loss, gradient, clip, update.

    Args:
        network: Its weights move.
        optimizer: Its state moves.
        part: One batch.
        treatment: What is added to the loss.
        clip: The length to which the gradient is cut.
    """
    run = network(part.inputs)
    loss = answer_loss(run.logits, part.labels)
    objective = loss + spreading_loss(run, treatment)
    optimizer.zero_grad(set_to_none=True)
    objective.backward()
    length = torch.nn.utils.clip_grad_norm_(network.parameters(), clip).item()
    optimizer.step()
    right = right_answers(run.logits.detach(), part.labels) / asked(part.labels)
    # A term that is no number spoils the weights as much as a loss that is none.
    return Step(loss.item() + 0 * objective.item(), right, min(1.0, clip / (length + CLIP_GUARD)))


def spreading_loss(run: Pass, treatment: Treatment) -> Float[Tensor, ""] | float:
    """Give what the uniformity loss adds to the objective.

    λ · mean over layers, items and tokens of log Σ_j exp(ĥ_i·ĥ_j/τ), on unit rows.
    """
    if treatment.loss_layers == "none":
        return 0.0
    chosen = run.hidden[-1:] if treatment.loss_layers == "last" else run.hidden[1:]
    h = unit_vectors(torch.stack(chosen))  # (layers, b, n, d)
    per_token = uniformity(h, temperature=treatment.temperature) / h.shape[-2]
    return treatment.loss_weight * per_token.mean()


def batches(count: int, config: RunConfig, epoch: int) -> Iterator[Tensor]:
    """Shuffle the training inputs and deal them out, the same way for every method."""
    shuffler = torch.Generator().manual_seed(1000 * config.seed + epoch)
    yield from torch.randperm(count, generator=shuffler).split(config.batch)


@torch.no_grad()
def evaluation(network: Network, part: Part) -> Score:
    """Score a part as a whole."""
    logits = network(part.inputs).logits
    right = right_answers(logits, part.labels) / asked(part.labels)
    return Score(answer_loss(logits, part.labels).item(), right)


def _set_rate(
    optimizer: torch.optim.Optimizer, learning_rate: float, warm_up: int, taken: int
) -> None:
    share = min(1.0, (taken + 1) / warm_up) if warm_up else 1.0
    for group in optimizer.param_groups:
        group["lr"] = learning_rate * share
