"""A model of a known family from a local folder: looked at first, then loaded to be traced."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import nn

from models.devices import Device, best_device
from models.folders import WEIGHTS, Caps, Facts, looked_at
from models.lean import without_losses
from models.unavailable import ModelUnavailable

UNUSED = ("pooler",)  # parts that no layer's tokens depend on; a head is saved without them


@dataclass(frozen=True, eq=False)
class Pretrained:
    """A model ready to be traced; `verified` says whether its weights have the published sha256.

    `device` is where it runs. Its weights may be random: whoever loaded it says so. A model that
    reads no words has no tokenizer: `cut` gives the `Pieces` of what names its input.
    """

    model: nn.Module
    tokenizer: Any
    source: str
    verified: bool
    device: Device = Device("cpu", "CPU")  # noqa: RUF009 - frozen
    cut: Callable[[str], Any] | None = None

    @property
    def depth(self) -> int:
        """How many layers the model has."""
        config: Any = self.model.config
        return int(config.num_hidden_layers)

    @property
    def family(self) -> str:
        """Its row of `contranorm.FAMILIES`, by name."""
        config: Any = self.model.config
        return str(config.model_type)


@without_losses()
def load(
    folder: Path,
    *,
    sha256: str | None = None,
    caps: Caps = Caps(),  # noqa: B008 - it is frozen
    device: Device | None = None,
) -> Pretrained:
    """Load a model of a known family from a local folder, in float32 and ready to be traced.

    Args:
        folder: With config.json, safetensors and the tokenizer's files.
        sha256: What the weights must hash to; not checked when None.
        caps: The most the model may have; checked before any weight is read.
        device: Where it shall run; the fastest of this machine when None.

    Raises:
        ModelUnavailable: If the folder is missing, incomplete, over a cap, holds other weights,
            or anything that this lab does not load.
    """
    facts = looked_at(folder, caps=caps)
    if sha256 is not None:
        _verify(folder / WEIGHTS, sha256)
    place = best_device() if device is None else device
    tokenizer = tokenizer_of(folder, facts)
    model = _model_of(folder, facts)
    model.to(place.torch).eval().requires_grad_(False)
    return Pretrained(model, tokenizer, folder.name, verified=sha256 is not None, device=place)


def tokenizer_of(folder: Path, facts: Facts) -> Any:
    """Load a folder's tokenizer by the library's own code.

    Raises:
        ModelUnavailable: If it has none, or one that this library cannot read.
    """
    from transformers import AutoTokenizer  # slow to import, and only needed here

    try:
        return AutoTokenizer.from_pretrained(
            folder, config=facts.config, local_files_only=True, trust_remote_code=False
        )
    except Exception as problem:  # whatever a library says to a file a stranger wrote
        raise _unreadable(folder, problem) from problem


def without_cache(model: nn.Module) -> nn.Module:
    """Tell a decoder to keep no keys and values: a norm has to see all tokens at once."""
    config: Any = model.config
    config.use_cache = False
    return model


def _model_of(folder: Path, facts: Facts) -> nn.Module:
    from transformers import AutoModel
    from transformers.utils import logging

    logging.disable_progress_bar()
    before = logging.get_verbosity()
    logging.set_verbosity_error()  # parts that are missing are looked at below
    try:
        model, found = AutoModel.from_pretrained(
            folder,
            config=facts.config,
            local_files_only=True,
            trust_remote_code=False,
            use_safetensors=True,
            output_loading_info=True,
            attn_implementation="eager",  # the only one that gives its attention maps
            dtype=torch.float32,
        )
    except Exception as problem:
        raise _unreadable(folder, problem) from problem
    finally:
        logging.set_verbosity(before)
    missing = sorted(key for key in found["missing_keys"] if not key.startswith(UNUSED))
    if missing:
        raise ModelUnavailable(
            f"the weights of {folder.name!r} must have every part of the model; "
            f"{len(missing)} are missing, such as {missing[0]}",
            kind="incomplete",
        )
    return without_cache(model)


def _unreadable(folder: Path, problem: Exception) -> ModelUnavailable:
    reason = str(problem).strip().partition("\n")[0]
    return ModelUnavailable(
        f"a model folder needs config.json, {WEIGHTS} and a tokenizer; "
        f"{folder.name!r} could not be read: {reason}",
        kind="incomplete",
    )


def _verify(weights: Path, sha256: str) -> None:
    if not weights.is_file():
        raise ModelUnavailable(f"a model folder needs {WEIGHTS}; it is missing", kind="incomplete")
    with weights.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    if digest != sha256:
        raise ModelUnavailable(
            f"the weights must have the sha256 {sha256[:12]}... of all-MiniLM-L6-v2; "
            f"they have {digest[:12]}...",
            kind="refused",
        )
