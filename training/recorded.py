"""What was recorded while the shipped networks were trained: run folders without weights."""

import json
from dataclasses import replace
from pathlib import Path

from training.config import RunConfig
from training.folder import RunFolder

RECORDS = Path(__file__).parent / "records"
KEPT = ("epoch", "layer", "gradient", "effective_rank", "mean_cosine_similarity")
DIGITS = 6  # significant ones of a number that is kept


def recording(config: RunConfig, records: Path = RECORDS) -> RunFolder | None:
    """Find the record of a run, or of one that only went on for longer; None if there is none.

    Nothing in a run depends on how many epochs are still to come, so a longer run's first epochs
    are those of the shorter one.
    """
    folder = _place(config, records)
    if not (folder.path / "config.json").is_file():
        return None
    held = folder.config()
    same = replace(config, epochs=held.epochs) == held
    return folder if same and config.epochs <= held.epochs else None


def record(folder: RunFolder, records: Path = RECORDS) -> Path:
    """Copy what a finished run recorded, rounded, without its weights and its rarer measures.

    Raises:
        FolderError: If the run's folder is broken.
    """
    config = folder.config()
    out = _place(config, records)
    out.start(config)
    layers = [{name: _short(line[name]) for name in KEPT} for line in folder.layers()]
    metrics = [{name: _short(value) for name, value in line.items()} for line in folder.metrics()]
    for name, lines in (("layers.jsonl", layers), ("metrics.jsonl", metrics)):
        out.replace(name, "".join(json.dumps(line) + "\n" for line in lines).encode())
    ended = folder.end()
    if ended is not None:
        out.finish(ended)
    return out.path


def _place(config: RunConfig, records: Path) -> RunFolder:
    return RunFolder(records / config.task / f"{config.method}-{config.depth}")


def _short(value: float | int | None) -> float | int | None:
    return float(f"{value:.{DIGITS}g}") if isinstance(value, float) else value
