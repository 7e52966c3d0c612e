"""The answer to one settings value: numbers with names and shapes, and nothing drawn yet."""

from dataclasses import dataclass, field

import numpy as np
from jaxtyping import Float

VERSION = 2  # raise it when a field changes its meaning


@dataclass(frozen=True, eq=False)
class Packet:
    """One picture's numbers; every array is float32 and holds all layers of all branches.

    `coordinates` are the tokens about each layer's mean, projected on one shared orthonormal
    pair of directions, in the unit of the hidden states; `share` is the part of all branches'
    variance about those means that either direction carries;
    `singular_values` are uncentred; `spread` is the root mean square distance of the tokens
    from their mean; `noisy` marks layers whose spread is rounding error.
    """

    branches: tuple[str, ...]
    tokens: tuple[str, ...]
    coordinates: Float[np.ndarray, "layers_and_input branches n 2"]
    singular_values: Float[np.ndarray, "layers_and_input branches k"]
    effective_rank: Float[np.ndarray, "layers_and_input branches"]
    mean_cosine: Float[np.ndarray, "layers_and_input branches"]
    attention_similarity: Float[np.ndarray, "layers branches"]
    spread: Float[np.ndarray, "layers_and_input branches"]
    share: tuple[float, float]
    dropped: int = 0
    answers: tuple[str, ...] = ()
    truth: str = ""
    pixels: tuple[tuple[float, ...], ...] = ()
    version: int = field(default=VERSION)

    @property
    def depth(self) -> int:
        """How many layers were run."""
        return len(self.effective_rank) - 1

    def noisy(self, layer: int, branch: int) -> bool:
        """Whether the cloud at a layer is too small to be told from rounding error."""
        return bool(self.spread[layer, branch] < 1e-5 * max(self.spread.max(), 1e-30))
