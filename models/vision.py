"""A small Transformer that reads handwritten digits: sixteen patches in, ten scores out."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

from contranorm.norms import NORMS

SIDE = 8  # pixels along one edge of a digit
PATCH = 2  # pixels along one edge of a patch
TOKENS = (SIDE // PATCH) ** 2
CLASSES = 10


@dataclass(frozen=True)
class VisionConfig:
    """The size of a network; together with a seed it fixes every starting weight."""

    depth: int = 24
    width: int = 64
    heads: int = 4
    expansion: int = 4


@dataclass(frozen=True)
class VisionTrace:
    """What one pass saw: the scores, every layer's tokens, every layer's attention."""

    logits: Float[Tensor, "b 10"]
    hidden: Float[Tensor, "layers_and_input b n d"]
    attention: Float[Tensor, "layers b heads n n"]


def patches(pixels: Float[Tensor, "b 8 8"]) -> Float[Tensor, "b 16 4"]:
    """Cut each digit into its sixteen 2x2 patches, row by row; each patch is one token.

    Args:
        pixels: Grey levels, any scale.

    >>> patches(torch.arange(64.0).reshape(1, 8, 8))[0, 1].tolist()
    [2.0, 3.0, 10.0, 11.0]
    """
    cut = pixels.unfold(1, PATCH, PATCH).unfold(2, PATCH, PATCH)  # (b, 4, 4, 2, 2)
    return cut.reshape(len(pixels), TOKENS, PATCH * PATCH)


class Attention(nn.Module):
    """Multi-head self-attention, written out so that its maps can be shown.

    It starts as PyTorch's own `nn.MultiheadAttention` starts.
    """

    def __init__(self, config: VisionConfig) -> None:
        """Make one projection for query, key and value, and one for the output."""
        super().__init__()
        self.heads = config.heads
        self.query_key_value = nn.Linear(config.width, 3 * config.width)
        self.output = nn.Linear(config.width, config.width)
        nn.init.xavier_uniform_(self.query_key_value.weight)
        nn.init.zeros_(self.query_key_value.bias)
        nn.init.zeros_(self.output.bias)

    def forward(
        self, h: Float[Tensor, "b n d"]
    ) -> tuple[Float[Tensor, "b n d"], Float[Tensor, "b heads n n"]]:
        """Mix the tokens; return the mixture and the maps that mixed them."""
        b, n, d = h.shape
        split = self.query_key_value(h).view(b, n, 3, self.heads, d // self.heads)
        query, key, value = split.permute(2, 0, 3, 1, 4)  # each (b, heads, n, d / heads)
        weights = (query @ key.mT * (d // self.heads) ** -0.5).softmax(dim=-1)
        mixed = (weights @ value).transpose(1, 2).reshape(b, n, d)
        return self.output(mixed), weights


class Block(nn.Module):
    """A post-LayerNorm block: h = LN(h + attention(h)), then h = LN(h + MLP(h))."""

    def __init__(self, config: VisionConfig) -> None:
        """Make the two halves of a block and the LayerNorms that close them."""
        super().__init__()
        hidden = config.expansion * config.width
        self.attention = Attention(config)
        self.attention_norm = nn.LayerNorm(config.width)
        self.widen = nn.Linear(config.width, hidden)
        self.narrow = nn.Linear(hidden, config.width)
        self.mlp_norm = nn.LayerNorm(config.width)
        self.after_norm = nn.LayerNorm(config.width)

    def forward(
        self, h: Float[Tensor, "b n d"], norm: Callable[[Tensor], Tensor] | None = None
    ) -> tuple[Float[Tensor, "b n d"], Float[Tensor, "b heads n n"]]:
        """Run the block; with a norm, end in LN(norm(h))."""
        mixed, weights = self.attention(h)
        h = self.attention_norm(h + mixed)
        h = self.mlp_norm(h + self.narrow(F.gelu(self.widen(h))))
        return (h if norm is None else self.after_norm(norm(h))), weights


class DigitTransformer(nn.Module):
    """A post-LayerNorm vision Transformer whose norm is chosen at each call.

    With a norm, each block ends in LN(norm(h)). With `norm="none"` there is neither: the
    plain post-LayerNorm network. Norms have no weights (only the LayerNorm behind them has),
    so a network can be run with another norm, or strength, than it was trained with.
    """

    def __init__(self, config: VisionConfig) -> None:
        """Make a network with fresh weights, drawn from torch's current seed."""
        super().__init__()
        self.config = config
        self.embed = nn.Linear(PATCH * PATCH, config.width)
        self.position = nn.Parameter(0.02 * torch.randn(TOKENS, config.width))
        self.blocks = nn.ModuleList(Block(config) for _ in range(config.depth))
        self.head = nn.Linear(config.width, CLASSES)

    def forward(
        self,
        pixels: Float[Tensor, "b 8 8"],
        *,
        norm: str = "none",
        scale: float = 1.0,
        temperature: float = 0.2,
        depth: int | None = None,
    ) -> VisionTrace:
        """Read digits and keep every layer.

        Args:
            pixels: Grey levels from 0 to 1.
            norm: A name of `NORMS`, applied after each block and before a LayerNorm.
            scale: Its strength s; with 0 only the LayerNorm of the pair is left.
            temperature: Its temperature tau, for norms that have one.
            depth: Run the first `depth` blocks only; all of them when None.

        Raises:
            ValueError: For an unknown norm or a depth the network does not have.
        """
        count = self._checked(norm, depth)
        spread = partial(NORMS[norm], scale=scale, temperature=temperature)
        h = self.embed(patches(pixels)) + self.position  # (b, 16, d)
        hidden, attention = [h], []
        for block in list(self.blocks)[:count]:
            h, weights = block(h, None if norm == "none" else spread)
            hidden.append(h)
            attention.append(weights)
        logits = self.head(h.mean(dim=1))
        return VisionTrace(logits, torch.stack(hidden), torch.stack(attention))

    def _checked(self, norm: str, depth: int | None) -> int:
        if norm not in NORMS:
            raise ValueError(f"norm must be one of {', '.join(NORMS)}; got {norm!r}")
        if depth is None:
            return self.config.depth
        if not 1 <= depth <= self.config.depth:
            raise ValueError(f"depth must be from 1 to {self.config.depth} blocks; got {depth}")
        return depth
