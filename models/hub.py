"""A model of the Hugging Face Hub, looked at by its configuration before a weight is fetched.

    hub_allowed() -> bool                     what the operator said
    look_up(name, caps=...) -> HubModel       raises ModelUnavailable with a `kind`

Nothing here is reached unless the operator opened it. No password or token is ever sent, so that
nothing private can be seen; no code that travels with a model is fetched.
"""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from models.folders import (
    CONFIG,
    INDEX,
    LARGEST_TEXT,
    VOCABULARIES,
    WEIGHTS,
    Caps,
    claimed,
    json_file,
)
from models.unavailable import ModelUnavailable

HUB_VARIABLE = "CONTRANORM_HUB"
PIECE = 262_144  # bytes
SECONDS = 10.0  # to wait for the Hub's answer to a question
OF_TOKENIZERS = (
    *VOCABULARIES,
    "merges.txt",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "added_tokens.json",
)
COMMIT = re.compile(r"[0-9a-f]{40}")


@dataclass(frozen=True)
class HubModel:
    """One model at one commit: what it claims to be, and the files it needs with their bytes."""

    name: str
    commit: str
    licence: str
    family: str
    parameters: int
    files: tuple[tuple[str, int], ...]

    @property
    def total(self) -> int:
        """How many bytes there are to fetch."""
        return sum(size for _, size in self.files)


def hub_allowed(environment: Mapping[str, str] = os.environ) -> bool:
    """Whether the operator lets models be fetched from the Hub.

    >>> hub_allowed({}), hub_allowed({"CONTRANORM_HUB": "1"})
    (False, True)
    """
    return environment.get(HUB_VARIABLE, "").strip().lower() in ("1", "true", "yes", "on")


def look_up(
    name: str,
    *,
    caps: Caps = Caps(),  # noqa: B008 - it is frozen
    environment: Mapping[str, str] = os.environ,
    cache: Path | None = None,
) -> HubModel:
    """Ask the Hub about a model, and fetch its configuration, but no weight.

    Args:
        name: Such as `"owner/model"`, or `"owner/model@revision"`.
        caps: The most it may claim, and weigh.
        environment: Holds the operator's word in CONTRANORM_HUB.
        cache: Where files are kept; the Hub's own cache when None.

    Raises:
        ModelUnavailable: If the Hub is not opened, not reached, or has no such model; if the
            name is none, the model is gated, has no safetensors, is of no known family, or is
            over a cap.
    """
    if not hub_allowed(environment):
        raise ModelUnavailable(
            f"models of the Hub are closed here; an operator opens them with {HUB_VARIABLE}=1",
            kind="not_allowed",
        )
    repository, _, revision = name.strip().partition("@")
    found = _asked(repository, revision or None)
    sizes = {file.rfilename: file.size for file in found.siblings or ()}
    files = _needed(repository, sizes)
    _require_light(files, caps)
    read = {file: fetched(repository, file, found.sha, cache) for file in files if _is_index(file)}
    claims = claimed(json_file(read[CONFIG]), caps=caps)
    if INDEX in read:
        files |= _shards(json_file(read[INDEX]), sizes)
        _require_light(files, caps)
    return HubModel(
        name=repository,
        commit=found.sha,
        licence=_licence(found),
        family=claims.family,
        parameters=claims.parameters,
        files=tuple(sorted(files.items())),
    )


def fetched(
    repository: str, file: str, commit: str, cache: Path | None, *, bar: Any = None
) -> Path:
    """Fetch one file of one commit into the cache, unless it is there, and say where it is.

    Args:
        repository: Owner and name.
        file: Its path in the repository.
        commit: The commit that was looked at.
        cache: Where files are kept; the Hub's own cache when None.
        bar: A class like tqdm that is told of every piece that arrives.

    Raises:
        ModelUnavailable: If the Hub cannot be reached, or does not give the file.
    """
    from huggingface_hub import constants, hf_hub_download

    constants.HF_HUB_DISABLE_XET = True  # its own transport can be neither stopped nor capped
    constants.DOWNLOAD_CHUNK_SIZE = PIECE  # a progress bar moves, and stops, at each
    try:
        return Path(
            hf_hub_download(
                repository,
                file,
                revision=commit,
                cache_dir=cache,
                token=False,
                endpoint=os.environ.get("HF_ENDPOINT"),
                tqdm_class=_silent() if bar is None else bar,
                etag_timeout=SECONDS,
            )
        )
    except ModelUnavailable:
        raise
    except Exception as problem:
        raise _refusal(repository, problem) from problem


def _asked(repository: str, revision: str | None) -> Any:
    from huggingface_hub import HfApi
    from huggingface_hub.utils import validate_repo_id

    try:
        validate_repo_id(repository)
        api = HfApi(endpoint=os.environ.get("HF_ENDPOINT"), token=False)
        found = api.model_info(
            repository, revision=revision, files_metadata=True, timeout=SECONDS, token=False
        )
    except Exception as problem:
        raise _refusal(repository, problem) from problem
    if found.gated or found.private:
        raise ModelUnavailable(
            f"{repository} is given only to those who asked its owners for it", kind="gated"
        )
    if not COMMIT.fullmatch(found.sha or ""):
        raise ModelUnavailable(f"{repository} has no commit to hold on to", kind="unknown")
    return found


def _refusal(repository: str, problem: Exception) -> ModelUnavailable:
    """Say in one sentence what the Hub's library says in many."""
    from huggingface_hub import errors

    name = repr(repository[:80])
    if isinstance(problem, errors.HFValidationError):
        return ModelUnavailable(
            f"a model of the Hub is named owner/name, in letters, digits and - _ . ; got {name}",
            kind="name",
        )
    if isinstance(problem, errors.GatedRepoError):
        return ModelUnavailable(
            f"{name} is given only to those who asked its owners for it", kind="gated"
        )
    if isinstance(problem, errors.RepositoryNotFoundError | errors.RevisionNotFoundError):
        return ModelUnavailable(
            f"the Hub has no open model {name}, or not in that revision", kind="unknown"
        )
    if isinstance(problem, errors.EntryNotFoundError) and not isinstance(
        problem, errors.LocalEntryNotFoundError
    ):
        return ModelUnavailable(f"the Hub no longer has a file of {name}", kind="incomplete")
    return ModelUnavailable(
        f"the Hub could not be reached for {name} ({type(problem).__name__}); "
        "models that are on this machine work without it",
        kind="unreachable",
    )


def _needed(repository: str, sizes: Mapping[str, int | None]) -> dict[str, int]:
    weights = WEIGHTS if WEIGHTS in sizes else INDEX
    if weights not in sizes:
        raise ModelUnavailable(
            f"weights must be safetensors; {repository} has none at its top", kind="refused"
        )
    if CONFIG not in sizes or not any(file in sizes for file in VOCABULARIES):
        raise ModelUnavailable(
            f"a model needs {CONFIG} and a tokenizer; {repository} lacks one", kind="incomplete"
        )
    wanted = (CONFIG, weights, *OF_TOKENIZERS)
    return {file: _size(file, sizes[file]) for file in wanted if file in sizes}


def _shards(index: dict[str, Any], sizes: Mapping[str, int | None]) -> dict[str, int]:
    listed = index.get("weight_map")
    names = list(listed.values()) if isinstance(listed, dict) else []
    weights = [file for file in sizes if file.endswith(".safetensors") and "/" not in file]
    if not names or not all(name in weights for name in names):
        raise ModelUnavailable(f"{INDEX} must name files of its own folder", kind="refused")
    return {name: _size(name, sizes[name]) for name in names}


def _size(file: str, size: int | None) -> int:
    if size is None or size < 0:
        raise ModelUnavailable(f"the Hub does not say how large {file} is", kind="refused")
    return size


def _require_light(files: Mapping[str, int], caps: Caps) -> None:
    weights = sum(size for file, size in files.items() if file.endswith(".safetensors"))
    if weights > caps.memory:
        raise ModelUnavailable(
            f"a model may take {caps.memory / 1e6:.0f} MB of memory here; "
            f"the weights of this one are {weights / 1e6:.0f} MB",
            kind="too_large",
        )
    for file, size in files.items():
        if not file.endswith(".safetensors") and size > LARGEST_TEXT:
            raise ModelUnavailable(f"{file!r} is larger than such a file is", kind="too_large")


def _is_index(file: str) -> bool:
    return file in (CONFIG, INDEX)


def _licence(found: Any) -> str:
    said = getattr(found.card_data, "license", None) if found.card_data else None
    return said if isinstance(said, str) else "not stated"


def _silent() -> Any:
    from huggingface_hub.utils import tqdm

    class Silent(tqdm):
        """A progress bar that draws nothing."""

        def __init__(self, *args: Any, **settings: Any) -> None:
            super().__init__(*args, **{**settings, "disable": True})

    return Silent
