"""Lines of English as the masked-word networks read them: 16 known words, some of them masked."""

import re
from functools import lru_cache
from pathlib import Path

import torch
from jaxtyping import Float, Int
from torch import Tensor

from models.network import Network

VOCABULARY = Path(__file__).parent / "data" / "words.txt"
LENGTH = 16  # words of a line, marks such as commas counted
MASK, RARE = "[mask]", "[rare]"  # a masked word; a word that is not among the known ones
SPECIAL = (MASK, RARE)
KNOWN = 1000  # entries of the vocabulary, those two included
PIECE = re.compile(r"\[mask\]|[a-z]+(?:'[a-z]+)?|[.,;?!]")
EXAMPLE = "we must keep the [mask] of our people, and the people must keep their government"  # ours


def tokens(text: str) -> tuple[str, ...]:
    """Take a text apart into lower-case words and marks; whatever else is in it is left out.

    >>> tokens("We, the people: [MASK]!")
    ('we', ',', 'the', 'people', '[mask]', '!')
    """
    return tuple(PIECE.findall(text.lower().replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")))


@lru_cache(maxsize=1)
def vocabulary() -> tuple[str, ...]:
    """Give the words the networks know, the two special ones first, then the commonest."""
    return tuple(VOCABULARY.read_text(encoding="utf-8").split("\n")[:-1])


@lru_cache(maxsize=1)
def _numbers() -> dict[str, int]:
    return {word: number for number, word in enumerate(vocabulary())}


def encoded(words: tuple[str, ...]) -> Int[Tensor, "n"]:
    """Give each word's number; words that are not known are all the same one.

    >>> encoded(("[mask]", "zzz")).tolist()
    [0, 1]
    """
    numbers = _numbers()
    return torch.tensor([numbers.get(word, numbers[RARE]) for word in words], dtype=torch.long)


def decoded(numbers: Int[Tensor, "n"]) -> tuple[str, ...]:
    """Give the words of numbers.

    >>> decoded(encoded(("the", "[mask]")))
    ('the', '[mask]')
    """
    known = vocabulary()
    return tuple(known[number] for number in numbers.tolist())


@torch.inference_mode()
def guesses(network: Network, words: tuple[str, ...]) -> Float[Tensor, "masked known"]:
    """Give the probability of every known word at every masked place of a line, each row 1.

    Args:
        network: One that was trained on masked words.
        words: From 1 to 16 of them; those that are `MASK` are guessed, in their order.

    Raises:
        ValueError: For an empty line, or one of more than 16 words.
    """
    if not 1 <= len(words) <= LENGTH:
        raise ValueError(f"a line has from 1 to {LENGTH} words; got {len(words)}")
    masked = torch.tensor([word == MASK for word in words])
    return network(encoded(words)[None]).logits[0, masked].softmax(-1)
