"""A run as a folder of small files: written whole or not at all, opened in one line of pandas.

    pandas.read_json("run/metrics.jsonl", lines=True)

- `config.json`: the run, the command that repeats it, versions.
- `metrics.jsonl`: one line an epoch. `layers.jsonl`: one line an epoch and layer.
- `checkpoint.safetensors`: weights, the optimiser's state, and a sha256 of both.
- `end.json`: how the run ended, once it has.
"""

import errno
import json
import math
import os
import platform
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

import torch

from training.config import ConfigError, RunConfig
from training.loop import Epoch

State = Literal["finished", "diverged", "cancelled"]


class FolderError(RuntimeError):
    """A run folder cannot be read or written."""


@dataclass(frozen=True)
class End:
    """How a run ended, and the sentence to say about it."""

    state: State
    sentence: str


@dataclass(frozen=True)
class RunFolder:
    """Where one run is kept."""

    path: Path

    @property
    def checkpoint(self) -> Path:
        """The file that training can go on from."""
        return self.path / "checkpoint.safetensors"

    def start(self, config: RunConfig) -> None:
        """Make the folder, and say in it what is being trained.

        Raises:
            FolderError: If the folder holds another run, or cannot be written.
        """
        if self.path.exists() and any(self.path.iterdir()):
            held = self.config()
            if held != config:
                raise FolderError(
                    f"a folder holds one run, and {self.path.name} holds another: {held.command}"
                )
        described = {
            "config": asdict(config),
            "command": config.command,
            "versions": {"python": platform.python_version(), "torch": torch.__version__},
        }
        self._write("config.json", json.dumps(described, indent=2) + "\n")

    def config(self) -> RunConfig:
        """Read which run this is.

        Raises:
            FolderError: If the folder does not say, or says it brokenly.
        """
        try:
            described = json.loads(self._read("config.json"))
            return RunConfig(**described["config"])
        except (ValueError, TypeError, KeyError) as reason:
            detail = reason if isinstance(reason, ConfigError) else type(reason).__name__
            raise FolderError(
                f"config.json in {self.path.name} must describe a run; it does not ({detail})"
            ) from reason

    def add(self, record: Epoch) -> None:
        """Add the lines of one epoch.

        Raises:
            FolderError: If the disk is full or the folder cannot be written.
        """
        self._append("layers.jsonl", [_layer_line(record, layer) for layer in record.layers])
        self._append("metrics.jsonl", [metrics_line(record)])

    def cut_after(self, epoch: int) -> None:
        """Drop the lines of epochs after this one, and any line that was only half written.

        Raises:
            FolderError: If a file cannot be written.
        """
        for name in ("metrics.jsonl", "layers.jsonl"):
            kept = [line for line in self._lines(name) if line["epoch"] <= epoch]
            self._write(name, "".join(_line(line) for line in kept))

    def metrics(self) -> list[dict[str, Any]]:
        """Read one dictionary an epoch, oldest first; a half-written last line is left out."""
        return self._lines("metrics.jsonl")

    def layers(self) -> list[dict[str, Any]]:
        """Read one dictionary an epoch and layer, oldest first."""
        return self._lines("layers.jsonl")

    def finish(self, end: End) -> None:
        """Write down how the run ended.

        Raises:
            FolderError: If the file cannot be written.
        """
        self._write("end.json", json.dumps(asdict(end)) + "\n")

    def end(self) -> End | None:
        """Read how the run ended; None while it has not, or if the file is broken."""
        try:
            return End(**json.loads(self._read("end.json")))
        except (FolderError, ValueError, TypeError):
            return None

    def replace(self, name: str, content: bytes) -> None:
        """Write a file whole or not at all.

        Raises:
            FolderError: If the disk is full or the folder cannot be written; what was there
                before is still there.
        """
        target = self.path / name
        fresh = target.with_name(f".{name}.{os.getpid()}")
        with _writing(self.path):
            try:
                self.path.mkdir(parents=True, exist_ok=True)
                with fresh.open("wb") as file:
                    file.write(content)
                    file.flush()
                    os.fsync(file.fileno())
                fresh.replace(target)
            finally:
                fresh.unlink(missing_ok=True)

    def _write(self, name: str, text: str) -> None:
        self.replace(name, text.encode())

    def _append(self, name: str, lines: list[dict[str, Any]]) -> None:
        with _writing(self.path), (self.path / name).open("a", encoding="utf-8") as file:
            file.write("".join(_line(line) for line in lines))

    def _read(self, name: str) -> str:
        try:
            return (self.path / name).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as reason:
            raise FolderError(
                f"a run folder must have a readable {name}; {self.path.name} has none"
            ) from reason

    def _lines(self, name: str) -> list[dict[str, Any]]:
        if not (self.path / name).is_file():
            return []
        text = self._read(name)
        lines = text.split("\n")[:-1]  # what follows the last line break was being written
        try:
            return [json.loads(line) for line in lines]
        except ValueError as reason:
            raise FolderError(
                f"every line of {name} in {self.path.name} must be JSON; one is not"
            ) from reason


def metrics_line(record: Epoch) -> dict[str, Any]:
    """Give an epoch's scores as one flat row: losses in nats, accuracies as shares, seconds."""
    train = record.train
    return {
        "epoch": record.epoch,
        "step": record.step,
        "seconds": record.seconds,
        "train_loss": train.loss if train else None,
        "train_accuracy": train.accuracy if train else None,
        "validation_loss": record.validation.loss,
        "validation_accuracy": record.validation.accuracy,
        "test_loss": record.test.loss,
        "test_accuracy": record.test.accuracy,
    }


def _layer_line(record: Epoch, layer: Any) -> dict[str, Any]:
    return {
        "epoch": record.epoch,
        "layer": layer.layer,
        "gradient": layer.gradient,
        **layer.measures,
    }


def _line(row: dict[str, Any]) -> str:
    """Write one row; JSON has no word for what is no number, so it becomes null."""
    finite = {
        key: None if isinstance(value, float) and not math.isfinite(value) else value
        for key, value in row.items()
    }
    return json.dumps(finite, allow_nan=False) + "\n"


@contextmanager
def _writing(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as reason:
        full = reason.errno in (errno.ENOSPC, errno.EDQUOT)
        said = "the disk is full" if full else (reason.strerror or type(reason).__name__)
        raise FolderError(
            f"{path.name} could not be written: {said}; the last checkpoint still stands"
        ) from reason
