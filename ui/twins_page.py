"""The parts of the page of shipped networks: live charts, what they say, their cards."""

import streamlit as st

from models.cards import SHIPPED, SHIPPED_DEPTHS, TWIN_DEPTHS, Card, card
from training.tasks import TASKS
from ui import asking, controls, live
from ui.compute import Crowded, cached
from ui.figures import twins as figures
from ui.figures.training import titled
from ui.live import Frames, Moving, Source
from ui.pinned import Outcome
from ui.scene import Packed, Scene, packed
from ui.tables import number_table
from ui.text import Words
from ui.text import words as sentences
from ui.twins import DEPTH, MEASURED, Twins, View, twins, view, written

LAYERS = Frames("twins_layer", "layer_axis", last=TWIN_DEPTHS[-1])


def scene(asked: View) -> Scene:
    """Compute everything the live part of the page shows."""
    words, found = sentences("twins"), twins(asked)
    layers = range(found.depth + 1)
    return Scene(
        page="twins",
        arrays=figures.arrays(found),
        charts=figures.charts(found, words),
        frames=found.depth + 1,
        frame_names=tuple(words("layer_name", layer=one, depth=found.depth) for one in layers),
        findings=findings(found, words),
    )


def ready(asked: View) -> Packed:
    """Compute the scene as it is sent."""
    return packed(scene(asked))


SOURCE = Source(view, ready)


def findings(found: Twins, words: Words) -> tuple[str, ...]:
    """Say what each network reads now, what its card says of it, and how collapsed it is."""
    said = []
    for index, method in enumerate(found.methods):
        described, now = card(method, depth=found.depth), float(found.accuracy[index])
        same = abs(now - described.test_accuracy) < 0.5 / described.test_answers
        said.append(
            words(
                "reads_as_its_card" if same else "reads_otherwise",
                name=titled(method),
                now=f"{now:.3f}",
                card=f"{described.test_accuracy:.3f}",
                digits=described.test_answers,
                rank=f"{found.rank[-1, index]:.1f}",
                most=found.sigma.shape[-1],
            )
        )
    return (*said, words("measured", count=MEASURED))


def shown(words: Words) -> View:
    """Draw the live part, and return what its control says."""
    live.found_again("twins", DEPTH)
    stand = live.moved("twins", (moving(words),), LAYERS)
    asked = View(stand[DEPTH])
    controls.keep(DEPTH, asked)

    def draw() -> None:
        live.draw("twins", SOURCE, address=written(asked), moving=(moving(words),), frames=LAYERS)

    asking.answered(draw, words)
    live.left("twins")
    return asked


def moving(words: Words) -> Moving:
    """Return the control that the live part draws."""
    return Moving(DEPTH, words("depth"), TWIN_DEPTHS, View().depth)


def cards(words: Words) -> None:
    """Draw what is known about every shipped network, of all depths."""
    import pandas as pd  # not on the way to the first picture

    rows = pd.DataFrame(
        [
            _row(task, card(name, depth=depth, task=task), words)
            for task, depths in SHIPPED_DEPTHS.items()
            for depth in depths
            for name in SHIPPED
        ]
    )
    st.header(words("cards"))
    number_table(rows, "twins-cards", words("cards"))


def outcome(asked: View, words: Words) -> Outcome | None:
    """Say what was set and what came out at the last layer, for a pinned run."""
    try:
        found: Twins = cached(twins, asked)
    except Crowded:
        return None
    results = {}
    for index, method in enumerate(found.methods):
        name = titled(method)
        results[words("pinned_accuracy", name=name)] = float(found.accuracy[index])
        results[words("pinned_rank", name=name)] = float(found.rank[-1, index])
    seeds = {card(method, depth=asked.depth).seed for method in found.methods}
    settings = {
        words("depth"): str(asked.depth),
        words("column_seed"): ", ".join(map(str, sorted(seeds))),
    }
    return Outcome(settings, results)


def _row(task: str, one: Card, words: Words) -> dict[str, object]:
    return {
        words("column_task"): TASKS[task].title,
        words("column_method"): one.title,
        words("column_depth"): one.config.depth,
        words("column_test"): one.test_accuracy,
        words("column_commonest"): one.commonest,
        words("column_validation"): one.validation_accuracy,
        words("column_rank"): one.measures.effective_rank,
        words("column_cosine"): one.measures.mean_cosine_similarity,
        words("column_seed"): one.seed,
        words("column_epochs"): one.epochs,
        words("column_precision"): one.precision,
        words("column_command"): one.command,
        words("column_sha"): one.sha256,
    }
