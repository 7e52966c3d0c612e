"""What a method does to a trainable network, with all of its numbers."""

from dataclasses import dataclass
from typing import Literal

from contranorm.norms import NORMS

Attention = Literal["plain", "attn_scale", "feat_scale"]
Residual = Literal["post", "pre", "rezero", "layer_scale", "deep_norm"]
LossLayers = Literal["none", "last", "all"]


@dataclass(frozen=True)
class Treatment:
    """Where a network differs from the plain post-LayerNorm one; the default is that one.

    `norm` (of `NORMS`, with scale, temperature and form) acts at the end of every block, and
    `then_layer_norm` puts a LayerNorm behind it; alone, that LayerNorm is the control for it.
    That LayerNorm's gain starts at `gain`, its bias at 0, and both are learned unless
    `learned_gain` is false. `learnable` makes the scale a parameter per channel and block.
    `attention` changes what attention gives, `residual` how an update is added and where
    LayerNorm stands.
    `loss_layers` adds `loss_weight` times the mean uniformity loss of these layers.
    """

    norm: str = "none"
    scale: float = 1.0
    temperature: float = 1.0
    form: Literal["residual", "plain"] = "residual"
    learnable: bool = False
    then_layer_norm: bool = False
    gain: float = 1.0
    learned_gain: bool = True
    attention: Attention = "plain"
    residual: Residual = "post"
    residual_start: float | None = None
    loss_layers: LossLayers = "none"
    loss_weight: float = 0.0

    def __post_init__(self) -> None:
        """Refuse an unknown norm.

        Raises:
            ValueError: For a name that is not in `NORMS`.
        """
        if self.norm not in NORMS:
            raise ValueError(f"norm must be one of {', '.join(NORMS)}; got {self.norm!r}")
