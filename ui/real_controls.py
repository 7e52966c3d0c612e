"""The controls of the page of real models: four in sight, the others one click away."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from contranorm.norms import NORMS
from models.unavailable import ModelUnavailable
from ui import controls, live, real_hub, real_live, real_models
from ui.escape import markdown_text
from ui.real_models import About
from ui.real_settings import (
    DEFAULT_TEXT,
    MOST_LINES,
    OURS,
    PARAMETERS,
    RIVAL,
    RealSettings,
    lines,
)
from ui.settings import DIGITS, FORMS, LONGEST_LINKED_TEXT
from ui.shell import note
from ui.text import Words


def chosen(words: Words) -> RealSettings:
    """Draw every control but those of the live part, and return what all of them say."""
    live.found_again("real", PARAMETERS["model"])
    sight, behind = st.container(), controls.Behind(words("more"))
    with behind:
        real_hub.fetch(words)
        further = _further(words)
    with sight:
        shown = _digit(words) if real_models.reads_patches(further["model"]) else _text(words)
    for name in ("text", "line", "digit"):
        controls.addressed(PARAMETERS[name])  # known to the page, whichever of them is drawn
    with behind:
        shown |= _line(words, shown.get("text", ""))
    moving = real_live.moving(words, heads(further["model"]))
    stand = live.moved("real", moving, real_live.LAYERS)
    return RealSettings(
        **shown,
        **further,
        scale=stand[PARAMETERS["scale"]],
        temperature=stand[PARAMETERS["temperature"]],
        head=stand[PARAMETERS["head"]],
    )


def heads(model: str) -> int:
    """Return how many heads can be chosen from; one where the model cannot be had."""
    known = about(model)
    return 1 if known is None else known.heads


def about(model: str) -> About | None:
    """Look at a model; None where it cannot be had, which the page says where it runs it."""
    try:
        return real_models.about(model)
    except ModelUnavailable:
        return None


def _digit(words: Words) -> dict[str, Any]:
    """Draw which test digit is shown to a model that reads patches."""
    name = PARAMETERS["digit"]
    digit = int(controls.number(name, words("digit"), options=DIGITS, default=0))
    note(words("digit_patches"))
    return {"digit": digit}


def _text(words: Words) -> dict[str, Any]:
    name = PARAMETERS["text"]
    new = controls.held(name) is None and not controls.went_back()
    if new and controls.kept("long real text"):
        controls.put(**{name: controls.kept("long real text")})
    text, linked = controls.sentence(
        name, words("sentence"), default=DEFAULT_TEXT, longest=LONGEST_LINKED_TEXT
    )
    note(words("link_carries_text" if linked else "link_without_text"))
    controls.keep("long real text", "" if linked else text)
    if len(text.splitlines()) > MOST_LINES:
        st.info(words("many_lines", most=MOST_LINES))
    return {"text": text}


def _line(words: Words, text: str) -> dict[str, Any]:
    """Draw which line is shown, where there is a choice."""
    found = lines(text)
    if len(found) == 1:
        return {}
    numbers = tuple(range(1, len(found) + 1))
    return {
        "line": int(controls.number(PARAMETERS["line"], words("line"), options=numbers, default=1))
    }


def _further(words: Words) -> dict[str, Any]:
    left, right = st.columns(2)
    with left:
        model = _choice("model", words, {row.name: row.title for row in real_models.rows()})
        placement = _placement(words, model)
    with right:
        known = about(model)
        rivals = real_models.rivals(known)
        rival = _choice("rival", words, {name: NORMS[name].title for name in rivals})
        if known is not None and known.causal:
            note(words("causal_rivals"))
        form = _choice("form", words, {name: words(f"form_{name}") for name in FORMS})
        beside = _choice(
            "beside", words, {OURS: NORMS["contra_norm"].title, RIVAL: NORMS[rival].title}
        )
    return {
        "model": model,
        "placement": placement,
        "rival": rival,
        "form": form,
        "beside": beside,
    }


def _choice(name: str, words: Words, options: Mapping[str, str]) -> str:
    default = getattr(RealSettings(), name)
    return controls.choice(PARAMETERS[name], words(name), options=options, default=default)


def _placement(words: Words, model: str) -> str:
    """Draw the placements the model has, and name those it lacks with the reason."""
    known = about(model)
    if known is None:
        return RealSettings().placement
    chosen = controls.choice(
        PARAMETERS["placement"],
        words("placement"),
        options={place: real_models.TITLES[place] for place in known.places},
        default=known.usual,
        help=words("placement_help"),
    )
    for place, reason in known.absent.items():
        note(words("absent", place=real_models.TITLES[place], reason=markdown_text(reason)))
    return chosen
