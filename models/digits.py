"""Networks that differ in their norm only, trained on real handwritten digits and shipped."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path

import torch
from jaxtyping import Float, Int
from safetensors.torch import load as load_tensors
from torch import Tensor

from models.handwriting import Digits, digits, patches
from models.network import Network, NetworkConfig, NetworkTrace, Strength
from models.treatment import Treatment

__all__ = [
    "Card",
    "CheckpointError",
    "Digits",
    "accuracy",
    "card",
    "digit_trace",
    "digits",
    "load_twin",
]

CHECKPOINTS = Path(__file__).parent / "checkpoints"
SHIPPED = ("none", "layer_norm", "partial_centering", "contra_norm")
TWINS = ("none", "partial_centering", "contra_norm")  # those the first pages compare
TWIN_DEPTHS = (6, 12, 24)
DEEPEST = TWIN_DEPTHS[-1]


@dataclass(frozen=True)
class Measures:
    """How collapsed the last layer is, averaged over the test digits."""

    effective_rank: float
    mean_cosine_similarity: float


@dataclass(frozen=True)
class Card:
    """What is known about one checkpoint: how it was made and what it scored.

    `name` is the method's; with the config's depth it names the files.
    """

    name: str
    title: str
    config: NetworkConfig
    data: str
    split: int
    seed: int
    epochs: int
    command: str
    validation_accuracy: float
    test_accuracy: float
    test_digits: int
    measures: Measures
    precision: str
    torch: str
    sha256: str

    @property
    def treatment(self) -> Treatment:
        """What its method does to the network."""
        return self.config.treatment

    def to_json(self) -> str:
        """Write the card as the text that is stored beside the weights."""
        return json.dumps(asdict(self), indent=2) + "\n"

    @classmethod
    def from_json(cls, text: str) -> "Card":
        """Read a card back."""
        fields = json.loads(text)
        treatment = Treatment(**fields["config"].pop("treatment"))
        fields["config"] = NetworkConfig(**fields["config"], treatment=treatment)
        fields["measures"] = Measures(**fields["measures"])
        return cls(**fields)


class CheckpointError(RuntimeError):
    """A checkpoint is missing or is not the one its card describes."""


def card(name: str, *, depth: int = DEEPEST, folder: Path = CHECKPOINTS) -> Card:
    """Read the card of one of the networks that are `SHIPPED`, at one of the `TWIN_DEPTHS`.

    Raises:
        CheckpointError: If there is no such card.
    """
    path = folder / f"{name}-{depth}.json"
    if not path.is_file():
        raise CheckpointError(
            f"a trained network is one of {', '.join(SHIPPED)} with its card in {folder.name}, "
            f"of depth {', '.join(map(str, TWIN_DEPTHS))}; got {name!r} of depth {depth} "
            "(train them again with: python -m training.twins)"
        )
    return Card.from_json(path.read_text(encoding="utf-8"))


def load_twin(name: str, *, depth: int = DEEPEST, folder: Path = CHECKPOINTS) -> Network:
    """Load a shipped network, after checking that its file is the one on its card.

    Raises:
        CheckpointError: If the file is missing or its sha256 is not the card's.
    """
    described = card(name, depth=depth, folder=folder)
    path = folder / f"{name}-{depth}.safetensors"
    if not path.is_file():
        raise CheckpointError(f"a card needs its weights beside it; {path.name} is missing")
    content = path.read_bytes()
    digest = hashlib.sha256(content).hexdigest()
    if digest != described.sha256:
        raise CheckpointError(
            f"{path.name} must have the sha256 on its card, {described.sha256[:12]}...; "
            f"it has {digest[:12]}... (train it again with: {described.command})"
        )
    network = Network(described.config)
    network.load_state_dict({key: w.float() for key, w in load_tensors(content).items()})
    return network.eval().requires_grad_(False)


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
