"""What runs scored, one row each."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pandas as pd

from models.methods import METHODS
from training.config import RunConfig
from training.folder import RunFolder

GOAL = 0.8  # an accuracy, for how long a method takes to get there


def table(runs: Iterable[tuple[RunConfig, Path]]) -> pd.DataFrame:
    """Collect one row a run: its config, how it ended, and its numbers after the last epoch."""
    return pd.DataFrame([row(config, RunFolder(path)) for config, path in runs])


def row(config: RunConfig, folder: RunFolder) -> dict[str, Any]:
    """Give one run's row; a run that diverged has the numbers of its last whole epoch.

    `epochs_to_goal` is the first epoch with a validation accuracy of at least 80 %, missing if
    there was none. Times are of the machine that trained it, and of nothing else.
    """
    setting, treatment = config.setting, config.setting.treatment
    said = asdict(config) | {
        "scale": treatment.scale,
        "temperature": treatment.temperature,
        "form": treatment.form,
        "learnable": treatment.learnable,
        "gain": treatment.gain,
        "learned_gain": treatment.learned_gain,
        "loss_weight": treatment.loss_weight,
        "learning_rate": setting.learning_rate,
        "split": config.data_split,
        "command": config.command,
    }
    lines, ended = folder.metrics(), folder.end()
    said["state"] = ended.state if ended else "unfinished"
    if not lines:
        return said
    deepest = [line for line in folder.layers() if line["epoch"] == lines[-1]["epoch"]][-1]
    return said | {
        "train_loss": lines[-1]["train_loss"],
        "validation_accuracy": lines[-1]["validation_accuracy"],
        "test_accuracy": lines[-1]["test_accuracy"],
        "effective_rank": deepest["effective_rank"],
        "mean_cosine_similarity": deepest["mean_cosine_similarity"],
        "epochs_to_goal": epochs_to_goal(lines),
        "seconds": sum(line["seconds"] for line in lines),
    }


def epochs_to_goal(lines: Sequence[dict[str, Any]], goal: float = GOAL) -> float:
    """Give the first epoch at which validation reaches the goal, NaN if none does.

    >>> epochs_to_goal([{"epoch": 0, "validation_accuracy": 0.9}])
    0.0
    """
    reached = [line["epoch"] for line in lines if line["validation_accuracy"] >= goal]
    return float(reached[0]) if reached else math.nan


def chosen(rows: pd.DataFrame) -> pd.DataFrame:
    """Give, for each task, depth and method, which tried setting is best on validation data.

    The mean over seeds of the validation accuracy decides, and only over seeds that every one
    of the method's settings has been run with; the test data are not looked at. A tie goes to
    the lower number, so the default wins where nothing beats it.
    """
    picked = []
    for keys, group in rows.groupby(["task", "depth", "method"], sort=False):
        seeds = group.groupby("tried")["seed"].agg(set)
        shared = set.intersection(*seeds)
        scores = group[group["seed"].isin(shared)].groupby("tried")["validation_accuracy"].mean()
        best = int(scores.idxmax()) if len(scores) else 0
        picked.append((*keys, best, len(seeds), len(shared)))
    columns = ["task", "depth", "method", "tried", "settings", "seeds_chosen_on"]
    return pd.DataFrame(picked, columns=columns)


def summary(rows: pd.DataFrame, tried: pd.DataFrame | None = None) -> pd.DataFrame:
    """Give mean, lowest and highest test accuracy over seeds, by task, depth and method.

    Args:
        rows: What `table` gives.
        tried: Which setting of each method, as `chosen` gives it; the default when None.
    """
    if tried is None:
        kept = rows[rows["tried"] == 0]
    else:
        keys = ["task", "depth", "method", "tried"]
        kept = rows.merge(tried[keys], on=keys)
    groups = kept.groupby(["task", "depth", "method"], sort=False)
    found = groups["test_accuracy"].agg(["mean", "min", "max", "count"]).reset_index()
    order = {name: index for index, name in enumerate(METHODS)}
    found["order"] = found["method"].map(order)
    ordered = found.sort_values(["task", "depth", "order"]).drop(columns="order")
    return ordered.reset_index(drop=True)
