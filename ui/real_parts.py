"""The further parts of the page of real models, of which one is drawn at a time."""

from collections.abc import Callable, Mapping

import streamlit as st

from ui import (
    controls,
    real_causal,
    real_compare,
    real_cost,
    real_information,
    real_models,
    real_picture,
    real_tug,
    real_twins,
    still,
)
from ui.compute import cached
from ui.real_recipe import Shown
from ui.real_settings import RIVAL, RealSettings, lines
from ui.shell import note
from ui.tables import number_table
from ui.text import Words


def twins(settings: RealSettings, words: Words) -> Shown:
    """Say which words are hardest to tell apart, and which a norm keeps apart."""
    threshold = controls.number(
        "real_threshold",
        words("threshold"),
        options=real_twins.THRESHOLDS,
        default=real_twins.THRESHOLD,
    )
    asked = real_twins.question(settings, threshold)
    found = cached(real_twins.twins, asked)
    if found.words < 2:
        st.info(words("twins_alone"))
        return Shown()
    st.markdown(_list(real_twins.sentences(found, asked, words)))
    rows, look = real_twins.table(found, asked, words), real_twins.printed(asked, words)
    number_table(rows, "real-twins", words("part_twins"), printed=look)
    return Shown("twins", {"threshold": threshold, "rows": real_twins.ROWS})


def tug(settings: RealSettings, words: Words) -> Shown:
    """Draw what every part of every layer did to the effective rank."""
    still.draw(real_tug.PART, real_tug.ready, settings)
    return Shown("tug", {"shown": 2 if settings.beside == RIVAL else 1})


def cost(settings: RealSettings, words: Words) -> Shown:
    """Say what the norms cost: the text's own embeddings, and the ranking of built-in pairs."""
    kept = cached(real_cost.own, real_cost.own_question(settings))
    own = real_cost.own_table(settings, kept, words)
    look = real_cost.printed(settings, words)
    number_table(own, "real-lines", words("cost_lines"), printed=look)
    note(words("cost_pairs"))
    asked = real_cost.costs(settings)
    ours, rival = (cached(real_cost.cost, one) for one in asked)
    st.markdown(_list(real_cost.sentences(asked, (ours, rival), words)))
    rows = real_cost.table(asked, (ours, rival), words)
    file = real_cost.file(asked, (ours, rival), words)
    number_table(rows, "real-cost", words("part_cost"), file=file)
    return Shown("cost", {"lines": lines(settings.text)})


def information(settings: RealSettings, words: Words) -> Shown:
    """Draw what can be read back out of each layer, once it is asked for: it takes seconds."""
    if not controls.switch("real_run", words("information_run"), default=False):
        return Shown()
    still.draw(real_information.PART, real_information.ready, real_information.asked(settings))
    return Shown("information")


def models(settings: RealSettings, words: Words) -> Shown:
    """Draw the curves of the chosen model and of a second one."""
    others = {row.name: row.title for row in real_models.like(settings.model)}
    untrained = real_models.UNTRAINED
    second = controls.choice(
        "real_second",
        words("second"),
        options=others,
        default=untrained if untrained in others else next(iter(others)),
    )
    if real_models.reads_patches(second):
        note_treated(second, words)
    asked = real_compare.Comparison(settings, second)
    still.draw(real_compare.PART, real_compare.ready, asked)
    there = real_picture.placed(asked.experiments()[1])
    return Shown("models", {"second": second, "second_placement": there})


def causal(settings: RealSettings, words: Words) -> Shown:
    """Draw how far outputs move when later tokens are changed."""
    still.draw(real_causal.PART, real_causal.ready, settings)
    own = real_models.about(settings.model).causal
    stand_in, most = real_causal.SHORTEST_TEXT, real_causal.LONGEST
    return Shown("causal", {"own": own, "most": most, "stand_in": stand_in})


def _list(sentences: list[str]) -> str:
    return "\n".join(f"- {sentence}" for sentence in sentences)


def note_treated(name: str, words: Words) -> None:
    """Say so where a network of the lab has something of its own at the end of every block."""
    if real_models.about(name).treated:
        note(words("treated", model=real_models.title(name)))


def of_model(name: str) -> tuple[str, ...]:
    """Name the parts that a model has: some need words, one needs every part of a block named."""
    if not real_models.reads_patches(name):
        return tuple(PARTS)
    treated = real_models.about(name).treated
    return tuple(part for part in OF_PATCHES if not (treated and part == "tug"))


OF_PATCHES = ("tug", "models")
PARTS: Mapping[str, Callable[[RealSettings, Words], Shown]] = {
    "twins": twins,
    "tug": tug,
    "cost": cost,
    "information": information,
    "models": models,
    "causal": causal,
}
