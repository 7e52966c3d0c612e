"""The cards and weights of the networks that are shipped: one task, four methods, some depths."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from types import MappingProxyType

from safetensors.torch import load as load_tensors

from models.network import Network, NetworkConfig
from models.treatment import Treatment

CHECKPOINTS = Path(__file__).parent / "checkpoints"
SHIPPED = ("none", "layer_norm", "partial_centering", "contra_norm")
SHIPPED_DEPTHS: Mapping[str, tuple[int, ...]] = MappingProxyType(
    {"digits": (6, 12, 24), "agreement": (12,), "masked_words": (6,)}
)
TWIN_DEPTHS = SHIPPED_DEPTHS["digits"]
DEEPEST = TWIN_DEPTHS[-1]


@dataclass(frozen=True)
class Measures:
    """How collapsed the last layer is, averaged over the test inputs."""

    effective_rank: float
    mean_cosine_similarity: float


@dataclass(frozen=True)
class Card:
    """What is known about one checkpoint: how it was made and what it scored.

    `name` is the method's; with the config's depth it names the files. `commonest` is the share of
    the test answers that are the commonest one.
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
    test_answers: int
    commonest: float
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


def card(
    name: str, *, depth: int = DEEPEST, task: str = "digits", folder: Path = CHECKPOINTS
) -> Card:
    """Read the card of one of the networks that are `SHIPPED`, at one of the `SHIPPED_DEPTHS`.

    Raises:
        CheckpointError: If there is no such card.
    """
    path = folder / task / f"{name}-{depth}.json"
    if not path.is_file():
        raise CheckpointError(
            f"a trained network is one of {', '.join(SHIPPED)} with its card in {folder.name}, "
            f"of depth {', '.join(map(str, SHIPPED_DEPTHS.get(task, ())))} for {task}; got "
            f"{name!r} of depth {depth} (train them again with: python -m training.twins)"
        )
    return Card.from_json(path.read_text(encoding="utf-8"))


def load_twin(
    name: str, *, depth: int = DEEPEST, task: str = "digits", folder: Path = CHECKPOINTS
) -> Network:
    """Load a shipped network, after checking that its file is the one on its card.

    Raises:
        CheckpointError: If the file is missing or its sha256 is not the card's.
    """
    described = card(name, depth=depth, task=task, folder=folder)
    path = folder / task / f"{name}-{depth}.safetensors"
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
