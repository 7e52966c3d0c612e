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
OURS = "contra_norm"
START = METHODS[OURS].default.treatment
# Parameters of the address.
DEPTH, SCALE, TEMPERATURE = "tradeoffs_depth", "tradeoffs_s", "tradeoffs_tau"
MEASURED = ("accuracy", "rank", "goal")
COLUMNS = {"accuracy": "test_accuracy", "rank": "effective_rank", "goal": "epochs_to_goal"}
VERSION = 3  # raise it when a field of the packet changes its meaning


@dataclass(frozen=True)
class View:
    """Which depth's maps are looked at, and which cell of them."""

    depth: int = 24
    scale: float = START.scale
    temperature: float = START.temperature


@dataclass(frozen=True)
class Row:
    """One run of the sweep; `goal` is NaN where validation never reached 80 %.

    `gain` is what the gain γ of the LayerNorm behind the norm started with, and `learned` whether
    it and its bias were learned or held; `validation` is the accuracy after the last epoch, and
    `tried` which of its method's settings the run had.
    """

    method: str
    depth: int
    scale: float
    temperature: float
    seed: int
    accuracy: float
    rank: float
    goal: float
    gain: float = START.gain
    learned: bool = START.learned_gain
    validation: float = float("nan")
    tried: int = 0


@dataclass(frozen=True, eq=False)
class Tradeoffs:
    """Means over seeds: ContraNorm at one depth by s and τ, and methods with their defaults.

    A cell is NaN where a run is missing; `goal` also where one of its runs never got there.
    `runs` counts the seeds of a cell. `by_gain` is the accuracy by the gain γ at the same depth;
    each of its columns, in `begun`, is a method and whether it learns γ.
    """

    depth: int
    scales: tuple[float, ...]
    temperatures: tuple[float, ...]
    maps: Mapping[str, Float[np.ndarray, "scales temperatures"]]
    runs: int
    gains: tuple[float, ...]
    begun: tuple[tuple[str, bool], ...]
    by_gain: Float[np.ndarray, "gains begun"]
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
                gain=float(line["gain"]),
                learned=line["learned_gain"] == "True",
                validation=float(line["validation_accuracy"] or "nan"),
                tried=int(line.get("tried", 0)),
                **{name: float(line[title] or "nan") for name, title in COLUMNS.items()},
            )
            for line in csv.DictReader(text)
        )


def swept() -> tuple[int, ...]:
    """Give the depths that have maps: those at which more than one s was trained."""
    scales: dict[int, set[float]] = {}
    for row in rows():
        if row.method == OURS:
            scales.setdefault(row.depth, set()).add(row.scale)
    return tuple(sorted(depth for depth, known in scales.items() if len(known) > 1))


def tradeoffs(asked: View) -> Tradeoffs:
    """Collect the maps of one depth and the lines over all depths."""
    there = [row for row in rows() if row.method == OURS and row.depth == asked.depth]
    ours = [row for row in there if plain(row)]
    varied = [row for row in rows() if row.depth == asked.depth and with_default(row)]
    begun = begun_of(varied)
    gains = tuple(sorted({row.gain for row in varied if (row.method, row.learned) in begun}))
    scales = tuple(sorted({row.scale for row in ours}))
    temperatures = tuple(sorted({row.temperature for row in ours}))
    methods = tuple(name for name in METHODS if any(row.method == name for row in rows()))
    usual = [row for row in rows() if plain(row) and with_default(row)]
    all_depths = tuple(sorted({row.depth for row in usual}))

    def at(scale: float, temperature: float) -> Callable[[Row], bool]:
        return lambda row: (row.scale, row.temperature) == (scale, temperature)

    def with_gain(method: str, learned: bool, gain: float) -> Callable[[Row], bool]:
        return lambda row: (row.method, row.learned, row.gain) == (method, learned, gain)

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
        gains=gains,
        begun=begun,
        by_gain=np.array(
            [[_mean(varied, with_gain(*one, gain), "accuracy") for one in begun] for gain in gains],
            np.float32,
        ),
        methods=methods,
        depths=all_depths,
        lines={
            name: np.array(
                [
                    [_mean(usual, of(method, depth), name) for method in methods]
                    for depth in all_depths
                ],
                np.float32,
            )
            for name in MEASURED
        },
    )


def recipe(asked: View) -> Recipe:
    """Say what the page's program is written from."""
    names = dict.fromkeys(row.method for row in rows())
    usual = tuple((name, *_usual(name)) for name in names)
    return Recipe("tradeoffs", {"depth": asked.depth, "usual": usual})


def plain(row: Row) -> bool:
    """Tell whether a run's LayerNorms are as they are everywhere else."""
    return (row.gain, row.learned) == (START.gain, START.learned_gain)


def with_default(row: Row) -> bool:
    """Tell whether a run has its method's default s and τ."""
    return [row.scale, row.temperature] == _usual(row.method)


def _usual(method: str) -> list[float]:
    treatment = METHODS[method].default.treatment
    return [treatment.scale, treatment.temperature]


def begun_of(known: Sequence[Row]) -> tuple[tuple[str, bool], ...]:
    """Give the methods that were run with more than one gain, learned or held."""
    gains: dict[tuple[str, bool], set[float]] = {}
    for row in known:
        gains.setdefault((row.method, row.learned), set()).add(row.gain)
    order = [(name, learned) for name in METHODS for learned in (True, False)]
    return tuple(one for one in order if len(gains.get(one, ())) > 1)


def _mean(known: Sequence[Row], chosen: Callable[[Row], bool], name: str) -> float:
    """Average over seeds; NaN unless every seed of these rows has a number."""
    values = {row.seed: getattr(row, name) for row in known if chosen(row)}
    whole = len(values) == len({row.seed for row in known})
    return float(np.mean([*values.values()])) if whole else np.nan
