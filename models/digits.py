"""Networks that differ in their norm only, trained on real handwritten digits and shipped."""

from collections.abc import Sequence
from functools import lru_cache

import torch
from jaxtyping import Float, Int
from torch import Tensor

from models.cards import DEEPEST, SHIPPED, TWIN_DEPTHS, card, load_twin
from models.handwriting import digits, patches
from models.network import Network, NetworkTrace, Strength

TWINS = ("none", "partial_centering", "contra_norm")  # those the first pages compare


@lru_cache(maxsize=len(SHIPPED) * len(TWIN_DEPTHS))
def _shared_twin(name: str, depth: int) -> Network:
    return load_twin(name, depth=depth)


def digit_trace(
    name: str,
    indices: Sequence[int] | int,
    *,
    scale: float | None = None,
    temperature: float | None = None,
    depth: int | None = None,
    trained_depth: int = DEEPEST,
) -> NetworkTrace:
    """Show test digits to one trained network, each with the norm it was trained with.

    Args:
        name: One of those `SHIPPED`; those without a norm ignore scale and temperature.
        indices: Which test digits, counted from 0.
        scale: Strength s of its norm; what it was trained with when None.
        temperature: Temperature tau of its norm; what it was trained with when None.
        depth: Its first `depth` blocks only; all of them when None.
        trained_depth: Which network: one of the `TWIN_DEPTHS`.

    Raises:
        ValueError: For a digit that does not exist.
    """
    chosen = [indices] if isinstance(indices, int) else list(indices)
    data = digits(card(name, depth=trained_depth).split)
    count = len(data.test_labels)
    outside = [index for index in chosen if not 0 <= index < count]
    if not chosen or outside:
        raise ValueError(f"test digits are numbered from 0 to {count - 1}; got {outside or chosen}")
    with torch.inference_mode():
        return _shared_twin(name, trained_depth).trace(
            patches(data.test_pixels[chosen]), Strength(scale, temperature), depth
        )


def accuracy(
    name: str,
    *,
    scale: float | None = None,
    temperature: float | None = None,
    depth: int | None = None,
    trained_depth: int = DEEPEST,
) -> float:
    """Count, now, the share of the test digits that one trained network reads rightly.

    0.1 is guessing, 1 is perfect. Arguments as in `digit_trace`; with all of them None it is
    the number on the network's card.
    """
    labels = digits(card(name, depth=trained_depth).split).test_labels
    traced = digit_trace(
        name,
        range(len(labels)),
        scale=scale,
        temperature=temperature,
        depth=depth,
        trained_depth=trained_depth,
    )
    return share_right(traced.logits, labels)


def share_right(logits: Float[Tensor, "b classes"], labels: Int[Tensor, "b"]) -> float:
    """Share of rows whose largest score is at the label.

    >>> share_right(torch.tensor([[1.0, 0.0], [1.0, 0.0]]), torch.tensor([0, 1]))
    0.5
    """
    return (logits.argmax(dim=-1) == labels).double().mean().item()
