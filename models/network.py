"""The trainable network: patches or words in, scores out, every method of `METHODS` in it."""

from dataclasses import dataclass, field
from functools import partial
from typing import NamedTuple

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int
from torch import Tensor, nn

from contranorm.attn_scale import attn_scale
from contranorm.feat_scale import feat_scale
from contranorm.norms import NORMS
from contranorm.residuals import (
    deep_norm,
    deep_norm_constants,
    layer_scale_start,
    scaled_residual,
)
from models.treatment import Residual, Treatment

Inputs = Float[Tensor, "b n features"] | Int[Tensor, "b n"]


@dataclass(frozen=True)
class NetworkConfig:
    """The shape of a network; together with a seed it fixes every starting weight.

    `features` is the size of a patch, or how many words there are if `words`. Scores are for
    the whole input, from the mean of its tokens, or for `each` token.
    """

    tokens: int = 16
    features: int = 4
    classes: int = 10
    words: bool = False
    each: bool = False
    depth: int = 24
    width: int = 64
    heads: int = 4
    expansion: int = 4
    treatment: Treatment = field(default_factory=Treatment)


class Pass(NamedTuple):
    """What a training step needs: the scores, and the tokens before and after every block."""

    logits: Float[Tensor, "b *n classes"]
    hidden: list[Float[Tensor, "b n d"]]


@dataclass(frozen=True)
class NetworkTrace:
    """What one pass saw: the scores, every layer's tokens, every layer's attention."""

    logits: Float[Tensor, "b *n classes"]
    hidden: Float[Tensor, "layers_and_input b n d"]
    attention: Float[Tensor, "layers b heads n n"]


class Strength(NamedTuple):
    """The scale and temperature a norm is run with; None is what it was trained with."""

    scale: float | None = None
    temperature: float | None = None


AS_TRAINED = Strength()


class Attention(nn.Module):
    """Multi-head self-attention, written out so that its maps can be shown.

    It starts as PyTorch's own `nn.MultiheadAttention` starts. AttnScale's ω (one a head) and
    FeatScale's s and t (one a channel) start at 0.
    """

    def __init__(self, config: NetworkConfig) -> None:
        """Make one projection for query, key and value, and one for the output."""
        super().__init__()
        self.heads, self.kind = config.heads, config.treatment.attention
        self.query_key_value = nn.Linear(config.width, 3 * config.width)
        self.output = nn.Linear(config.width, config.width)
        nn.init.xavier_uniform_(self.query_key_value.weight)
        nn.init.zeros_(self.query_key_value.bias)
        nn.init.zeros_(self.output.bias)
        if self.kind == "attn_scale":
            self.head_scale = nn.Parameter(torch.zeros(config.heads, 1, 1))
        if self.kind == "feat_scale":
            self.mean_scale = nn.Parameter(torch.zeros(config.width))
            self.rest_scale = nn.Parameter(torch.zeros(config.width))

    def forward(
        self, h: Float[Tensor, "b n d"]
    ) -> tuple[Float[Tensor, "b n d"], Float[Tensor, "b heads n n"]]:
        """Mix the tokens; return the mixture and the maps that mixed them."""
        b, n, d = h.shape
        split = self.query_key_value(h).view(b, n, 3, self.heads, d // self.heads)
        query, key, value = split.permute(2, 0, 3, 1, 4)  # each (b, heads, n, d / heads)
        weights = (query @ key.mT * (d // self.heads) ** -0.5).softmax(dim=-1)
        if self.kind == "attn_scale":
            weights = attn_scale(weights, scale=self.head_scale)
        mixed = self.output((weights @ value).transpose(1, 2).reshape(b, n, d))
        if self.kind == "feat_scale":
            mixed = feat_scale(mixed, mean_scale=self.mean_scale, rest_scale=self.rest_scale)
        return mixed, weights


class Join(nn.Module):
    """How one half of a block meets its input: a LayerNorm before, or after, or none.

    `before` is what the half reads, `forward` adds what it made of it.
    """

    def __init__(self, config: NetworkConfig) -> None:
        """Make the LayerNorm and the factor that the kind of residual has."""
        super().__init__()
        self.kind: Residual = config.treatment.residual
        self.norm = nn.Identity() if self.kind == "rezero" else nn.LayerNorm(config.width)
        if self.kind == "layer_scale":
            start = config.treatment.residual_start or layer_scale_start(config.depth)
            self.factor = nn.Parameter(torch.full((config.width,), start))
        self.enlarged = deep_norm_constants(config.depth).residual

    def before(self, h: Float[Tensor, "b n d"]) -> Float[Tensor, "b n d"]:
        """Give what the half of the block reads."""
        return self.norm(h) if self.kind in ("pre", "layer_scale") else h

    def forward(
        self, h: Float[Tensor, "b n d"], update: Float[Tensor, "b n d"], shared: Tensor
    ) -> Float[Tensor, "b n d"]:
        """Add the update; `shared` is ReZero's one number for both halves."""
        if self.kind == "post":
            return self.norm(h + update)
        if isinstance(self.norm, nn.LayerNorm) and self.kind == "deep_norm":
            normed = deep_norm(h, update, residual=self.enlarged)
            return normed * self.norm.weight + self.norm.bias
        if self.kind == "pre":
            return h + update
        factor = shared if self.kind == "rezero" else self.factor
        return scaled_residual(h, update, scale=factor)


class Block(nn.Module):
    """Attention and MLP, each joined to its input; then the norm and its LayerNorm."""

    def __init__(self, config: NetworkConfig) -> None:
        """Make the two halves of a block, and what stands at its end."""
        super().__init__()
        hidden = config.expansion * config.width
        self.treatment = config.treatment
        self.attention = Attention(config)
        self.attention_join = Join(config)
        self.widen = nn.Linear(config.width, hidden)
        self.narrow = nn.Linear(hidden, config.width)
        self.mlp_join = Join(config)
        follows = config.treatment.then_layer_norm
        self.after_norm = nn.LayerNorm(config.width) if follows else nn.Identity()
        if isinstance(self.after_norm, nn.LayerNorm):
            nn.init.constant_(self.after_norm.weight, config.treatment.gain)
            self.after_norm.requires_grad_(config.treatment.learned_gain)
        if config.treatment.learnable:
            self.scale = nn.Parameter(torch.full((config.width,), config.treatment.scale))
        # A parameter only where it is learned, so that others have none without a gradient.
        zero = torch.zeros(())
        self.shared = nn.Parameter(zero) if config.treatment.residual == "rezero" else zero

    def forward(
        self, h: Float[Tensor, "b n d"], strength: Strength = AS_TRAINED
    ) -> tuple[Float[Tensor, "b n d"], Float[Tensor, "b heads n n"]]:
        """Run the block; return the tokens and the attention maps."""
        mixed, weights = self.attention(self.attention_join.before(h))
        h = self.attention_join(h, mixed, self.shared)
        read = self.mlp_join.before(h)
        h = self.mlp_join(h, self.narrow(F.gelu(self.widen(read))), self.shared)
        return self.after_norm(self._normed(h, strength)), weights

    def _normed(self, h: Tensor, strength: Strength) -> Tensor:
        treatment = self.treatment
        if treatment.norm == "none":
            return h
        trained = self.scale if treatment.learnable else treatment.scale
        norm = NORMS[treatment.norm]
        apply = partial(norm, form=treatment.form) if "form" in norm.settings else norm
        return apply(
            h,
            scale=trained if strength.scale is None else strength.scale,
            temperature=(
                treatment.temperature if strength.temperature is None else strength.temperature
            ),
        )


class Network(nn.Module):
    """A Transformer encoder whose treatment is fixed when it is made.

    Norms have no weights of their own (only the LayerNorm behind them has), so a network can be
    run with another strength than it was trained with.
    """

    def __init__(self, config: NetworkConfig) -> None:
        """Make a network with fresh weights, drawn from torch's current seed."""
        super().__init__()
        self.config = config
        embedding = nn.Embedding if config.words else nn.Linear
        self.embed = embedding(config.features, config.width)
        self.position = nn.Parameter(0.02 * torch.randn(config.tokens, config.width))
        self.blocks = nn.ModuleList(Block(config) for _ in range(config.depth))
        before_head = config.treatment.residual in ("pre", "layer_scale")
        self.final_norm = nn.LayerNorm(config.width) if before_head else nn.Identity()
        self.head = nn.Linear(config.width, config.classes)
        if config.treatment.residual == "deep_norm":
            self._start_small()

    def forward(
        self, inputs: Inputs, strength: Strength = AS_TRAINED, depth: int | None = None
    ) -> Pass:
        """Give scores, and the tokens before and after every block.

        Args:
            inputs: Patches `(b, n, features)`, or words as numbers `(b, n)`; n at most the
                `tokens` of the config.
            strength: Another scale or temperature for the norm.
            depth: Run the first `depth` blocks only; all of them when None.

        Raises:
            ValueError: For a depth the network does not have.
        """
        logits, hidden, _ = self._run(inputs, strength, depth)
        return Pass(logits, hidden)

    def trace(
        self, inputs: Inputs, strength: Strength = AS_TRAINED, depth: int | None = None
    ) -> NetworkTrace:
        """Give scores, tokens and attention maps of every layer; arguments as for a pass."""
        logits, hidden, attention = self._run(inputs, strength, depth)
        return NetworkTrace(logits, torch.stack(hidden), torch.stack(attention))

    def _run(
        self, inputs: Tensor, strength: Strength, depth: int | None
    ) -> tuple[Tensor, list[Tensor], list[Tensor]]:
        if depth is not None and not 1 <= depth <= self.config.depth:
            raise ValueError(f"depth must be from 1 to {self.config.depth} blocks; got {depth}")
        h = self.embed(inputs) + self.position[: inputs.shape[1]]  # (b, n, d)
        hidden, attention = [h], []
        for block in list(self.blocks)[:depth]:
            h, weights = block(h, strength)
            hidden.append(h)
            attention.append(weights)
        h = self.final_norm(h)
        return self.head(h if self.config.each else h.mean(dim=1)), hidden, attention

    def _start_small(self) -> None:
        """Start as DeepNorm asks: Xavier, with β on all but queries, keys and the head."""
        width, start = self.config.width, deep_norm_constants(self.config.depth).start
        for block in self.blocks:
            assert isinstance(block, Block)  # for the type checker; the list holds nothing else
            attention = block.attention
            query_key, value = attention.query_key_value.weight.split((2 * width, width))
            for weight in query_key.split(width):
                nn.init.xavier_normal_(weight)
            for weight in (value, attention.output.weight, block.widen.weight, block.narrow.weight):
                nn.init.xavier_normal_(weight, gain=start)
