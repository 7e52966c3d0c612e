"""The answer of the page of real models: the main page's numbers, and matrices beside them."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from ui.packet import Packet


@dataclass(frozen=True, eq=False)
class RealPacket:
    """One sentence through a real model, without a norm, with ContraNorm and with a rival.

    `attention` is one head's, of each layer; `cosine` is between the hidden states of every
    two tokens. `embeddings` are the sentence's, the mean of its tokens after the last layer.
    """

    packet: Packet
    attention: Float[np.ndarray, "layers branches n n"]
    cosine: Float[np.ndarray, "layers_and_input branches n n"]
    embeddings: Float[np.ndarray, "branches d"]
    head: int
    heads: int

    @property
    def kept(self) -> tuple[float, ...]:
        """The cosine of each branch's sentence embedding with that of the unmodified model."""
        unit = self.embeddings / np.linalg.norm(self.embeddings, axis=-1, keepdims=True)
        return tuple(float(cosine) for cosine in unit @ unit[0])

    def closest(self, layer: int, branch: int) -> tuple[int, int, float]:
        """Return the two different tokens whose hidden states are most alike, and their cosine."""
        cosine = self.cosine[layer, branch] - 4 * np.tri(len(self.packet.tokens))
        first, second = np.unravel_index(cosine.argmax(), cosine.shape)
        return int(first), int(second), float(cosine[first, second])
