"""The parts of the training lab: what to train, the run under way, its curves."""

from dataclasses import fields
from typing import Any

import streamlit as st

from models.masked_words import EXAMPLE
from models.methods import METHODS
from training.folder import FolderError
from training.tasks import TASKS
from ui import (
    asking,
    controls,
    live,
    still,
    training_clouds,
    training_digits,
    training_live,
    training_progress,
    training_store,
    training_words,
)
from ui.figures.training import titled
from ui.pinned import Outcome
from ui.recipe import Recipe
from ui.settings import shown
from ui.shell import note
from ui.text import Words
from ui.training_live import LINE, LONGEST_LINE, View, longest_record
from ui.training_settings import (
    CHOSEN,
    FORMS,
    LAYER_NORMS,
    MOST_METHODS,
    PARAMETERS,
    Setup,
    written,
)
from ui.training_store import State

SECONDS_BETWEEN = 1.0  # two looks at a run that is under way


def chosen(words: Words) -> Setup:
    """Draw every control, four in sight, and return what all of them say."""
    live.found_again("training", PARAMETERS["task"][0])
    start = Setup()
    left, middle, right = st.columns(3)
    with left:
        task = controls.choice(
            PARAMETERS["task"][0],
            words("task"),
            options={name: words(f"task_{name}") for name in TASKS},
            default=start.task,
        )
    with middle:
        depth = int(_number("depth", words))
    with right:
        seeds = int(_number("seeds", words))
    methods = controls.several(
        CHOSEN,
        words("methods"),
        options={name: titled(name) for name in METHODS},
        default=start.methods,
        most=MOST_METHODS,
    )
    with controls.Behind(words("more")):
        further = _further(words)
    controls.addressed(LINE)  # known to the page, whichever task is chosen
    setup = Setup(task=task, depth=depth, methods=methods, seeds=seeds, **further)
    note(words(f"about_{task}"))
    return setup


def training(setup: Setup, words: Words) -> None:
    """Draw the button, how far the run is, and the curves, which follow it."""
    if not 1 <= len(setup.methods) <= MOST_METHODS:
        st.warning(words("no_methods"))
        return
    state = training_store.state(setup)
    training_store.watch(setup, training_progress.here())
    moving = training_progress.under_way(state)
    st.fragment(_follow, run_every=SECONDS_BETWEEN if moving else None)(setup, state, words)
    live.left("training")


def networks(setup: Setup, words: Words) -> View:
    """Look into the networks on screen, once nothing is under way; return what was looked at."""
    view = training_live.view(setup)
    if training_progress.under_way(training_store.state(setup)):
        return view
    if any(training_live.kept(view, method) for method in view.setup.methods):
        if TASKS[setup.task].read is not None:
            view = _masked_words(setup, words)
        _clouds(setup, view, words)
        if view.setup.task == "digits":
            _read_wrongly(setup, view, words)
    return view


def _masked_words(setup: Setup, words: Words) -> View:
    """Draw a line to be written in, and what each network guesses where a word is hidden."""
    st.header(words("line_heading"))
    line, _ = controls.sentence(
        LINE, words("line"), default=EXAMPLE, longest=LONGEST_LINE, most=LONGEST_LINE
    )
    for sentence in training_words.remarks(line, words):
        st.info(sentence)
    view = training_live.view(setup, line)
    found = asking.answer(training_words.guessed, view, words)
    if found:
        training_words.draw(found, view, words)
    return view


def _clouds(setup: Setup, view: View, words: Words) -> None:
    """Draw the tokens of one input, layer by layer."""
    st.header(words("clouds_heading"))
    reads, longest = TASKS[setup.task].read is not None, longest_record(setup.task)
    count = len(training_words.read(view.line))
    given = words("clouds_line", count=count) if reads else words("clouds_input")
    recorded = words("clouds_recorded", given=given, epochs=longest)
    note(words("clouds_own", given=given) if view.own else recorded)
    note(words("clouds_wide"))
    live.moved(training_clouds.PART, (), training_clouds.LAYERS)

    def draw() -> None:
        live.draw(
            training_clouds.PART,
            training_clouds.SOURCE,
            address=written(setup) | ({LINE: view.line} if reads else {}),
            moving=(),
            frames=training_clouds.LAYERS,
        )

    asking.answered(draw, words)
    live.left("training")


def _read_wrongly(setup: Setup, view: View, words: Words) -> None:
    """Draw the digits that the networks read wrongly."""
    st.header(words("wrong_heading"))
    longest = longest_record(setup.task)
    note(words("wrong_own") if view.own else words("wrong_recorded", epochs=longest))
    asking.answered(lambda: still.draw("training:digits", training_digits.ready, view), words)


def outcome(setup: Setup, words: Words) -> Outcome | None:
    """Say what was set and what came out, for a pinned run; None before anything has."""
    try:
        known = training_live.found(training_live.View(setup))
    except FolderError:
        return None
    if not known.begun:
        return None
    said = {words(name): shown(getattr(setup, name)) for name in PARAMETERS}
    said[words("methods")] = ", ".join(titled(name) for name in setup.methods)
    results: dict[str, float] = {}
    for index, method in enumerate(known.methods):
        last, name = known.last(index), titled(method)
        if last >= 0:
            results |= {
                words("pinned_accuracy", name=name): float(known.accuracy[last, index].mean()),
                words("pinned_rank", name=name): float(known.rank[last, -1, index].mean()),
            }
    return Outcome(said, results)


def recipe(setup: Setup, view: View) -> Recipe:
    """Say what the page's program is written from: each run by what differs from the default.

    Runs whose data are not at hand are left out; a line that shipped networks read comes along.
    """
    read = TASKS[setup.task].read is not None and not view.own
    runs = (
        ()
        if TASKS[setup.task].missing()
        else tuple(
            tuple(
                (entry.name, getattr(config, entry.name))
                for entry in fields(config)
                if getattr(config, entry.name) != entry.default
            )
            for config in setup.configs().values()
        )
    )
    values = {
        "runs": runs,
        "line": training_words.read(view.line) if read else (),
        "methods": view.setup.methods,
        "depth": view.setup.depth,
        "task": view.setup.task,
        "shown": training_words.SHOWN,
    }
    return Recipe("training", values)


def _follow(setup: Setup, before: State, words: Words) -> None:
    """Draw what changes while a run is under way; once it is over, the whole page once more."""
    state = training_store.state(setup)
    if training_progress.under_way(state) != training_progress.under_way(before):
        st.rerun()
    try:
        known = training_live.found(training_live.view(setup))
    except FolderError as reason:
        training_progress.broken(setup, str(reason), words)
        return
    view = training_live.view(setup)
    with st.container():  # one place, whatever it holds, so that the charts below keep theirs
        training_progress.draw(setup, state, words)
        if not view.own:
            kind = "recorded" if view.setup == setup else "recorded_other"
            note(words(kind, depth=view.setup.depth, epochs=view.setup.epochs))
            note(words("commonest", share=f"{training_live.commonest(view.setup):.3f}"))
    live.moved("training", (), training_live.EPOCHS)
    if known.begun:
        live.draw(
            "training",
            training_live.SOURCE,
            address=written(setup),
            moving=(),
            frames=training_live.EPOCHS,
        )


def _further(words: Words) -> dict[str, Any]:
    """Draw the controls that are one click away."""
    left, middle, right = st.columns(3)
    with left:
        epochs = int(_number("epochs", words))
        layer_norm = controls.choice(
            PARAMETERS["layer_norm"][0],
            words("layer_norm"),
            options={name: words(f"layer_norm_{name}") for name in LAYER_NORMS},
            default=Setup().layer_norm,
        )
        form = controls.choice(
            PARAMETERS["form"][0],
            words("form"),
            options={name: words(f"form_{name}") for name in FORMS},
            default=Setup().form,
        )
    with middle:
        scale = _number("scale", words, help=words("scale_help"))
        temperature = _number("temperature", words, help=words("temperature_help"))
    with right:
        rate = _number("rate", words)
        warm_up = int(_number("warm_up", words, help=words("warm_up_help")))
        loss_weight = _number("loss_weight", words, help=words("loss_weight_help"))
    return {
        "epochs": epochs,
        "layer_norm": layer_norm,
        "scale": scale,
        "temperature": temperature,
        "rate": rate,
        "warm_up": warm_up,
        "form": form,
        "loss_weight": loss_weight,
    }


def _number(name: str, words: Words, help: str | None = None) -> float:
    parameter, options = PARAMETERS[name]
    start = getattr(Setup(), name)
    return controls.number(parameter, words(name), options=options, default=start, help=help)
