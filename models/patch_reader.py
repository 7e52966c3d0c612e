"""The shipped digits networks, to be read like the pretrained models: patches are their tokens."""

import re
from dataclasses import dataclass
from functools import cache

from jaxtyping import Float, Int
from torch import Tensor, nn

from contranorm.families import Family
from models.cards import card, load_twin
from models.handwriting import PATCHES, digits, patches
from models.loading import Pretrained
from models.network import Network
from models.word_pieces import Pieces

FAMILY = Family(
    "lab",
    block="post",
    layers="network.blocks",
    attention="attention",
    context="attention.output",
    attention_output="attention.output",
    first_norm="attention_join.norm",
    feed_forward_output="narrow",
    second_norm="mlp_join.norm",
)
NUMBER = re.compile(r"[0-9]{1,9}")


@dataclass(frozen=True)
class PatchConfig:
    """What is asked of a pretrained model's configuration, for a network of the lab."""

    num_hidden_layers: int
    num_attention_heads: int
    vocab_size: int
    family: Family = FAMILY
    model_type: str = FAMILY.name
    max_position_embeddings: int = len(PATCHES)


class PatchReader(nn.Module):
    """A trained network that is called with the numbers of patches instead of the patches.

    Patch p of test digit k has the number 16 k + p.
    """

    def __init__(self, network: Network, known: Float[Tensor, "m n 4"]) -> None:
        """Keep the network, and every test digit's patches to look them up in."""
        super().__init__()
        self.network = network
        self.config = PatchConfig(
            network.config.depth, network.config.heads, known.shape[0] * known.shape[1]
        )
        self.patches = known.flatten(0, 1)

    @property
    def treated(self) -> bool:
        """Whether anything follows the second half of a block, which no part of a family names."""
        return self.network.config.treatment.then_layer_norm

    def forward(
        self, input_ids: Int[Tensor, "b n"], attention_mask: Int[Tensor, "b n"] | None = None
    ) -> Float[Tensor, "b n d"]:
        """Give the tokens of the last layer; whole digits are never padded.

        Raises:
            ValueError: If patches are to be left out.
        """
        if attention_mask is not None and not bool(attention_mask.all()):
            raise ValueError("every digit has all its patches; got some that are left out")
        last: Float[Tensor, "b n d"] = self.network(self.patches[input_ids]).hidden[-1]
        return last


@cache  # there are twelve
def digits_reader(method: str, depth: int) -> Pretrained:
    """Get a shipped network ready to be traced as a pretrained model is.

    Raises:
        CheckpointError: If it is not one of the shipped ones, or its file is not its card's.
    """
    known = patches(digits(card(method, depth=depth).split).test_pixels)
    reader = PatchReader(load_twin(method, depth=depth), known).eval().requires_grad_(False)
    return Pretrained(
        reader,
        tokenizer=None,
        source=f"models/checkpoints/digits/{method}-{depth}.safetensors",
        verified=True,
        cut=lambda text: cut(text, len(known)),
    )


def cut(text: str, count: int) -> Pieces:
    """Give the patches of the digit whose number is the first in a text; digit 0 without one.

    Numbers go round: after the last of the `count` test digits comes the first.

    >>> cut("number 2 of them", 360).ids[:3]
    (32, 33, 34)
    """
    found = NUMBER.search(text)
    first = int(found.group()) % count * len(PATCHES) if found else 0
    places = range(len(PATCHES))
    return Pieces(
        ids=tuple(first + place for place in places),
        names=PATCHES,
        words=PATCHES,
        word_of=tuple(places),
        special=(False,) * len(PATCHES),
        dropped=0,
    )
