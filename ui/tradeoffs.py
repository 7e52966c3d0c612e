"""What a sweep found of ContraNorm's numbers and of depth, read from the file that is shipped."""

import csv
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import numpy as np
from jaxtyping import Float

import training
from models.methods import METHODS
from ui.recipe import Recipe

FILE = Path(training.__file__).parent / "sweeps" / "tradeoffs.csv"
COMMAND = "python -m training.sweep training/sweeps/tradeoffs.yaml"
START = METHODS["contra_norm"].default.treatment
SCALE, TEMPERATURE = "tradeoffs_s", "tradeoffs_tau"  # parameters of the address
MEASURED = ("accuracy", "rank", "goal")
COLUMNS = {"accuracy": "test_accuracy", "rank": "effective_rank", "goal": "epochs_to_goal"}
VERSION = 1  # raise it when a field of the packet changes its meaning


@dataclass(frozen=True)
class View:
    """Which depth's maps are looked at, the one that was swept, and which cell of them."""

    depth: int = 6
    scale: float = START.scale
    temperature: float = START.temperature


@dataclass(frozen=True)
class Row:
    """One run of the sweep; `goal` is NaN where validation never reached 80 %."""

    method: str
    depth: int
    scale: float
    temperature: float
    seed: int
    accuracy: float
    rank: float
    goal: float


@dataclass(frozen=True, eq=False)
class Tradeoffs:
    """Means over seeds: ContraNorm at one depth by s and τ, and methods with their defaults.

    A cell is NaN where a run is missing; `goal` also where one of its runs never got there.
    `runs` counts the seeds of a cell.
    """

    depth: int
    scales: tuple[float, ...]
    temperatures: tuple[float, ...]
    maps: Mapping[str, Float[np.ndarray, "scales temperatures"]]
    runs: int
    methods: tuple[str, ...]
    depths: tuple[int, ...]
    lines: Mapping[str, Float[np.ndarray, "depths methods"]]
    version: int = field(default=VERSION)


@cache
def rows(file: Path = FILE) -> tuple[Row, ...]:
    """Read every run of the sweep."""
    with file.open(encoding="utf-8", newline="") as text:
        return tuple(
            Row(
                method=line["method"],
                depth=int(line["depth"]),
                scale=float(line["scale"]),
                temperature=float(line["temperature"]),
                seed=int(line["seed"]),
                **{name: float(line[title] or "nan") for name, title in COLUMNS.items()},
            )
            for line in csv.DictReader(text)
        )


def tradeoffs(asked: View) -> Tradeoffs:
    """Collect the maps of one depth and the lines over all depths."""
    ours = [row for row in rows() if row.method == "contra_norm" and row.depth == asked.depth]
    scales = tuple(sorted({row.scale for row in ours}))
    temperatures = tuple(sorted({row.temperature for row in ours}))
    methods = tuple(name for name in METHODS if any(row.method == name for row in rows()))
    plain = [row for row in rows() if (row.scale, row.temperature) == _default(row.method)]
    all_depths = tuple(sorted({row.depth for row in plain}))

    def at(scale: float, temperature: float) -> Callable[[Row], bool]:
        return lambda row: (row.scale, row.temperature) == (scale, temperature)

    def of(method: str, depth: int) -> Callable[[Row], bool]:
        return lambda row: (row.method, row.depth) == (method, depth)

    return Tradeoffs(
        depth=asked.depth,
        scales=scales,
        temperatures=temperatures,
        maps={
            name: np.array(
                [[_mean(ours, at(s, tau), name) for tau in temperatures] for s in scales],
                np.float32,
            )
            for name in MEASURED
        },
        runs=len({row.seed for row in ours}),
        methods=methods,
        depths=all_depths,
        lines={
            name: np.array(
                [
                    [_mean(plain, of(method, depth), name) for method in methods]
                    for depth in all_depths
                ],
                np.float32,
            )
            for name in MEASURED
        },
    )


def recipe(asked: View) -> Recipe:
    """Say what the page's program is written from."""
    return Recipe("tradeoffs", {"depth": asked.depth})


def _default(method: str) -> tuple[float, float]:
    treatment = METHODS[method].default.treatment
    return treatment.scale, treatment.temperature


def _mean(known: Sequence[Row], chosen: Callable[[Row], bool], name: str) -> float:
    """Average over seeds; NaN unless every seed of these rows has a number."""
    values = {row.seed: getattr(row, name) for row in known if chosen(row)}
    whole = len(values) == len({row.seed for row in known})
    return float(np.mean([*values.values()])) if whole else np.nan
