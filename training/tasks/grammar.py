"""A small English grammar, written for this project: whose number does the verb take?"""

import random
from collections.abc import Iterator
from dataclasses import dataclass

LENGTH = 12  # words of every sentence
HIDDEN = "[verb]"  # the verb to be told
NOUNS = (  # singular, plural
    *(("dog", "dogs"), ("key", "keys"), ("child", "children"), ("tree", "trees")),
    *(("bird", "birds"), ("house", "houses"), ("teacher", "teachers"), ("boat", "boats")),
    *(("mouse", "mice"), ("painter", "painters"), ("river", "rivers"), ("woman", "women")),
    *(("box", "boxes"), ("farmer", "farmers"), ("cloud", "clouds"), ("horse", "horses")),
)
PREPOSITIONS = ("near", "behind", "under", "with", "above", "beside", "before", "around")
ADJECTIVES = ("old", "small", "red", "quiet", "strange", "tall", "young", "bright")
ADVERBS = ("today", "often", "again", "perhaps", "now", "slowly", "indeed", "there")
WORDS = (
    HIDDEN,
    "the",
    *PREPOSITIONS,
    *ADJECTIVES,
    *ADVERBS,
    *(word for pair in NOUNS for word in pair),
)
SINGULAR, PLURAL = 0, 1


@dataclass(frozen=True)
class Sentence:
    """Words with the verb hidden, and the number of its subject."""

    words: tuple[str, ...]
    number: int


def sentences(count: int, seed: int) -> list[Sentence]:
    """Give this many different sentences, the same ones for a seed.

    >>> " ".join(sentences(1, seed=0)[0].words)
    'slowly beside the bird the dogs around the house [verb] again there'
    """
    found: dict[Sentence, None] = {}
    for sentence in _endless(random.Random(seed)):
        found[sentence] = None
        if len(found) == count:
            break
    return list(found)


def _endless(rng: random.Random) -> Iterator[Sentence]:
    """Draw sentences: a subject, other nouns before or behind it, adverbs to one length.

    The subject is the one noun without a preposition. All numbers are drawn alike, so the noun
    next to the verb says nothing; the first noun is the subject in half of the sentences, and
    going by it is right in three of four.
    """
    while True:
        number = rng.randrange(2)
        before = _aside(rng) if rng.random() < 0.5 else []
        behind = [word for _ in range(rng.choice((1, 1, 2))) for word in _aside(rng)]
        core = [*before, *_named(rng, number), *behind, HIDDEN]
        spare = LENGTH - len(core)
        if spare < 0:
            continue
        first = rng.randint(0, spare)
        yield Sentence((*_adverbs(rng, first), *core, *_adverbs(rng, spare - first)), number)


def _named(rng: random.Random, number: int) -> list[str]:
    adjective = [rng.choice(ADJECTIVES)] if rng.random() < 0.3 else []
    return ["the", *adjective, rng.choice(NOUNS)[number]]


def _aside(rng: random.Random) -> list[str]:
    return [rng.choice(PREPOSITIONS), *_named(rng, rng.randrange(2))]


def _adverbs(rng: random.Random, count: int) -> list[str]:
    return [rng.choice(ADVERBS) for _ in range(count)]
