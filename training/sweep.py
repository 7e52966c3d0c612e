"""Train a grid of runs through joblib: python -m training.sweep CONFIG.yaml --out FOLDER.

The config names grids; every list in one is a dimension:

    runs:
      - {task: digits, method: [none, contra_norm], depth: [6, 12], seed: [0, 1, 2]}
      - {method: contra_norm, scale: [0.5, 1, 2], temperature: [0.1, 0.2, 1]}
    backend: loky    # or dask or ray, joblib's names; each is an extra to install
    workers: 2

`method: all` is every method. A finished run is never trained again, one that was left half way
goes on from its checkpoint, and one whose folder is broken is trained from the start.
"""

import argparse
import itertools
import shutil
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import torch
import yaml
from joblib import Parallel, delayed
from tqdm import tqdm

from models.methods import METHODS
from training.backends import BACKENDS, end_workers, running_on
from training.config import ConfigError, RunConfig
from training.folder import FolderError, RunFolder
from training.report import readme_tables, report
from training.results import table
from training.run import finished, name_of, run

ROUNDS = 4  # how often what a killed worker left is tried again
LOOKS = 0.5  # seconds between two looks at how many runs are finished


@dataclass(frozen=True)
class Sweep:
    """What is trained, and by how many workers of which of joblib's backends."""

    runs: tuple[RunConfig, ...]
    backend: str = "loky"
    workers: int = 2
    keep_checkpoints: bool = False

    def __post_init__(self) -> None:
        """Refuse what cannot be trained.

        Raises:
            ConfigError: With the rule and the value.
        """
        if self.backend not in BACKENDS:
            raise ConfigError(f"backend must be one of {', '.join(BACKENDS)}; got {self.backend!r}")
        if type(self.workers) is not int or self.workers < 1:
            raise ConfigError(f"workers must be a whole number from 1; got {self.workers!r}")
        if not isinstance(self.keep_checkpoints, bool):
            raise ConfigError(
                f"keep_checkpoints must be true or false; got {self.keep_checkpoints!r}"
            )
        if not self.runs:
            raise ConfigError("runs must describe at least one run; got none")


class SweepError(RuntimeError):
    """Runs were left untrained."""


def read(text: str | bytes) -> Sweep:
    """Read a config; bytes are UTF-8, or UTF-16 with its mark.

    Raises:
        ConfigError: With the rule and the value.

    >>> len(read("runs: [{method: [none, contra_norm], depth: [2, 4], seed: 0}]").runs)
    4
    """
    try:
        said = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError) as reason:  # the second for a date that no calendar has
        raise ConfigError(f"a sweep's config must be YAML in UTF-8; {reason}") from reason
    known = {entry.name for entry in fields(Sweep)}
    if not isinstance(said, dict) or "runs" not in said or set(said) - known:
        got = ", ".join(map(str, said)) if isinstance(said, dict) else repr(said)
        further = ", ".join(sorted(known - {"runs"}))
        raise ConfigError(f"a sweep's config must have runs, and may have {further}; got {got}")
    grids = said.pop("runs")
    if not isinstance(grids, list) or not all(isinstance(grid, dict) for grid in grids):
        raise ConfigError(f"runs must be a list of grids; got {grids!r}")
    runs = tuple(config for grid in grids for config in grid_of(grid))
    return Sweep(tuple(dict.fromkeys(runs)), **said)


def grid_of(said: Mapping[str, Any]) -> Iterator[RunConfig]:
    """Give every combination of the lists in one grid.

    Raises:
        ConfigError: For a name or value that a run does not have.
    """
    unknown = set(said) - {entry.name for entry in fields(RunConfig)}
    if unknown:
        got = ", ".join(map(str, unknown))
        raise ConfigError(f"a grid has the names of a run's settings; got {got}")
    spelled = {**said}
    if spelled.get("method") == "all":
        spelled["method"] = list(METHODS)
    lists = [value if isinstance(value, list) else [value] for value in spelled.values()]
    for values in itertools.product(*lists):
        yield RunConfig(**dict(zip(spelled, values, strict=True)))


def train_one(config: RunConfig, path: Path, *, keep_checkpoint: bool) -> None:
    """Train one run to its end, in whatever process this is.

    Raises:
        FolderError: If it cannot be kept, not even in a fresh folder.
    """
    torch.set_num_threads(1)
    folder = RunFolder(path)
    try:
        for _ in run(config, folder):
            pass
    except FolderError:
        shutil.rmtree(path, ignore_errors=True)
        for _ in run(config, folder):
            pass
    if not keep_checkpoint:
        folder.checkpoint.unlink(missing_ok=True)


def train_all(sweep: Sweep, out: Path, *, quiet: bool = False) -> None:
    """Train every run that is not finished; what a killed worker left is tried again.

    Raises:
        SweepError: If runs are left after several rounds.
    """
    reason: Exception | None = None
    with _progress(sweep, out, quiet=quiet):
        for _ in range(ROUNDS):
            left = unfinished(sweep, out)
            if not left:
                return
            try:
                with running_on(sweep.backend, sweep.workers):
                    Parallel(n_jobs=sweep.workers, batch_size=1)(
                        delayed(train_one)(
                            config, place(out, config), keep_checkpoint=sweep.keep_checkpoints
                        )
                        for config in left
                    )
            except Exception as caught:  # each backend has its own for a lost worker
                reason = caught
                end_workers()
    left = unfinished(sweep, out)
    if left:
        raise SweepError(f"{len(left)} runs could not be trained; the last said: {reason}")


def place(out: Path, config: RunConfig) -> Path:
    """Give the folder of one run of a sweep."""
    return out / "runs" / name_of(config)


def unfinished(sweep: Sweep, out: Path) -> Sequence[RunConfig]:
    """Give the runs that are not trained to their end yet."""
    return [config for config in sweep.runs if not finished(RunFolder(place(out, config)))]


@contextmanager
def _progress(sweep: Sweep, out: Path, *, quiet: bool) -> Iterator[None]:
    """Show how many runs are finished, whatever process trains them."""
    done = threading.Event()
    with tqdm(total=len(sweep.runs), unit="run", disable=quiet) as bar:

        def look() -> None:
            while not done.wait(LOOKS):
                bar.n = len(sweep.runs) - len(unfinished(sweep, out))
                bar.refresh()

        watcher = threading.Thread(target=look, daemon=True)
        watcher.start()
        try:
            yield
        finally:
            done.set()
            watcher.join()
            bar.n = len(sweep.runs) - len(unfinished(sweep, out))
            bar.refresh()


def main(arguments: list[str] | None = None) -> None:
    """Train a sweep, and write its table and its report."""
    made = argparse.ArgumentParser(prog="python -m training.sweep")
    made.add_argument("config", type=Path, help="the sweep, in YAML")
    made.add_argument("--out", type=Path, help="where it is kept (default: runs/CONFIG)")
    options = made.parse_args(arguments)
    out = options.out or Path("runs") / options.config.stem
    try:
        sweep = read(options.config.read_bytes())
        train_all(sweep, out)
        rows = table([(config, place(out, config)) for config in sweep.runs])
        rows.to_parquet(out / "results.parquet")
        (out / "report.html").write_text(report(rows, options.config.stem), encoding="utf-8")
        for task in rows["task"].unique():
            (out / f"{task}.md").write_text(readme_tables(rows, task), encoding="utf-8")
    except (ConfigError, FolderError, SweepError, OSError) as reason:
        made.exit(2, f"{reason}\n")
    print(f"{len(rows)} runs: {out / 'results.parquet'}, {out / 'report.html'}")


if __name__ == "__main__":
    main()
