"""The networks behind the curves of the training lab, from the weights that were kept."""

import contextlib
from collections.abc import Callable
from typing import TypeVar

from models.cards import load_twin
from models.network import Network
from training import checkpoint
from training.folder import FolderError, RunFolder
from ui import training_store
from ui.compute import part
from ui.training_live import View

A = TypeVar("A")
SEED = 0  # whose networks are looked at


def of_each(look: Callable[[Network, View, str], A | None], view: View) -> dict[str, A]:
    """Look at every network of a view whose weights can be read, each once for all visitors.

    What is broken is left out: the page says so where the run is gone on with.
    """
    found: dict[str, A] = {}
    for method in view.setup.methods:
        with contextlib.suppress(FolderError):
            one = part(_looked_at, (look, view, method))
            if one is not None:
                found[method] = one
    return found


def _looked_at(asked: tuple[Callable[[Network, View, str], A | None], View, str]) -> A | None:
    look, view, method = asked
    known = network(view, method)
    return None if known is None else look(known, view, method)


def network(view: View, method: str) -> Network | None:
    """Load the network of a method's first run, ready to be run; None if no weights are kept.

    Raises:
        FolderError: If its checkpoint is broken or was edited.
    """
    if not view.own:
        return load_twin(method, depth=view.setup.depth, task=view.setup.task)
    folder: RunFolder = training_store.folders(view.setup)[method, SEED]
    if not folder.checkpoint.is_file():
        return None
    trained = Network(view.setup.config(method, SEED).network)
    checkpoint.load_weights(trained, folder)
    return trained.eval()
