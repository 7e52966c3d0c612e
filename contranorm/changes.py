"""Tug-of-war: how much each part of each layer raised or lowered the effective rank."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from contranorm.measures import effective_rank
from contranorm.states import PARTS, State
from contranorm.tracing import Trace


@dataclass(frozen=True)
class Change:
    """One step of a chain: the effective rank before a part acted and after it, per item."""

    layer: int
    point: str
    part: str
    before: Float[Tensor, "b"]
    after: Float[Tensor, "b"]

    @property
    def change(self) -> Float[Tensor, "b"]:
        """What the part added, in directions; negative where it took some away."""
        return self.after - self.before


@dataclass(frozen=True)
class RankChanges:
    """Every step in order, and their sums per layer and part, in directions.

    `by_part[k, i]` is what part `PARTS[i]` did in layer k, all its steps added. Added over
    layers and parts it is the effective rank of the last layer's tokens minus that of the
    first layer's input.
    """

    steps: tuple[Change, ...]
    by_part: Float[Tensor, "layers parts b"]


def rank_changes(seen: Trace, *, centered: bool = False) -> RankChanges:
    """Say how much each part of each layer changed the effective rank of the tokens.

    A layer's tokens pass through a chain of states (`Trace.states`); the change of a step is
    erank(after) − erank(before), and the sum telescopes to erank(last) − erank(first).

    Source: that sum, computed here. How to read it, in directions: positive, the part left the
    tokens in more directions than it found; negative, in fewer. "residual" adds the stream to
    what a half made, so its change is measured from that half's output alone, often far below.
    A part's change depends on what came before it: it is no share of the blame. Pads are left
    out; an item without a real token has rank 0.

    Args:
        seen: From `trace(..., states=True)`.
        centered: As for `effective_rank`.

    Raises:
        ValueError: For a trace without states.
    """
    if seen.states is None:
        raise ValueError("rank changes need a trace with its states: trace(..., states=True)")
    steps = []
    for layer, chain in enumerate(seen.states):
        ranks = [_ranks(state, seen.mask, centered=centered) for state in chain]
        steps += [
            Change(layer, state.point, state.part, before, after)
            for state, before, after in zip(chain[1:], ranks[:-1], ranks[1:], strict=True)
        ]
    return RankChanges(tuple(steps), _sums(steps, depth=len(seen.states)))


def _ranks(state: State, mask: Bool[Tensor, "b n"] | None, *, centered: bool) -> Float[Tensor, "b"]:
    """Measure each item's real tokens, kept in float64 so that the sums telescope."""
    if mask is None or bool(mask.all()):
        return effective_rank(state.h, centered=centered).double()
    items = [h[real] if bool(real.any()) else 0 * h for h, real in zip(state.h, mask, strict=True)]
    return torch.stack([effective_rank(item, centered=centered).double() for item in items])


def _sums(steps: Sequence[Change], *, depth: int) -> Float[Tensor, "layers parts b"]:
    sums = steps[0].change.new_zeros(depth, len(PARTS), *steps[0].change.shape)
    for step in steps:
        sums[step.layer, PARTS.index(step.part)] += step.change
    return sums
