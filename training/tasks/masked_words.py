"""Guessing masked words of real English: sixteen words in, a score for each known word out."""

from functools import lru_cache
from random import Random

import torch
from jaxtyping import Int
from torch import Tensor

from models.masked_words import KNOWN, LENGTH, MASK, SPECIAL, decoded, encoded, tokens
from models.network import NetworkConfig
from training import corpus
from training.task import UNASKED, Data, Part, Task

TRAINED, HELD_BACK = 80_000, 2048  # lines: to train on; of the validation and the test part
ONE_IN = 10  # addresses: one tenth to choose with, one tenth to report
SHARE = 0.15  # of the known words of a line are masked, and always one


@lru_cache(maxsize=2)
def data(split: int) -> Data:
    """Deal whole addresses out to the three parts, cut them into lines and mask words.

    What is masked is drawn once, so that it is the same in every epoch. A line that is in an
    earlier part already, the test part being first, is left out.

    Raises:
        CorpusMissing: If the corpus is not at hand.
    """
    texts = list(corpus.addresses())
    Random(split).shuffle(texts)
    held = len(texts) // ONE_IN
    seen: set[tuple[int, ...]] = set()
    test = _part(texts[:held], seen, split, HELD_BACK)
    validation = _part(texts[held : 2 * held], seen, split, HELD_BACK)
    return Data(_part(texts[2 * held :], seen, split, TRAINED), validation, test)


def _part(texts: list[tuple[str, ...]], seen: set[tuple[int, ...]], split: int, most: int) -> Part:
    lines = []
    for numbers in map(encoded, texts):
        for line in numbers[: len(numbers) // LENGTH * LENGTH].view(-1, LENGTH):
            key = tuple(line.tolist())
            if key not in seen and (line >= len(SPECIAL)).any():
                seen.add(key)
                lines.append(line)
    order = list(range(len(lines)))
    Random(split).shuffle(order)
    return masked(torch.stack([lines[place] for place in order[:most]]), seed=split)


def masked(lines: Int[Tensor, "m n"], seed: int) -> Part:
    """Mask words of every line, at least one; nothing is asked of words that are not known.

    >>> part = masked(torch.tensor([[5, 1], [1, 1]]), seed=0)
    >>> part.inputs.tolist(), part.labels.tolist()
    ([[0, 1], [1, 1]], [[5, -100], [-100, -100]])
    """
    drawn = torch.rand(lines.shape, generator=torch.Generator().manual_seed(seed))
    drawn = drawn.masked_fill(lines < len(SPECIAL), 2.0)  # never masked
    least = drawn == drawn.min(dim=1, keepdim=True).values
    at = ((drawn < SHARE) | least) & (drawn <= 1)
    inputs = torch.where(at, torch.full_like(lines, SPECIAL.index(MASK)), lines)
    return Part(inputs, torch.where(at, lines, torch.full_like(lines, UNASKED)))


def missing() -> bool:
    """Say whether the corpus has to be fetched first."""
    return not corpus.at_hand()


def read(line: str) -> Int[Tensor, "1 n"]:
    """Turn the first words of a line into one input."""
    return encoded(tokens(line)[:LENGTH])[None]


TASK = Task(
    name="masked_words",
    title="masked words",
    kind="real",
    source="annual addresses of the presidents of the United States, 1790 to 2021, as the npm "
    f"package {corpus.PACKAGE} {corpus.VERSION} carries them",
    licence="works of the United States Government, public domain; the package: CC0 1.0",
    data=data,
    trained=TRAINED,
    shape=NetworkConfig(tokens=LENGTH, features=KNOWN, classes=KNOWN, words=True, each=True),
    names=decoded,
    missing=missing,
    read=read,
)
