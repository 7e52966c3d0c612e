"""The page of real models: its controls, and its parts from an answer alone."""

import streamlit as st

from contranorm.norms import NORMS
from contranorm.placements import PLACEMENTS
from models.unavailable import ModelUnavailable
from ui import controls, live, real_live, real_models
from ui.compute import Crowded, cached
from ui.escape import markdown_text
from ui.real_packet import RealPacket
from ui.real_picture import picture
from ui.real_settings import (
    DEFAULT_TEXT,
    MOST_LINES,
    OURS,
    PARAMETERS,
    RIVAL,
    RealSettings,
    lines,
    written,
)
from ui.recipe import Recipe
from ui.settings import FORMS, LONGEST_LINKED_TEXT, RIVALS
from ui.shell import note
from ui.text import Words
from ui.text import words as sentences


def chosen(words: Words) -> RealSettings:
    """Draw every control but those of the live part, and return what all of them say."""
    live.found_again("real", PARAMETERS["model"])
    sight, behind = st.container(), st.expander(words("more"))
    with behind:
        further = _further(words)
    with sight:
        text = _text(words)
    with behind:
        line = _line(words, text)
    stand = live.moved("real", real_live.moving(words, further["model"]), real_live.LAYERS)
    return RealSettings(
        text=text,
        line=line,
        **further,
        scale=stand[PARAMETERS["scale"]],
        temperature=stand[PARAMETERS["temperature"]],
        head=stand[PARAMETERS["head"]],
    )


def answer(settings: RealSettings, words: Words) -> RealPacket | None:
    """Compute the packet, or say in a sentence why there is none."""
    try:
        with st.spinner(words("computing")):
            real: RealPacket = cached(picture, settings)
    except ModelUnavailable as reason:
        st.warning(words("no_model", reason=markdown_text(str(reason))))
        return None
    except Crowded:
        st.warning(sentences("shared")("refused_crowded"))
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
        moving=real_live.moving(words, settings.model),
        frames=real_live.LAYERS,
    )


def recipe(settings: RealSettings) -> Recipe:
    """Say what the page's program is written from."""
    names = ("scale", "temperature", "rival", "form", "placement", "head")
    values = {name: getattr(settings, name) for name in names}
    return Recipe("real", values | {"sentence": settings.sentence})


def _text(words: Words) -> str:
    name = PARAMETERS["text"]
    if controls.held(name) is None and controls.kept("long real text"):
        controls.put(**{name: controls.kept("long real text")})
    text, linked = controls.sentence(
        name, words("sentence"), default=DEFAULT_TEXT, longest=LONGEST_LINKED_TEXT
    )
    note(words("link_carries_text" if linked else "link_without_text"))
    controls.keep("long real text", "" if linked else text)
    if len(text.splitlines()) > MOST_LINES:
        st.info(words("many_lines", most=MOST_LINES))
    return text


def _line(words: Words, text: str) -> int:
    """Draw which line is shown, where there is a choice."""
    found = lines(text)
    if len(found) == 1:
        return 1
    numbers = tuple(range(1, len(found) + 1))
    name = PARAMETERS["line"]
    return int(controls.number(name, words("line"), options=numbers, default=1))


def _further(words: Words) -> dict[str, str]:
    left, right = st.columns(2)
    with left:
        model = controls.choice(
            PARAMETERS["model"],
            words("model"),
            options={"minilm": words("model_minilm")},
            default="minilm",
        )
        placement = controls.choice(
            PARAMETERS["placement"],
            words("placement"),
            options={
                row.placement.value: row.title
                for row in PLACEMENTS
                if row.placement.value in real_models.PLACES
            },
            default=RealSettings().placement,
            help=words("placement_help"),
        )
    with right:
        rival = controls.choice(
            PARAMETERS["rival"],
            words("rival"),
            options={name: NORMS[name].title for name in RIVALS},
            default=RealSettings().rival,
        )
        form = controls.choice(
            PARAMETERS["form"],
            words("form"),
            options={name: words(f"form_{name}") for name in FORMS},
            default=RealSettings().form,
        )
        beside = controls.choice(
            PARAMETERS["beside"],
            words("beside"),
            options={OURS: NORMS["contra_norm"].title, RIVAL: NORMS[rival].title},
            default=OURS,
        )
    return {
        "model": model,
        "placement": placement,
        "rival": rival,
        "form": form,
        "beside": beside,
    }
