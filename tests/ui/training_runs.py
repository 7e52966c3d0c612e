"""Runs for tests: records as training would write them, and jobs that do nothing."""

from dataclasses import dataclass

from training.folder import End
from training.loop import Epoch, Score
from training.probe import Layer
from ui import jobs, training_store
from ui.training_packet import curves
from ui.training_settings import Setup

TINY = Setup(depth=2, methods=("none", "contra_norm"), epochs=2)


@dataclass(eq=False)
class Pretended:
    """A job that does nothing."""

    alive: object = None
    state: str = "waiting"
    share: float = 0.0
    partial: object = None
    error: object = None
    place: int = 0

    @property
    def over(self):
        return self.state not in ("waiting", "running")

    def cancel(self):
        self.state = "cancelled"


def pretend(monkeypatch, folder):
    """Keep runs in a folder, and only note, in the list returned, what is put into the queue."""
    noted = []

    def start(function, part, *, alive, seconds):
        noted.append((Pretended(alive), part))
        return noted[-1][0]

    monkeypatch.setenv(training_store.FOLDER, str(folder))
    monkeypatch.setattr(jobs, "start", start)
    monkeypatch.setattr(training_store, "_groups", {})
    return noted


def here():
    return True


def layer(index, epoch, rank=2.0):
    gradient = None if index == 0 or epoch == 0 else 0.1 * index
    return Layer(index, gradient, {"effective_rank": rank + index, "mean_cosine_similarity": 0.5})


def put(setup, *, epochs, accuracy=0.5, rank=2.0, ended=None, only=None):
    """Write records of a setup's runs, as training would."""
    for name, folder in training_store.folders(setup).items():
        if only is not None and name not in only:
            continue
        folder.start(setup.configs()[name])
        for epoch in range(epochs + 1):
            score = Score(2.0 - 0.1 * epoch, accuracy + 0.1 * epoch + 0.05 * name[1])
            seen = tuple(layer(index, epoch, rank + name[1]) for index in range(setup.depth + 1))
            folder.add(Epoch(epoch, 9 * epoch, 1.0, score if epoch else None, score, score, seen))
        if ended:
            folder.finish(End(ended, "the loss must stay a finite number; it was nan"))


def known(setup):
    return curves(training_store.folders(setup), epochs=setup.epochs, depth=setup.depth)
