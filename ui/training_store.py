"""Runs of the training lab on this server: their folders, their jobs, and who is watching."""

import contextlib
import hashlib
import json
import shutil
import threading
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Literal

from training.folder import FolderError, RunFolder
from training.run import finished
from training.together import Progress, steps_of, train
from ui import jobs
from ui.folder import FOLDER, NotOwn, made, root
from ui.jobs import Job
from ui.limits import limit
from ui.training_settings import Setup

MEGABYTE = 1_000_000
SECONDS_SAFE = 60.0  # what was written to so lately is not removed: another server may train it
RULE = "at most {most} steps"
METRICS = "metrics.jsonl"  # of a run folder: a line an epoch

State = Literal["new", "waiting", "running", "stopped", "finished"]
Here = Callable[[], bool]


class TooLong(ValueError):  # noqa: N818 - it states what was asked for
    """More steps than this server trains at once."""


@dataclass(eq=False)
class Group:
    """The runs of one setup while this server trains them, and the visitors who look on."""

    jobs: tuple[Job, ...]
    steps: tuple[int, ...] = ()  # of each job, those of an earlier time included
    watchers: set[Here] = field(default_factory=set)

    @property
    def over(self) -> bool:
        """Whether no job of it will do anything more."""
        return all(job.over for job in self.jobs)

    def watched(self) -> bool:
        """Whether anybody's tab is open on it."""
        return any(here() for here in tuple(self.watchers))


_groups: dict[str, Group] = {}
_lock = threading.RLock()


def key(setup: Setup) -> str:
    """Name a setup by everything that fixes its numbers.

    >>> key(Setup()) == key(Setup(depth=24)), key(Setup()) == key(Setup(depth=12))
    (True, False)
    """
    said = json.dumps([asdict(config) for config in setup.configs().values()], sort_keys=True)
    return hashlib.blake2b(said.encode(), digest_size=10).hexdigest()


def folders(setup: Setup) -> dict[tuple[str, int], RunFolder]:
    """Give the folder of each run of a setup, by method and seed, whether it is there or not."""
    place = root() / key(setup)
    return {
        (method, seed): RunFolder(place / f"{method}-seed-{seed}")
        for method, seed in setup.configs()
    }


def revision(setup: Setup) -> tuple[tuple[int, int], ...]:
    """Give what changes whenever the records of a setup do."""
    kept = folders(setup).values()
    return tuple(_stamp(one, name) for one in kept for name in (METRICS, "end.json"))


def _stamp(folder: RunFolder, name: str) -> tuple[int, int]:
    """Give when a file was last written, and how long it is; zeros if there is none."""
    try:
        stat = (folder.path / name).stat()
    except OSError:
        return (0, 0)
    return (stat.st_mtime_ns, stat.st_size)


def group(setup: Setup) -> Group | None:
    """Find the jobs of a setup; None if this server has not trained it."""
    with _lock:
        return _groups.get(key(setup))


def state(setup: Setup) -> State:
    """Say where a setup stands."""
    known = group(setup)
    if known is not None and not known.over:
        return "running" if any(job.state == "running" for job in known.jobs) else "waiting"
    if all(finished(folder) for folder in folders(setup).values()):
        return "finished"
    begun = known is not None or any(one.path.is_dir() for one in folders(setup).values())
    return "stopped" if begun else "new"


def start(setup: Setup, here: Here) -> Group:
    """Train a setup, or what is left of it; whoever asks for one that is under way looks on.

    Args:
        setup: What to train.
        here: Whether the visitor's tab is still open.

    Raises:
        TooLong: If it has more steps than this server trains at once.
        FolderError: If there is no place for the runs.
        Full: If too many jobs wait already.
    """
    if setup.steps > limit("train_steps"):
        raise TooLong(RULE.format(most=limit("train_steps")))
    with _lock:
        known = group(setup)
        if known is not None and not known.over:
            known.watchers.add(here)
            return known
        _make_room(keep=key(setup))
        begun = _started(setup, here)
        _groups[key(setup)] = begun
        return begun


def watch(setup: Setup, here: Here) -> None:
    """Count a visitor among those who look on, as long as the tab is open."""
    known = group(setup)
    if known is not None and not known.over:
        known.watchers.add(here)


def cancel(setup: Setup, here: Here) -> bool:
    """Stop a setup's training unless others look on; return whether it was stopped."""
    known = group(setup)
    if known is None:
        return False
    if any(other() for other in tuple(known.watchers - {here})):
        return False
    for job in known.jobs:
        job.cancel()
    return True


def remove(setup: Setup) -> None:
    """Forget a setup's runs, so that it can be trained from the start."""
    with _lock:
        known = _groups.pop(key(setup), None)
        for job in known.jobs if known else ():
            job.cancel()
        shutil.rmtree(root() / key(setup), ignore_errors=True)


def _started(setup: Setup, here: Here) -> Group:
    """Deal the unfinished runs out to as many jobs as may run at once, all methods in turn."""
    place = folders(setup)
    left = [
        (config, place[name].path)
        for name, config in setup.configs().items()
        if not finished(place[name])
    ]
    made = Group(())
    made.watchers.add(here)
    count = limit("jobs")
    try:
        for part in (left[first::count] for first in range(min(count, len(left)))):
            job = jobs.start(train, part, alive=made.watched, seconds=limit("train_seconds"))
            made.jobs = (*made.jobs, job)
            made.steps = (*made.steps, sum(steps_of(config) for config, _ in part))
    except jobs.Full:
        for job in made.jobs:
            job.cancel()
        raise
    return made


def _make_room(keep: str) -> None:
    """Remove the oldest runs beyond what may be kept, but none that is being trained."""
    try:
        place = made()
        known = [_Kept.of(one) for one in place.iterdir() if one.is_dir()]
    except NotOwn as reason:
        rule = f"runs are kept in a folder of the server's own; {FOLDER} names one"
        raise FolderError(rule) from reason
    except OSError as reason:
        raise FolderError(f"the folder of runs cannot be used: {reason.strerror}") from reason
    known.sort(key=lambda one: (one.path.name == keep or one.busy, one.touched), reverse=True)
    room, held = limit("runs"), 0
    if not any(one.path.name == keep for one in known):
        room -= 1  # for the one that is to come
    for one in known:
        held, room = held + one.size, room - 1
        enough = room >= 0 and held <= limit("runs_size") * MEGABYTE
        if not enough and one.path.name != keep and not one.busy:
            held, room = held - one.size, room + 1
            shutil.rmtree(one.path, ignore_errors=True)
            _groups.pop(one.path.name, None)


@dataclass(frozen=True)
class _Kept:
    """A group of runs on the disk: its bytes, and when it was written to last."""

    path: Path
    size: int
    touched: float

    @property
    def busy(self) -> bool:
        """Whether it is being trained, by this server or perhaps by another."""
        mine = _groups.get(self.path.name)
        return (mine is not None and not mine.over) or time.time() - self.touched < SECONDS_SAFE

    @classmethod
    def of(cls, path: Path) -> "_Kept":
        size, touched = 0, 0.0
        for file in path.rglob("*"):
            with contextlib.suppress(OSError):  # it was replaced just now
                stat = file.stat()
                size, touched = size + stat.st_size, max(touched, stat.st_mtime)
        return cls(path, size, touched)


@dataclass(frozen=True)
class Standing:
    """How far a group is: its share of all steps, from 0 to 1, and what its running jobs say.

    `speed` is in steps a second, `left` in seconds, and None while nobody can know. `waiting`
    jobs have no worker yet.
    """

    share: float
    speed: float | None
    left: float | None
    waiting: int


def standing(known: Group) -> Standing:
    """Say how far a group is.

    Its jobs run beside each other, so the slowest says when it ends. A job that ended otherwise
    than by being done counts with the steps it took.
    """
    taken, under_way = 0, []
    for job, steps in zip(known.jobs, known.steps, strict=True):
        said = job.partial if isinstance(job.partial, Progress) else None
        taken += steps if job.state == "done" else said.taken if said else 0
        if job.state == "running":
            under_way.append(said)
    waiting = sum(job.state == "waiting" for job in known.jobs)
    speeds = [said.speed for said in under_way if said and said.speed]
    lefts = [said.left for said in under_way if said and said.left is not None]
    known_by_all = under_way and len(lefts) == len(under_way) and not waiting
    return Standing(
        share=taken / max(1, sum(known.steps)),
        speed=sum(speeds) if speeds else None,
        left=max(lefts) if known_by_all else None,
        waiting=waiting,
    )


def recorded(setup: Setup) -> bool:
    """Tell whether anything is kept of a setup that its training can go on from."""
    return any(_stamp(folder, METRICS)[1] for folder in folders(setup).values())


def diverged(setup: Setup) -> int:
    """Count the runs of a setup that ended because their loss was no number."""
    ends = (folder.end() for folder in folders(setup).values())
    return sum(end is not None and end.state == "diverged" for end in ends)
