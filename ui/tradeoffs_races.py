"""Who gets to 80 % sooner: ContraNorm and its rivals, run by run."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from math import inf, isnan
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

import training
from models.methods import METHODS
from ui.tradeoffs import OURS, START, Row, begun_of, plain, rows, with_default

TRIED = Path(training.__file__).parent / "sweeps" / "depths.csv"  # of methods, four settings each

Goals = Mapping[int, float]  # by seed: the epoch that reached the goal, infinity if none did


@dataclass(frozen=True, eq=False)
class Race:
    """How soon each method got to the goal, over the seeds that all were run with.

    `ends` is each method's mean validation accuracy after the last epoch.
    """

    goals: Mapping[str, Goals]
    ends: Mapping[str, float]


class Pair(NamedTuple):
    """With how many seeds a run got to the goal before another, after it, with it, or neither."""

    sooner: int
    later: int
    level: int
    neither: int


def goals(known: Iterable[Row]) -> Goals:
    """Give when each seed's run reached the goal."""
    return {row.seed: inf if isnan(row.goal) else row.goal for row in known}


def race(known: Iterable[Row]) -> Race:
    """Set runs beside each other, one for each method and seed; without a shared seed, none."""
    runs: dict[str, dict[int, Row]] = {}
    for row in known:
        runs.setdefault(row.method, {})[row.seed] = row
    shared = sorted(set[int].intersection(*map(set, runs.values()))) if runs else []
    there = [name for name in METHODS if name in runs and shared]
    kept = {name: [runs[name][seed] for seed in shared] for name in there}
    return Race(
        {name: goals(of_one) for name, of_one in kept.items()},
        {name: float(np.mean([row.validation for row in of_one])) for name, of_one in kept.items()},
    )


def by_depth() -> dict[int, Race]:
    """Let the defaults race at every depth: all that were tried there, else those of the maps."""
    usual = [row for row in rows() if plain(row) and with_default(row)]
    tried = [row for row in rows(TRIED) if row.tried == 0]
    everywhere = {row.depth for row in tried}
    known = tried + [row for row in usual if row.depth not in everywhere]
    depths = sorted({row.depth for row in known})
    return _with_ours({depth: race(row for row in known if row.depth == depth) for depth in depths})


def by_gain(depth: int) -> dict[float, Race]:
    """Let methods that were run with several gains γ race with each but the default, learned."""
    varied = [row for row in rows() if row.depth == depth and with_default(row)]
    learning = {method for method, learned in begun_of(varied) if learned}
    other = [row for row in varied if row.learned and row.gain != START.gain]
    known = [row for row in other if row.method in learning]
    gains = sorted({row.gain for row in known})
    return _with_ours({gain: race(row for row in known if row.gain == gain) for gain in gains})


def tuned(depth: int, picked: Mapping[str, int]) -> Race | None:
    """Let methods race with one of their settings each; None where ContraNorm was not tuned.

    Args:
        depth: Of the networks.
        picked: The setting of each method.
    """
    there = [row for row in rows(TRIED) if row.depth == depth]
    best = race(row for row in there if picked.get(row.method) == row.tried)
    return best if OURS in best.goals else None


def cells(depth: int, against: Race) -> list[Race]:
    """Let each of ContraNorm's cells of a map race in its default's place; whole cells only."""
    seeds = set(against.goals[OURS])
    runs: dict[tuple[float, float], list[Row]] = {}
    for row in rows():
        if (row.method, row.depth) == (OURS, depth) and plain(row):
            runs.setdefault((row.scale, row.temperature), []).append(row)
    known = [goals(of_one) for of_one in runs.values()]
    whole = [{seed: cell[seed] for seed in seeds} for cell in known if seeds <= set(cell)]
    return [replace(against, goals={**against.goals, OURS: cell}) for cell in whole]


def pair(one: Goals, other: Goals) -> Pair:
    """Compare seed by seed when two got to the goal.

    >>> pair({0: 5, 1: 8, 2: inf}, {0: 7, 1: 8, 2: inf})
    Pair(sooner=1, later=0, level=1, neither=1)
    """
    both = [(one[seed], other[seed]) for seed in one if seed in other]
    return Pair(
        sooner=sum(ours < theirs for ours, theirs in both),
        later=sum(ours > theirs for ours, theirs in both),
        level=sum(ours == theirs < inf for ours, theirs in both),
        neither=sum(ours == theirs == inf for ours, theirs in both),
    )


def rivals(names: Iterable[str]) -> list[str]:
    """Leave out ContraNorm, and with it its form with learned strengths.

    >>> rivals(["none", "contra_norm", "contra_norm_learned"])
    ['none']
    """
    return [name for name in names if METHODS[name].default.treatment.norm != OURS]


def pairs(found: Race) -> dict[str, Pair]:
    """Compare ContraNorm with every rival that got to the goal, with a seed at least."""
    ours = found.goals[OURS]
    others = {name: found.goals[name] for name in rivals(found.goals)}
    return {name: pair(ours, theirs) for name, theirs in others.items() if reached(theirs)}


def reached(known: Goals) -> int:
    """Count the seeds that got to the goal."""
    return sum(epoch < inf for epoch in known.values())


def standing(one: Pair) -> str:
    """Name the quicker one: "ours", "other", "shared" if neither is, "mixed" if by seed.

    >>> standing(Pair(2, 0, 1, 0)), standing(Pair(1, 2, 0, 0))
    ('ours', 'mixed')
    """
    if one.later:
        return "mixed" if one.sooner else "other"
    return "ours" if one.sooner else "shared"


def verdict(found: Race) -> str:
    """Name the standing of ContraNorm against the rival it did worst against.

    Where no rival got to the goal there is nothing to compare: "alone" if ContraNorm did, in
    either form, else "nobody".
    """
    said = {standing(one) for one in pairs(found).values()}
    if said:
        return next(word for word in ("other", "mixed", "shared", "ours") if word in said)
    forms = set(found.goals) - set(rivals(found.goals))
    return "alone" if any(reached(found.goals[name]) for name in forms) else "nobody"


def _with_ours(races: Mapping[Any, Race]) -> dict[Any, Race]:
    return {value: one for value, one in races.items() if OURS in one.goals}
