"""A setup's way through the queue: its button, how far it is, how it ended and what to do then."""

from functools import partial
from typing import cast

import streamlit as st

from training.corpus import CorpusMissing
from training.folder import FolderError
from training.tasks import TASKS
from ui import controls, jobs, training_store
from ui.escape import markdown_text
from ui.jobs import Job
from ui.limits import limit
from ui.settings import shown
from ui.text import Words
from ui.training_settings import PARAMETERS, RATES, Setup
from ui.training_store import Group, Here, Standing, State, TooLong

HERE = "training here"


def here() -> Here:
    """Return the question whether this visitor's tab is still open, the same one all visit long."""
    if controls.kept(HERE) is None:
        controls.keep(HERE, controls.visiting())
    return cast(Here, controls.kept(HERE))


def under_way(state: State) -> bool:
    """Tell whether a state changes by itself."""
    return state in ("waiting", "running")


def draw(setup: Setup, state: State, words: Words) -> None:
    """Draw what can be done about a setup now."""
    group = training_store.group(setup)
    if under_way(state) and group is not None:
        _progress(setup, group, words)
        return
    if state == "finished":
        _finished(setup, words)
        return
    kept = training_store.recorded(setup)
    if state == "stopped":
        for sentence in _reasons(group, words):
            st.warning(f"{sentence} {words('ended_recorded')}" if kept else sentence)
    if TASKS[setup.task].missing():
        st.info(words("no_data"))
        return
    if setup.steps > limit("train_steps"):
        st.warning(words("too_long", steps=setup.steps, most=limit("train_steps")))
        return
    counted = {"runs": len(setup.configs()), "steps": setup.steps}
    afresh = "train" if counted["runs"] > 1 else "train_one"
    label = words("go_on") if state == "stopped" and kept else words(afresh, **counted)
    if controls.button("training_start", label) and _begun(setup, words):
        st.rerun()


def broken(setup: Setup, reason: str, words: Words) -> None:
    """Say that the runs of a setup cannot be read, and offer to train them from the start."""
    st.error(words("broken", reason=markdown_text(reason)))
    if controls.button("training_anew", words("anew")):
        training_store.remove(setup)
        st.rerun()


def _finished(setup: Setup, words: Words) -> None:
    broke = training_store.diverged(setup)
    if broke:
        st.warning(words("finished_diverged", broke=broke, count=len(setup.configs())))
        _slower(setup, words)
    else:
        st.markdown(words("finished"))


def _slower(setup: Setup, words: Words) -> None:
    """Offer the next smaller learning rate, with which training can be begun anew."""
    smaller = [rate for rate in RATES if rate < setup.rate]
    if not smaller:
        return
    rate = max(smaller)
    then = partial(controls.put, **{PARAMETERS["rate"][0]: rate})
    if controls.button("training_slower", words("slower", rate=shown(rate)), then=then):
        st.rerun()  # the slider is drawn elsewhere on the page


def _progress(setup: Setup, group: Group, words: Words) -> None:
    for sentence in dict.fromkeys(_reason(job, words) for job in group.jobs if _broke_off(job)):
        st.warning(sentence)
    standing = training_store.standing(group)
    st.progress(standing.share, text=_stands(standing, group, words))
    if controls.button("training_stop", words("stop")):
        if training_store.cancel(setup, here()):
            st.rerun()
        st.info(words("others_watch"))


def _broke_off(job: Job) -> bool:
    return job.over and job.state not in ("done", "cancelled")


def _stands(standing: Standing, group: Group, words: Words) -> str:
    places = [job.place for job in group.jobs if not job.over]
    if standing.waiting == len(places):
        place = min(places)
        return words("waits", place=place) if place else words("waits_first")
    if standing.speed is None:
        return words("starts")
    slots = {"share": f"{100 * standing.share:.0f}", "speed": f"{standing.speed:.1f}"}
    if standing.waiting:
        parts = {"waiting": standing.waiting, "parts": len(group.jobs)}
        return words("runs_and_waits", **slots, **parts)
    if standing.left is None:
        return words("starts")
    return words("runs", **slots, left=_time(standing.left))


def _time(seconds: float) -> str:
    """Write a time to come.

    >>> _time(8.2), _time(75.0)
    ('8 s', '1 min 15 s')
    """
    whole = round(seconds)
    return f"{whole} s" if whole < 60 else f"{whole // 60} min {whole % 60} s"


def _reasons(group: Group | None, words: Words) -> tuple[str, ...]:
    """Say why a setup was not trained to its end."""
    if group is None:
        return (words("ended_elsewhere"),)
    said = [_reason(job, words) for job in group.jobs if job.state != "done"]
    return tuple(dict.fromkeys(said)) or (words("ended_elsewhere"),)


def _reason(job: Job, words: Words) -> str:
    if isinstance(job.error, CorpusMissing):
        return words("no_data")
    if isinstance(job.error, FolderError):
        return words("ended_folder", reason=markdown_text(str(job.error)))
    memory = isinstance(job.error, MemoryError) or "allocate memory" in str(job.error)
    state = "killed" if memory else job.state
    slots = {"seconds": limit("train_seconds"), "memory": limit("job_memory")}
    return words(f"ended_{state}", **slots)


def _begun(setup: Setup, words: Words) -> bool:
    """Put a setup into the queue, or say why not."""
    try:
        training_store.start(setup, here())
    except jobs.Full:
        st.warning(words("full", most=limit("jobs_waiting")))
    except TooLong:
        st.warning(words("too_long", steps=setup.steps, most=limit("train_steps")))
    except FolderError as reason:
        st.error(markdown_text(str(reason)))
    else:
        return True
    return False
