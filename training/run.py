"""Train one network into a folder: python -m training.run --method none --depth 12 --out run.

A folder that exists is gone on with; one that is finished is left as it is.
"""

import argparse
import dataclasses
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, get_type_hints

import torch

from training import checkpoint
from training.config import ConfigError, RunConfig
from training.corpus import CorpusMissing
from training.folder import End, FolderError, RunFolder, State
from training.loop import Cancelled, Diverged, Epoch, Training
from training.task import never

RUNS = Path("runs")


def run(
    config: RunConfig, folder: RunFolder, asked_to_stop: Callable[[], bool] = never
) -> Iterator[Epoch]:
    """Train into a folder, from its checkpoint if it has one; give each record as it is kept.

    Whatever ends the run, how it ended is written down: see `RunFolder.end`. Only a folder that
    cannot be read or written raises.

    Args:
        config: The run.
        folder: Where it is kept.
        asked_to_stop: Looked at before every step.

    Raises:
        FolderError: With the reason.
        CorpusMissing: If the task's data have to be fetched first.
    """
    ended = folder.end() if folder.path.exists() else None
    over = ended is not None and ended.state != "cancelled"
    training = None if over else Training(config)  # no folder is begun for data that are missing
    folder.start(config)
    if training is None:
        return
    if folder.checkpoint.is_file():
        checkpoint.load(training, folder)
    folder.cut_after(training.epoch if training.epoch else -1)  # epoch 0 is recorded anew
    resumed = training.epoch > 0
    state: State = "finished"
    sentence = f"{config.epochs} epochs were trained"
    try:
        for record in training.epochs(asked_to_stop):
            folder.add(record)
            checkpoint.save(training, folder)
            yield record
    except Diverged as reason:
        state, sentence = "diverged", str(reason)
    except Cancelled as reason:
        state, sentence = "cancelled", f"{reason}; it can go on from epoch {training.epoch}"
    if resumed and not folder.metrics():
        raise FolderError(f"metrics.jsonl in {folder.path.name} must hold the epochs before")
    folder.finish(End(state, sentence))


def finished(folder: RunFolder) -> bool:
    """Say whether a run ended by itself, so that there is nothing left to train."""
    ended = folder.end()
    return ended is not None and ended.state != "cancelled"


def parser() -> argparse.ArgumentParser:
    """Make the command line: one option for each field of a `RunConfig`."""
    made = argparse.ArgumentParser(description=__doc__, prog="python -m training.run")
    hints = get_type_hints(RunConfig)
    for entry in dataclasses.fields(RunConfig):
        made.add_argument(
            f"--{entry.name.replace('_', '-')}",
            type=_reader(hints[entry.name]),
            default=entry.default,
            help=f"(default: {entry.default})",
        )
    made.add_argument("--out", type=Path, help="the run's folder (default: runs/NAME)")
    return made


def _reader(kind: Any) -> Callable[[str], Any]:
    for reader in (bool, int, float):
        if kind is reader or reader in getattr(kind, "__args__", ()):
            return _truth if reader is bool else reader
    return str


def _truth(text: str) -> bool | str:
    return {"True": True, "False": False}.get(text, text)  # a `RunConfig` refuses other words


def name_of(config: RunConfig) -> str:
    """Name a run's folder after what differs from the default run.

    >>> name_of(RunConfig(method="none", depth=6))
    'method=none,depth=6'
    """
    differing = [
        f"{entry.name}={getattr(config, entry.name)}"
        for entry in dataclasses.fields(config)
        if getattr(config, entry.name) != entry.default
    ]
    return ",".join(differing) or "default"


def main(arguments: list[str] | None = None) -> None:
    """Train, and print one line an epoch."""
    made = parser()
    options = vars(made.parse_args(arguments))
    out = options.pop("out")
    torch.set_num_threads(1)  # the same numbers every time
    try:
        config = RunConfig(**options)
        folder = RunFolder(out or RUNS / name_of(config))
        for record in run(config, folder):
            print(
                f"epoch {record.epoch}/{config.epochs}: test accuracy "
                f"{record.test.accuracy:.3f}, effective rank of the last layer "
                f"{record.layers[-1].measures['effective_rank']:.2f}, {record.seconds:.1f} s"
            )
    except (ConfigError, CorpusMissing, FolderError, OSError) as reason:
        made.exit(2, f"{reason}\n")
    ended = folder.end()
    print(f"{ended.sentence if ended else 'not ended'}: {folder.path}")


if __name__ == "__main__":
    main()
