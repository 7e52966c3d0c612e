"""A run's state as one safetensors file that knows its own hash."""

import hashlib
import json

from safetensors import SafetensorError, safe_open
from safetensors.torch import save as serialized
from torch import Tensor

from models.network import Network
from training.folder import FolderError, RunFolder
from training.loop import Training

WEIGHT, SLOT = "weight/", "optimizer/"


def save(training: Training, folder: RunFolder) -> None:
    """Write weights, optimiser state and place in the run, whole or not at all.

    Raises:
        FolderError: If the folder cannot be written; the checkpoint before still stands.
    """
    tensors = {WEIGHT + name: value for name, value in training.network.state_dict().items()}
    for index, slots in training.optimizer.state_dict()["state"].items():
        tensors |= {f"{SLOT}{index}/{name}": value for name, value in slots.items()}
    place = {"epoch": training.epoch, "step": training.step}
    metadata = {"place": json.dumps(place), "sha256": digest(tensors, place)}
    whole = {name: value.detach().contiguous() for name, value in tensors.items()}
    folder.replace(folder.checkpoint.name, serialized(whole, metadata=metadata))


def load(training: Training, folder: RunFolder) -> None:
    """Put a run back to where its checkpoint is.

    Raises:
        FolderError: If the checkpoint is broken, was edited, or is of another network.
    """
    tensors, place = _read(folder)
    state: dict[int, dict[str, Tensor]] = {}
    for name, value in tensors.items():
        if name.startswith(SLOT):
            index, slot = name.removeprefix(SLOT).split("/")
            state.setdefault(int(index), {})[slot] = value
    _put_weights(training.network, tensors, folder)
    groups = training.optimizer.state_dict()["param_groups"]
    training.optimizer.load_state_dict({"state": state, "param_groups": groups})
    training.epoch, training.step = place["epoch"], place["step"]


def load_weights(network: Network, folder: RunFolder) -> None:
    """Put a checkpoint's weights into a network; nothing else of the run is needed.

    Raises:
        FolderError: If the checkpoint is broken, was edited, or is of another network.
    """
    _put_weights(network, _read(folder)[0], folder)


def digest(tensors: dict[str, Tensor], place: dict[str, int]) -> str:
    """Hash every number of a checkpoint, with its name, kind and shape, and the place.

    >>> digest({"a": torch.zeros(1)}, {}) == digest({"a": torch.ones(1)}, {})
    False
    """
    hashed = hashlib.sha256(json.dumps(place, sort_keys=True).encode())
    for name in sorted(tensors):
        value = tensors[name].detach().contiguous()
        hashed.update(f"{name} {value.dtype} {tuple(value.shape)}".encode())
        hashed.update(value.numpy().tobytes())
    return hashed.hexdigest()


def _put_weights(network: Network, tensors: dict[str, Tensor], folder: RunFolder) -> None:
    weights = {
        name.removeprefix(WEIGHT): value
        for name, value in tensors.items()
        if name.startswith(WEIGHT)
    }
    try:
        network.load_state_dict(weights)
    except RuntimeError as reason:
        raise FolderError(
            f"{folder.checkpoint.name} must hold the weights of the run in config.json; "
            "it is of another network"
        ) from reason


def _read(folder: RunFolder) -> tuple[dict[str, Tensor], dict[str, int]]:
    name = folder.checkpoint.name
    try:
        with safe_open(folder.checkpoint, framework="pt") as file:
            metadata = file.metadata() or {}
            tensors = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118
        place = json.loads(metadata["place"])
    except (OSError, SafetensorError, KeyError, ValueError) as reason:
        raise FolderError(
            f"{name} in {folder.path.name} must be a checkpoint of a run; it cannot be read"
        ) from reason
    if digest(tensors, place) != metadata.get("sha256"):
        raise FolderError(
            f"{name} in {folder.path.name} must have the sha256 it was written with; it was edited"
        )
    return tensors, place
