"""What a task is: its data, the shape of its network, and how an answer is scored."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import torch.nn.functional as F
from jaxtyping import Float, Int
from torch import Tensor

from models.network import NetworkConfig

UNASKED = -100  # the label of a token that no answer is asked for


@dataclass(frozen=True)
class Part:
    """Inputs with their labels, one for each input or (`UNASKED` where none) for each token."""

    inputs: Float[Tensor, "m n features"] | Int[Tensor, "m n"]
    labels: Int[Tensor, "m *n"]


@dataclass(frozen=True)
class Data:
    """Three parts: to train on, to choose settings with, and to report."""

    train: Part
    validation: Part
    test: Part


def never() -> bool:
    """Say no, whatever is asked."""
    return False


@dataclass(frozen=True)
class Task:
    """One row of `TASKS`: data for a split, the network's fixed shape, and what is measured.

    `shape` gives tokens, features, classes and kind of input; the run sets depth and width.
    `trained` is how many inputs there are to train on. The metric is the share of right answers.
    `names` says what the tokens of one input are called. `missing` tells whether the data have
    to be fetched before anything is trained, and `read` makes an input of a visitor's line,
    where a task has lines.
    """

    name: str
    title: str
    kind: Literal["real", "synthetic"]
    source: str
    licence: str
    data: Callable[[int], Data]
    trained: int
    shape: NetworkConfig
    names: Callable[[Tensor], tuple[str, ...]]
    missing: Callable[[], bool] = never
    read: Callable[[str], Int[Tensor, "1 n"]] | None = None

    @property
    def chance(self) -> float:
        """The share right of guesses that are drawn evenly from all answers."""
        return 1 / self.shape.classes


def commonest(labels: Int[Tensor, "b *n"]) -> float:
    """Give the share right of whoever always gives the answer that is asked for most.

    >>> commonest(torch.tensor([[0, 1], [1, UNASKED]]))
    0.6666666666666666
    """
    answers = labels[labels != UNASKED]
    return answers.bincount().max().item() / len(answers)


def answer_loss(
    logits: Float[Tensor, "b *n classes"], labels: Int[Tensor, "b *n"]
) -> Float[Tensor, ""]:
    """Give the mean cross-entropy of the answers asked for, in nats.

    0 is certain and right; ln(classes) is guessing.

    >>> answer_loss(torch.zeros(1, 2), torch.tensor([0])).item()
    0.6931471824645996
    """
    return F.cross_entropy(logits.flatten(0, -2), labels.flatten(), ignore_index=UNASKED)


def right_answers(logits: Float[Tensor, "b *n classes"], labels: Int[Tensor, "b *n"]) -> int:
    """Count the answers whose largest score is at the label; unasked tokens do not count.

    >>> right_answers(torch.tensor([[[1.0, 0.0], [1.0, 0.0]]]), torch.tensor([[0, UNASKED]]))
    1
    """
    return int((logits.argmax(-1) == labels).sum())


def asked(labels: Int[Tensor, "b *n"]) -> int:
    """Count the answers that are asked for.

    >>> asked(torch.tensor([[0, UNASKED]]))
    1
    """
    return int((labels != UNASKED).sum())
