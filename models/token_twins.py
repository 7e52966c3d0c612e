"""Token twins: which words of a text become hardest to tell apart, where, and in which branch.

    token_twins(runs, index=0, threshold=0.9) -> TokenTwins     from `text_trace`'s answer
    hardest(twins, branch=0, layer=-1, count=10) -> (TokenPair, ...)
    kept_apart(twins, branch=1, against=0) -> (TokenPair, ...)

A word's vector is the mean of its pieces' hidden states; special pieces, and pieces that show
nothing, belong to no word and are left out. Two places where one word stands are two words.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor

from contranorm.functional import unit_vectors
from models.reading import TextTrace

NEVER = -1  # in place of a layer


@dataclass(frozen=True, eq=False)
class TokenTwins:
    """How alike each two words are.

    `rank` 1 is the most alike pair of a layer (pairs that are level share the better rank);
    `first_layer` is the first layer, the input being 0, at which a pair's cosine reaches the
    threshold, or -1.
    """

    words: tuple[str, ...]
    pairs: Int[Tensor, "pairs 2"]
    cosine: Float[Tensor, "branches layers_and_input pairs"]
    rank: Int[Tensor, "branches layers_and_input pairs"]
    first_layer: Int[Tensor, "branches pairs"]
    threshold: float


@dataclass(frozen=True)
class TokenPair:
    """One pair at one layer; the tuples have an entry for each branch.

    `first_layer` has None where the pair never reaches the threshold. `repeated` says that both
    are one word, written alike but for its case: they start with the same vector but for
    their place, and are twins by spelling.
    """

    first: str
    second: str
    places: tuple[int, int]
    repeated: bool
    layer: int
    cosine: tuple[float, ...]
    rank: tuple[int, ...]
    first_layer: tuple[int | None, ...]


def word_vectors(run: TextTrace, index: int = 0) -> Float[Tensor, "layers_and_input words d"]:
    """Average the pieces of each word of one text, at every layer."""
    pieces = run.texts[index]
    member = torch.zeros(len(pieces.words), run.hidden.shape[2])  # (words, n)
    for place, word in enumerate(pieces.word_of):
        if word >= 0:
            member[word, place] = 1
    member = member / member.sum(-1, keepdim=True).clamp_min(1)
    return member @ run.hidden[:, index]


def token_twins(runs: Sequence[TextTrace], *, index: int = 0, threshold: float = 0.9) -> TokenTwins:
    """Compare every two words of one text, at every layer of every branch.

    Args:
        runs: What `text_trace` gave: one for each branch.
        index: Which text.
        threshold: The cosine from which on two words count as twins; 1 is one direction.

    Raises:
        ValueError: For a threshold that no cosine can reach or fall under.
    """
    if not -1.0 < threshold <= 1.0:
        raise ValueError(f"a threshold is a cosine above -1 and up to 1; got {threshold}")
    unit = unit_vectors(torch.stack([word_vectors(run, index) for run in runs]))
    words = runs[0].texts[index].words
    pairs = torch.combinations(torch.arange(len(words)), 2).reshape(-1, 2)
    cosine = (unit @ unit.mT)[..., pairs[:, 0], pairs[:, 1]].clamp(-1, 1)
    ordered = cosine.sort(dim=-1).values.contiguous()
    higher = cosine.shape[-1] - torch.searchsorted(ordered, cosine.contiguous(), right=True)
    reached = cosine >= threshold  # (branches, layers_and_input, pairs)
    first = reached.int().argmax(dim=1)
    first_layer = torch.where(reached.any(dim=1), first, NEVER)
    return TokenTwins(words, pairs, cosine, higher + 1, first_layer, threshold)


def hardest(
    twins: TokenTwins, *, branch: int = 0, layer: int = -1, count: int = 10, repeated: bool = True
) -> tuple[TokenPair, ...]:
    """Give the pairs that are hardest to tell apart at one layer of one branch, hardest first.

    Args:
        twins: From `token_twins`.
        branch: Whose order decides.
        layer: Counted from the input, 0; -1 is the last.
        count: How many at most.
        repeated: Whether a word that stands at two places counts as a pair.
    """
    order = twins.cosine[branch, layer].argsort(descending=True, stable=True)
    rows = (token_pair(twins, int(number), layer=layer) for number in order)
    wanted = (row for row in rows if repeated or not row.repeated)
    return tuple(row for row, _ in zip(wanted, range(count), strict=False))


def kept_apart(
    twins: TokenTwins, *, branch: int = 1, against: int = 0, layer: int = -1
) -> tuple[TokenPair, ...]:
    """Give the pairs that become twins in one branch and never in the other, hardest first.

    Args:
        twins: From `token_twins`.
        branch: Where they stay under the threshold at every layer.
        against: Where they reach it.
        layer: The layer whose cosines are shown, and order them.
    """
    saved = (twins.first_layer[against] >= 0) & (twins.first_layer[branch] == NEVER)
    numbers = saved.nonzero().flatten()
    order = twins.cosine[against, layer, numbers].argsort(descending=True, stable=True)
    return tuple(token_pair(twins, int(number), layer=layer) for number in numbers[order])


def token_pair(twins: TokenTwins, number: int, *, layer: int = -1) -> TokenPair:
    """Read one pair off the table."""
    first, second = (int(place) for place in twins.pairs[number])
    names = twins.words[first], twins.words[second]
    reached = [int(at) for at in twins.first_layer[:, number]]
    return TokenPair(
        *names,
        places=(first, second),
        repeated=names[0].casefold() == names[1].casefold(),
        layer=range(twins.cosine.shape[1])[layer],
        cosine=tuple(twins.cosine[:, layer, number].tolist()),
        rank=tuple(twins.rank[:, layer, number].tolist()),
        first_layer=tuple(None if at == NEVER else at for at in reached),
    )
