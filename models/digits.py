"""Three networks that differ in their norm only, trained on real handwritten digits."""

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

from models.vision import DigitTransformer, VisionConfig, VisionTrace

CHECKPOINTS = Path(__file__).parent / "checkpoints"
TEST_SHARE = 0.2
SPLIT_SEED = 0
BRIGHTEST = 16.0  # scikit-learn's digits run from 0 to 16


@dataclass(frozen=True)
class Digits:
    """Handwritten digits, 8x8 grey levels from 0 to 1, in a fixed split.

    Source: the test part of "Optical Recognition of Handwritten Digits" (Alpaydin and Kaynak,
    1998, UCI), as it comes with scikit-learn.
    """

    train_pixels: Float[Tensor, "train 8 8"]
    train_labels: Int[Tensor, "train"]
    test_pixels: Float[Tensor, "test 8 8"]
    test_labels: Int[Tensor, "test"]


@dataclass(frozen=True)
class Measures:
    """How collapsed the last layer is, averaged over the test digits."""

    effective_rank: float
    mean_cosine_similarity: float


@dataclass(frozen=True)
class Card:
    """What is known about one checkpoint: how it was made and what it scored."""

    name: str
    title: str
    norm: str
    scale: float
    temperature: float
    config: VisionConfig
    seed: int
    epochs: int
    command: str
    test_accuracy: float
    test_digits: int
    measures: Measures
    torch: str
    sha256: str

    def to_json(self) -> str:
        """Write the card as the text that is stored beside the weights."""
        return json.dumps(asdict(self), indent=2) + "\n"

    @classmethod
    def from_json(cls, text: str) -> "Card":
        """Read a card back."""
        fields = json.loads(text)
        fields["config"] = VisionConfig(**fields["config"])
        fields["measures"] = Measures(**fields["measures"])
        return cls(**fields)


class CheckpointError(RuntimeError):
    """A checkpoint is missing or is not the one its card describes."""


TWINS = ("none", "partial_centering", "contra_norm")


@lru_cache(maxsize=1)
def digits() -> Digits:
    """Load the digits: 1437 to train on and 360 to test on, the same ones every time.

    >>> len(digits().test_labels)
    360
    """
    from sklearn.datasets import load_digits  # slow to import, and only needed here
    from sklearn.model_selection import train_test_split

    images, labels = load_digits(return_X_y=True)
    split = train_test_split(
        images, labels, test_size=TEST_SHARE, random_state=SPLIT_SEED, stratify=labels
    )
    train_images, test_images, train_labels, test_labels = split
    return Digits(
        train_pixels=torch.tensor(train_images, dtype=torch.float32).view(-1, 8, 8) / BRIGHTEST,
        train_labels=torch.tensor(train_labels, dtype=torch.int64),
        test_pixels=torch.tensor(test_images, dtype=torch.float32).view(-1, 8, 8) / BRIGHTEST,
        test_labels=torch.tensor(test_labels, dtype=torch.int64),
    )


def card(name: str, *, folder: Path = CHECKPOINTS) -> Card:
    """Read the card of one of the `TWINS`.

    Raises:
        CheckpointError: If there is no such card.
    """
    path = folder / f"{name}.json"
    if not path.is_file():
        raise CheckpointError(
            f"a trained network is one of {', '.join(TWINS)} with its card in {folder.name}; "
            f"got {name!r} (train them again with: python -m training.twins)"
        )
    return Card.from_json(path.read_text(encoding="utf-8"))


def load_twin(name: str, *, folder: Path = CHECKPOINTS) -> DigitTransformer:
    """Load one of the `TWINS`, after checking that its file is the one on its card.

    Raises:
        CheckpointError: If the file is missing or its sha256 is not the card's.
    """
    described = card(name, folder=folder)
    path = folder / f"{name}.safetensors"
    if not path.is_file():
        raise CheckpointError(f"a card needs its weights beside it; {path.name} is missing")
    content = path.read_bytes()
    digest = hashlib.sha256(content).hexdigest()
    if digest != described.sha256:
        raise CheckpointError(
            f"{path.name} must have the sha256 on its card, {described.sha256[:12]}...; "
            f"it has {digest[:12]}... (train it again with: {described.command})"
        )
    network = DigitTransformer(described.config)
    network.load_state_dict({key: w.float() for key, w in load_tensors(content).items()})
    return network.eval().requires_grad_(False)


@lru_cache(maxsize=len(TWINS))
def _shared_twin(name: str) -> DigitTransformer:
    return load_twin(name)


def digit_trace(
    name: str,
    indices: Sequence[int] | int,
    *,
    scale: float | None = None,
    temperature: float | None = None,
    depth: int | None = None,
) -> VisionTrace:
    """Show test digits to one trained network, each with the norm it was trained with.

    Args:
        name: One of the `TWINS`; `"none"` ignores scale and temperature.
        indices: Which test digits, counted from 0.
        scale: Strength s of its norm; what it was trained with when None.
        temperature: Temperature tau of its norm; what it was trained with when None.
        depth: Its first `depth` blocks only; all of them when None.

    Raises:
        ValueError: For a digit that does not exist.
    """
    chosen = [indices] if isinstance(indices, int) else list(indices)
    count = len(digits().test_labels)
    outside = [index for index in chosen if not 0 <= index < count]
    if not chosen or outside:
        raise ValueError(f"test digits are numbered from 0 to {count - 1}; got {outside or chosen}")
    described, network = card(name), _shared_twin(name)
    with torch.inference_mode():
        return network(
            digits().test_pixels[chosen],
            norm=described.norm,
            scale=described.scale if scale is None else scale,
            temperature=described.temperature if temperature is None else temperature,
            depth=depth,
        )


def accuracy(
    name: str,
    *,
    scale: float | None = None,
    temperature: float | None = None,
    depth: int | None = None,
) -> float:
    """Count, now, the share of the test digits that one trained network reads rightly.

    0.1 is guessing, 1 is perfect. Arguments as in `digit_trace`; with all of them None it is
    the number on the network's card.
    """
    labels = digits().test_labels
    traced = digit_trace(
        name, range(len(labels)), scale=scale, temperature=temperature, depth=depth
    )
    return share_right(traced.logits, labels)


def share_right(logits: Float[Tensor, "b classes"], labels: Int[Tensor, "b"]) -> float:
    """Share of rows whose largest score is at the label.

    >>> share_right(torch.tensor([[1.0, 0.0], [1.0, 0.0]]), torch.tensor([0, 1]))
    0.5
    """
    return (logits.argmax(dim=-1) == labels).double().mean().item()
