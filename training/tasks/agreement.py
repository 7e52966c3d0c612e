"""Telling the number of a hidden verb: the words of a made-up sentence in, two scores out."""

from functools import lru_cache

import torch
from jaxtyping import Int
from torch import Tensor

from models.network import NetworkConfig
from training.task import UNASKED, Data, Part, Task
from training.tasks.grammar import HIDDEN, LENGTH, WORDS, Sentence, sentences

TRAINED, HELD_BACK = 4096, 512
INDEX = {word: number for number, word in enumerate(WORDS)}


@lru_cache(maxsize=4)
def data(split: int) -> Data:
    """Draw the sentences of one split; no sentence is in two parts.

    >>> data(0).test.inputs.shape
    torch.Size([512, 12])
    """
    drawn = sentences(TRAINED + 2 * HELD_BACK, seed=split)
    return Data(
        part(drawn[:TRAINED]),
        part(drawn[TRAINED : TRAINED + HELD_BACK]),
        part(drawn[TRAINED + HELD_BACK :]),
    )


def part(drawn: list[Sentence]) -> Part:
    """Turn sentences into numbers; an answer is asked for at the hidden verb only.

    >>> part([Sentence(("the", "dogs", HIDDEN), 1)]).labels.tolist()
    [[-100, -100, 1]]
    """
    inputs = torch.tensor([[INDEX[word] for word in sentence.words] for sentence in drawn])
    numbers = torch.tensor([[sentence.number] for sentence in drawn])
    asked = inputs == INDEX[HIDDEN]
    return Part(inputs, torch.where(asked, numbers, torch.full_like(inputs, UNASKED)))


def names(given: Int[Tensor, "n"]) -> tuple[str, ...]:
    """Give the words of one input.

    >>> names(torch.tensor([1, 0]))
    ('the', '[verb]')
    """
    return tuple(WORDS[number] for number in given.tolist())


TASK = Task(
    name="agreement",
    title="subject and verb",
    kind="synthetic",
    source="sentences generated from a grammar written for this project (training/tasks/grammar)",
    licence="MIT",
    data=data,
    trained=TRAINED,
    shape=NetworkConfig(tokens=LENGTH, features=len(WORDS), classes=2, words=True, each=True),
    names=names,
)
