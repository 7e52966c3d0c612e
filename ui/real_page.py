"""The parts of the page of real models, each from an answer alone."""

import streamlit as st

from ui import asking, controls, live, real_controls, real_live, real_models
from ui.figures.palette import style
from ui.findings import results
from ui.pinned import Outcome
from ui.real_packet import RealPacket
from ui.real_parts import PARTS, note_treated, of_model
from ui.real_picture import picture
from ui.real_recipe import Shown
from ui.real_settings import PARAMETERS, RealSettings, written
from ui.settings import shown
from ui.shell import note
from ui.text import Words


def answer(settings: RealSettings, words: Words) -> RealPacket | None:
    """Compute the packet, or say in a sentence why there is none."""
    real = asking.answer(picture, settings, words)
    if real is None:
        return None
    packet = real.packet
    if packet.dropped:
        st.info(words("cut", kept=len(packet.tokens), dropped=packet.dropped))
    if not settings.sentence:
        st.info(words("no_words"))
    return real


def draw(settings: RealSettings, words: Words) -> None:
    """Draw the moving controls, the charts and what the numbers say."""
    live.draw(
        "real",
        real_live.SOURCE,
        address=written(settings),
        moving=real_live.moving(words, real_controls.heads(settings.model)),
        frames=real_live.LAYERS,
    )
    note(words("about"))
    ran = real_models.about(settings.model).device
    note(words("device", model=real_models.title(settings.model), device=ran))


def about(settings: RealSettings, words: Words) -> None:
    """Say what a norm in this model is, and what the model has of its own."""
    digits = real_models.reads_patches(settings.model)
    note(words("probe_digit" if digits else "probe"))
    if digits and real_controls.about(settings.model) is not None:
        note_treated(settings.model, words)


def outcome(settings: RealSettings, real: RealPacket, words: Words) -> Outcome:
    """Say what was set and what came out at the last layer, for a pinned run."""
    unused = ("text", "line") if real_models.reads_patches(settings.model) else ("digit",)
    used = [name for name in PARAMETERS if name not in unused]
    titles = {"text": "sentence"}  # the words' names of the settings that have another one
    embeddings = {
        words("kept", name=style(name).title): cosine
        for name, cosine in zip(real.packet.branches, real.kept, strict=True)
    }
    return Outcome(
        {words(titles.get(name, name)): shown(getattr(settings, name)) for name in used},
        results(real.packet) | embeddings,
    )


def parts(settings: RealSettings, words: Words) -> Shown:
    """Draw the names of the further parts and the one that is chosen; return what is of it."""
    st.header(words("parts_heading"))
    there = of_model(settings.model)
    part = controls.section(
        "real_part",
        words("part"),
        options={name: words(f"part_{name}") for name in there},
        default=there[0],
    )
    note(words(f"{part}_intro"))
    live.left("real")
    return asking.answered(lambda: PARTS[part](settings, words), words) or Shown()
