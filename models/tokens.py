"""From a visitor's sentence to token vectors, the same ones on every machine."""

import hashlib
import unicodedata
from functools import lru_cache

import regex
import torch
from jaxtyping import Float
from torch import Tensor

# One East Asian character, or a run of letters, marks and digits, or any other visible cluster.
_TOKEN = regex.compile(
    r"(?:\p{Han}|\p{Hiragana}|\p{Katakana}|\p{Hangul})\p{M}*"
    r"|(?:(?!\p{Han}|\p{Hiragana}|\p{Katakana}|\p{Hangul})[\p{L}\p{M}\p{N}_'’])+"
    r"|(?!\s|\p{C})\X"
)


def tokens(text: str) -> tuple[str, ...]:
    """Cut a text into words, East Asian characters and signs; control characters vanish.

    >>> tokens("Don't panic: 狐 🦊")
    ("Don't", 'panic', ':', '狐', '🦊')
    """
    clean = "".join(
        " " if character in "\t\n\r" else character
        for character in unicodedata.normalize("NFC", text)
        if character in "\t\n\r\u200d" or unicodedata.category(character) not in ("Cc", "Cf", "Cs")
    )
    return tuple(_TOKEN.findall(clean))


def word_spans(text: str) -> list[tuple[int, int]]:
    """Find where the words and signs of a text begin and end, in the text as it is.

    >>> word_spans("Don't go.")
    [(0, 5), (6, 8), (8, 9)]
    """
    return [match.span() for match in _TOKEN.finditer(text)]


@lru_cache(maxsize=64)
def embeddings(
    words: tuple[str, ...], *, width: int, seed: int, positions: bool
) -> Float[Tensor, "n d"]:
    """Turn each word into a random vector that depends on the word alone, N(0, 1) per feature.

    The seed of a word's vector is the sha256 of its case-folded spelling and `seed`. With
    `positions`, a second vector of half the size marks the place, so that repeated words differ.
    Remembered: whoever asks for the same words gets the same tensor, to be read only.
    """
    rows = [_gaussian(f"{seed} word {word.casefold()}", width) for word in words]
    if positions:
        rows = [
            row + 0.5 * _gaussian(f"{seed} place {place}", width) for place, row in enumerate(rows)
        ]
    return torch.stack(rows)


def _gaussian(name: str, width: int) -> Float[Tensor, "d"]:
    digest = hashlib.sha256(name.encode("utf-8", "replace")).digest()
    generator = torch.Generator().manual_seed(int.from_bytes(digest[:7], "big"))
    return torch.randn(width, generator=generator)
