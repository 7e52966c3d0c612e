"""The live part of the training lab: parameters in, every epoch recorded so far as a scene out."""

from collections.abc import Mapping
from dataclasses import dataclass

from models.cards import SHIPPED, SHIPPED_DEPTHS, card
from models.masked_words import EXAMPLE, tokens
from training.folder import FolderError, RunFolder
from training.recorded import recording
from training.tasks import TASKS
from ui import training_store
from ui.figures import training as figures
from ui.figures.training import titled
from ui.live import Frames, Source
from ui.scene import Packed, Scene, packed
from ui.text import Words
from ui.text import words as sentences
from ui.training_packet import Curves, curves
from ui.training_settings import Setup, read

EPOCHS = Frames("training_epoch", "epoch_axis", last=500)
LINE = "training_line"  # the parameter of a visitor's line, for tasks that read lines
LONGEST_LINE = 300  # characters, which a link can carry


@dataclass(frozen=True)
class View:
    """What is on screen: the runs of a setup on this server, or else recorded ones.

    `revision` changes with every new record, so that no answer is older than what is known.
    `line` is what networks that read lines are shown.
    """

    setup: Setup
    own: bool = True
    revision: tuple[tuple[int, int], ...] = ()
    line: str = EXAMPLE


def view(setup: Setup, line: str = EXAMPLE) -> View:
    """Choose what is shown for a setup: its own runs, or before these are begun recorded ones.

    A line without a word that could be read gives way to an example.
    """
    if TASKS[setup.task].read is None or not tokens(line):
        line = EXAMPLE
    if any((one.path / "metrics.jsonl").is_file() for one in _own(setup).values()):
        return View(setup, True, training_store.revision(setup), line)
    depth = min(SHIPPED_DEPTHS[setup.task], key=lambda one: abs(one - setup.depth))
    methods = tuple(name for name in SHIPPED if name in setup.methods)
    epochs = min(setup.epochs, longest_record(setup.task))
    recorded = Setup(task=setup.task, depth=depth, methods=methods or SHIPPED, epochs=epochs)
    return View(recorded, False, line=line)


def longest_record(task: str) -> int:
    """Say how many epochs the shipped networks of a task were trained for."""
    return card(SHIPPED[0], depth=SHIPPED_DEPTHS[task][-1], task=task).epochs


def commonest(setup: Setup) -> float:
    """Say what share of the test part the shipped networks' commonest answer is."""
    return card(setup.methods[0], depth=setup.depth, task=setup.task).commonest


def asked(address: Mapping[str, str]) -> View:
    """Read a view from parameters, whatever they hold."""
    return view(read(address), address.get(LINE, EXAMPLE))


def found(shown: View) -> Curves:
    """Read the records of a view.

    Raises:
        FolderError: If a folder is broken.
    """
    runs = _own(shown.setup) if shown.own else _recorded(shown.setup)
    return curves(runs, epochs=shown.setup.epochs, depth=shown.setup.depth)


def kept(shown: View, method: str) -> bool:
    """Tell whether the weights of a method's first run are at hand."""
    return not shown.own or _own(shown.setup)[method, 0].checkpoint.is_file()


def scene(shown: View) -> Scene:
    """Collect everything the live part of the page shows."""
    words = sentences("training")
    try:
        known = found(shown)
    except FolderError:  # the page says what is broken
        known = None
    if known is None or not known.begun:
        return Scene(page="training", arrays={}, charts=(), frames=1)
    task, width = TASKS[shown.setup.task], shown.setup.config(known.methods[0], 0).width
    return Scene(
        page="training",
        arrays=figures.arrays(known),
        charts=figures.charts(known, words, chance=task.chance, most=min(task.shape.tokens, width)),
        frames=known.frames,
        frame_names=tuple(
            words("epoch_name", epoch=epoch, epochs=known.epochs) for epoch in range(known.frames)
        ),
        findings=findings(known, words, task.chance),
    )


def ready(shown: View) -> Packed:
    """Collect the scene as it is sent."""
    return packed(scene(shown))


SOURCE = Source(asked, ready)


def findings(known: Curves, words: Words, chance: float) -> tuple[str, ...]:
    """Say where each method stands after the last epoch that all its runs have."""
    said = [_stands(known, index, words, chance) for index in range(len(known.methods))]
    counted = "one_seed" if known.seeds == 1 else "several_seeds"
    return (*said, *known.sentences, words(counted, seeds=known.seeds))


def _stands(known: Curves, index: int, words: Words, chance: float) -> str:
    name, epoch = titled(known.methods[index]), known.last(index)
    if epoch < 0:
        return words("not_begun", name=name)
    scores, ranks = known.accuracy[epoch, index], known.rank[epoch, -1, index]
    reached = known.goal[index]
    if (reached >= 0).all():
        goal = words("goal_reached", epoch=f"{reached.max():.0f}")
    else:
        goal = words("goal_missed") if known.seeds == 1 else words("goal_missed_by_some")
    return words(
        "stands" if known.seeds == 1 else "range_stands",
        name=name,
        epoch=epoch,
        accuracy=f"{scores.mean():.2f}",
        low=f"{scores.min():.2f}",
        high=f"{scores.max():.2f}",
        chance=f"{chance:g}",
        rank=f"{ranks.mean():.1f}",
        goal=goal,
    )


def _own(setup: Setup) -> dict[tuple[str, int], RunFolder]:
    return training_store.folders(setup)


def _recorded(setup: Setup) -> dict[tuple[str, int], RunFolder]:
    folders = {name: recording(config) for name, config in setup.configs().items()}
    return {name: folder for name, folder in folders.items() if folder is not None}
