"""The lab encoder: a Transformer with random, untrained weights, readable in one sitting."""

import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Literal

import torch
import torch.nn.functional as F
from cachetools import LRUCache
from jaxtyping import Float
from torch import Tensor

from contranorm.norms import NORMS
from contranorm.placements import Placement
from models.branch import Branch

Step = Callable[[Tensor], Tensor]
Site = Callable[[Placement, Tensor], Tensor]


@dataclass(frozen=True)
class EncoderConfig:
    """Everything that fixes the weights and the shape of a block.

    `gain` multiplies the weights' variance, gain / fan-in; `attention_temperature` divides the
    attention logits; `layer_norm` is where LayerNorm stands in a block.
    """

    depth: int = 24
    width: int = 128
    heads: int = 4
    seed: int = 0
    gain: float = 1.0
    residual: bool = True
    mlp: bool = True
    layer_norm: Literal["post", "pre", "none"] = "post"
    attention_temperature: float = 1.0


@dataclass(frozen=True)
class EncoderTrace:
    """Every layer of every branch."""

    hidden: Float[Tensor, "layers_and_input branches n d"]
    attention: Float[Tensor, "layers branches heads n n"]


Weights = tuple[Tensor, ...]


def _bytes(weights: Weights) -> int:
    return sum(weight.nbytes for weight in weights)


_kept: LRUCache[tuple[float, ...], Weights] = LRUCache(64_000_000, getsizeof=_bytes)
_keeping = threading.Lock()


def keep_weights(most: int) -> None:
    """Forget the layers drawn so far, and keep at most this many bytes of those to come."""
    global _kept
    with _keeping:
        _kept = LRUCache(most, getsizeof=_bytes)


def kept_weights() -> int:
    """Return how many bytes of drawn layers are kept."""
    return int(_kept.currsize)


def _layer(seed: int, gain: float, width: int, index: int) -> Weights:
    key = (seed, gain, width, index)
    with _keeping:
        found = _kept.get(key)
    if found is None:
        found = _drawn(seed, gain, width, index)
        with _keeping, suppress(ValueError):  # a layer alone may be heavier than all to be kept
            _kept[key] = found
    return found


def _drawn(seed: int, gain: float, width: int, index: int) -> Weights:
    generator = torch.Generator().manual_seed(1_000_003 * seed + index)
    shapes = [(width, width)] * 4 + [(width, 4 * width), (4 * width, width)]
    query, key, value, *others = (
        torch.randn(fan_in, fan_out, generator=generator) * (gain / fan_in) ** 0.5
        for fan_in, fan_out in shapes
    )
    return torch.cat([query, key, value], dim=1), *others


@torch.inference_mode()
def encode(
    h: Float[Tensor, "n d"],
    *,
    config: EncoderConfig,
    branches: Sequence[Branch],
    placement: Placement = Placement.AFTER_OUTPUT_LAYER_NORM,
) -> EncoderTrace:
    """Run the same tokens through the encoder once per branch, as one batch.

    In every block the branch's norm acts at the placement; the branch `"none"` has none. At the
    block's end, where nothing else would follow the norm, a LayerNorm without parameters does.
    An encoder without MLP has no feed-forward half to act in, and one with its LayerNorms after
    the residuals has none before its halves; the norm of such a placement then never acts.

    Weights are drawn layer by layer, so a shallower encoder is the beginning of a deeper one.

    Args:
        h: The tokens.
        config: Shape and weights; `config.width` must be d.
        branches: One norm each.
        placement: Where in each block the norms act.

    Raises:
        ValueError: If the width is not d, or the heads do not divide it.
    """
    if h.shape[-1] != config.width or config.width % config.heads:
        raise ValueError(
            f"the encoder's width must be the tokens' and a multiple of the heads; got width "
            f"{config.width}, tokens of {h.shape[-1]} features, {config.heads} heads"
        )

    def at(place: Placement, x: Tensor) -> Tensor:
        if place is not placement:
            return x
        last = place is Placement.AFTER_OUTPUT_LAYER_NORM
        items = zip(x, branches, strict=True)
        return torch.stack([_normed(item, branch, then_layer_norm=last) for item, branch in items])

    x = h.expand(len(branches), *h.shape)  # (branches, n, d)
    hidden, maps = [x], []
    for index in range(config.depth):
        x, attention = _block(x, config, index, at)
        hidden.append(x)
        maps.append(attention)
    return EncoderTrace(torch.stack(hidden), torch.stack(maps))


def _normed(
    h: Float[Tensor, "n d"], branch: Branch, *, then_layer_norm: bool
) -> Float[Tensor, "n d"]:
    if branch.norm == "none":
        return h
    settings: dict[str, Any] = dict(branch.settings)
    kept = NORMS[branch.norm](h, scale=branch.scale, temperature=branch.temperature, **settings)
    return F.layer_norm(kept, kept.shape[-1:]) if then_layer_norm else kept


def _block(x: Tensor, config: EncoderConfig, index: int, at: Site) -> tuple[Tensor, Tensor]:
    reading, writing, up, down = _layer(config.seed, config.gain, config.width, index)
    before, after = _layer_norms(config)
    x = at(Placement.ATTENTION_INPUT, x)
    read = x if config.layer_norm == "post" else at(Placement.BEFORE_ATTENTION_LAYER_NORM, x)
    context, attention = _attention(before(read), reading, config)
    context = at(Placement.ATTENTION_CONTEXT, context)
    update = at(Placement.AFTER_ATTENTION_DENSE, _times(context, writing))
    x = at(Placement.AFTER_ATTENTION_RESIDUAL, x + update if config.residual else update)
    x = at(Placement.AFTER_ATTENTION_LAYER_NORM, after(x))
    if config.mlp:
        x = _feed_forward(x, up, down, config, at)
    x = at(Placement.AFTER_FEED_FORWARD_RESIDUAL, x)
    if config.mlp:
        x = after(x)
    return at(Placement.AFTER_OUTPUT_LAYER_NORM, x), attention


def _feed_forward(
    x: Tensor, up: Tensor, down: Tensor, config: EncoderConfig, at: Site
) -> Float[Tensor, "b n d"]:
    before, _ = _layer_norms(config)
    read = x if config.layer_norm == "post" else at(Placement.BEFORE_FEED_FORWARD_LAYER_NORM, x)
    update = at(Placement.FEED_FORWARD_OUTPUT, _times(F.gelu(_times(before(read), up)), down))
    return x + update if config.residual else update


def _layer_norms(config: EncoderConfig) -> tuple[Step, Step]:
    def norm(x: Tensor) -> Tensor:
        return F.layer_norm(x, x.shape[-1:])

    def nothing(x: Tensor) -> Tensor:
        return x

    place = config.layer_norm
    return (norm if place == "pre" else nothing), (norm if place == "post" else nothing)


def _times(x: Float[Tensor, "b n d"], weight: Float[Tensor, "d k"]) -> Float[Tensor, "b n k"]:
    """Multiply each branch by itself: `x @ weight` rounds differently with what else is in x."""
    return torch.bmm(x, weight.expand(len(x), -1, -1))


def _attention(
    x: Tensor, reading: Float[Tensor, "d 3*d"], config: EncoderConfig
) -> tuple[Float[Tensor, "b n d"], Float[Tensor, "b heads n n"]]:
    read = _times(x, reading).unflatten(-1, (3, config.heads, -1))  # (b, n, 3, heads, d / heads)
    query, key, value = read.permute(2, 0, 3, 1, 4).contiguous()
    logits = query @ key.mT / (query.shape[-1] ** 0.5 * config.attention_temperature)
    attention = logits.softmax(dim=-1)
    return (attention @ value).transpose(1, 2).flatten(2), attention
