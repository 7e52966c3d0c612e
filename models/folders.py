"""What a model's folder holds, found out before any weight is read.

    looked_at(folder, caps=Caps()) -> Facts      raises ModelUnavailable

A folder may come from anywhere. Nothing in it is run: weights are safetensors only, code that
travels with a model is ignored, and the sizes that the configuration claims are checked on
torch's "meta" device, which has shapes and no memory.
"""

import json
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open

from contranorm.families import FAMILIES
from models.lean import without_losses
from models.unavailable import ModelUnavailable

CONFIG = "config.json"
WEIGHTS = "model.safetensors"
INDEX = "model.safetensors.index.json"
LARGEST_TEXT = 64_000_000  # bytes of a file that is not weights: a tokenizer of 250,000 pieces fits
READ = (".json", ".txt", ".model", ".jinja", ".safetensors")  # what a model is made of
VOCABULARIES = (
    "tokenizer.json",
    "vocab.txt",
    "vocab.json",
    "tokenizer.model",
    "spiece.model",
    "spm.model",
    "sentencepiece.bpe.model",
)
MOST_LAYERS = 200  # a model is a loop over these even where there is no memory
FLOAT32 = 4  # bytes
# Left out of a configuration: where code comes from, other number formats, a classifier's labels.
NOT_READ = ("auto_map", "quantization_config", "num_labels", "id2label", "label2id")


@dataclass(frozen=True)
class Caps:
    """The most a model may have: `parameters` in numbers, `memory` in bytes as float32."""

    parameters: int = 400_000_000
    memory: int = 2_000_000_000


@dataclass(frozen=True, eq=False)
class Facts:
    """What was found: the family, the library's configuration, and how large all of it is.

    `memory` is in bytes, of the parameters and buffers in float32.
    """

    family: str
    config: Any
    depth: int
    width: int
    parameters: int
    memory: int
    weights: tuple[str, ...] = ()


def looked_at(folder: Path, *, caps: Caps = Caps()) -> Facts:
    """Look at a folder without reading a weight, and say what is in it.

    Args:
        folder: With config.json, safetensors and the tokenizer's files.
        caps: The most it may claim, and hold.

    Raises:
        ModelUnavailable: If a file is missing, leads out of the folder, or is no safetensors;
            if the family is unknown; or if it is over a cap.
    """
    if not folder.is_dir():
        raise ModelUnavailable(f"a pretrained model is a folder; {folder.name!r} is not one")
    for path in sorted(folder.iterdir()):
        if path.suffix in READ:
            _require_plain(folder, path)
    if not any((folder / name).is_file() for name in VOCABULARIES):
        raise _incomplete(folder, "its tokenizer is missing")  # the library would make one up
    claims = claimed(json_file(folder / CONFIG), caps=caps)
    names = _weight_files(folder)
    _require_size(sum(_numbers(folder / name) for name in names), caps)
    return Facts(**{**vars(claims), "weights": names})


def claimed(described: dict[str, Any], *, caps: Caps = Caps()) -> Facts:
    """Read from a configuration what a model of it would be, without making one.

    Args:
        described: The content of a config.json.
        caps: The most it may claim.

    Raises:
        ModelUnavailable: For an unknown family, numbers that make no model, or over a cap.
    """
    name = described.get("model_type")
    if not isinstance(name, str) or name not in {row.name for row in FAMILIES}:
        known = ", ".join(row.name for row in FAMILIES)
        raise ModelUnavailable(
            f"the model's config.model_type must be one of {known}; got {str(name)[:40]!r}",
            kind="family",
        )
    if described.get("quantization_config"):
        raise ModelUnavailable(
            "weights must be plain floating-point numbers; these are quantised", kind="refused"
        )
    return _built(name, {k: v for k, v in described.items() if k not in NOT_READ}, caps)


def json_file(path: Path) -> dict[str, Any]:
    """Read a small JSON file that holds an object.

    Raises:
        ModelUnavailable: If it is missing, too large, or holds something else.
    """
    try:
        if path.stat().st_size > LARGEST_TEXT:
            raise ModelUnavailable(f"{path.name} is too large to be one", kind="too_large")
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as problem:
        raise _incomplete(path.parent, f"{path.name} is missing or no JSON") from problem
    if not isinstance(content, dict):
        raise _incomplete(path.parent, f"{path.name} holds no JSON object")
    return content


@without_losses()
def _built(name: str, described: dict[str, Any], caps: Caps) -> Facts:
    from transformers import AutoConfig, AutoModel  # slow to import, and only needed here

    described = {key: value for key, value in described.items() if key != "model_type"}
    try:
        config = AutoConfig.for_model(name, **described)
        if not hasattr(config, "vocab_size"):
            raise ModelUnavailable(f"a model that reads text is needed; {name} reads images")
        _require_layers(config)
        with torch.device("meta"):
            model = AutoModel.from_config(config)
    except ModelUnavailable:
        raise
    except Exception as problem:  # whatever a library says to numbers a stranger wrote
        raise ModelUnavailable(
            f"{CONFIG} must describe a model of the family {name}; "
            f"it could not be made of it: {_first_line(problem)}",
            kind="too_large" if "overflow" in str(problem) else "incomplete",
        ) from problem
    parameters = sum(part.numel() for part in model.parameters())
    buffers = sum(part.numel() * part.element_size() for part in model.buffers())
    _require_size(parameters, caps, buffers=buffers)
    memory = parameters * FLOAT32 + buffers
    return Facts(
        name, config, int(config.num_hidden_layers), int(config.hidden_size), parameters, memory
    )


def _require_layers(config: Any) -> None:
    shared = getattr(config, "num_hidden_groups", 1) * getattr(config, "inner_group_num", 1)
    for count in (config.num_hidden_layers, shared):
        if not 1 <= count <= MOST_LAYERS:
            raise ModelUnavailable(
                f"a model may have from 1 to {MOST_LAYERS} layers; this one claims {count}",
                kind="too_large",
            )


def _require_size(numbers: int, caps: Caps, *, buffers: int = 0) -> None:
    if numbers > caps.parameters:
        raise ModelUnavailable(
            f"a model may have {caps.parameters / 1e6:.0f} million parameters here; "
            f"this one has {numbers / 1e6:.0f} million",
            kind="too_large",
        )
    memory = numbers * FLOAT32 + buffers
    if memory > caps.memory:
        raise ModelUnavailable(
            f"a model may take {caps.memory / 1e6:.0f} MB of memory here; "
            f"this one takes {memory / 1e6:.0f} MB",
            kind="too_large",
        )


def _weight_files(folder: Path) -> tuple[str, ...]:
    if (folder / WEIGHTS).is_file():
        return (WEIGHTS,)
    if not (folder / INDEX).is_file():
        pickled = any(path.suffix in (".bin", ".pt", ".pth", ".ckpt") for path in folder.iterdir())
        if pickled:
            raise ModelUnavailable(
                f"weights must be safetensors; {folder.name!r} has pickled ones, which can hold "
                "code and are never loaded",
                kind="refused",
            )
        raise _incomplete(folder, f"{WEIGHTS} is missing")
    listed = json_file(folder / INDEX).get("weight_map")
    names = list(listed.values()) if isinstance(listed, dict) else []
    if not names or not all(_is_weights(folder, name) for name in names):
        raise ModelUnavailable(f"{INDEX} must name files of its own folder", kind="refused")
    return tuple(sorted(set(names)))


def _is_weights(folder: Path, name: object) -> bool:
    plain = isinstance(name, str) and Path(name).name == name and name.endswith(".safetensors")
    return plain and (folder / str(name)).is_file()


def _numbers(weights: Path) -> int:
    """Count the numbers that a safetensors file says it holds, from its header alone."""
    try:
        with safe_open(weights, framework="pt") as stored:
            shapes = [stored.get_slice(name).get_shape() for name in stored.keys()]  # noqa: SIM118
    except (OSError, SafetensorError) as problem:
        raise _incomplete(weights.parent, f"{weights.name} is no safetensors file") from problem
    return sum(_product(shape) for shape in shapes)


def _product(shape: list[int]) -> int:
    count = 1
    for size in shape:
        count *= size
    return count


def _require_plain(folder: Path, path: Path) -> None:
    """Refuse a link out of the folder (but into the store of a Hub cache), a pipe, a device."""
    real = path.resolve()
    home = folder.resolve()
    stores = (home, home.parent.parent / "blobs")  # models--X/snapshots/COMMIT, models--X/blobs
    inside = any(real.is_relative_to(store) for store in stores)
    try:
        mode = real.stat().st_mode
    except OSError as problem:
        raise _incomplete(folder, f"{path.name} leads nowhere") from problem
    if not inside or not stat.S_ISREG(mode):
        raise ModelUnavailable(
            f"a model's files must be plain files of its folder; {path.name!r} is not",
            kind="refused",
        )
    if path.suffix != ".safetensors" and real.stat().st_size > LARGEST_TEXT:
        raise ModelUnavailable(f"{path.name!r} is larger than such a file is", kind="too_large")


def _incomplete(folder: Path, found: str) -> ModelUnavailable:
    return ModelUnavailable(
        f"a model folder needs {CONFIG}, {WEIGHTS} and a tokenizer; "
        f"{folder.name!r} could not be read: {found}",
        kind="incomplete",
    )


def _first_line(problem: Exception) -> str:
    return str(problem).strip().partition("\n")[0][:200]
