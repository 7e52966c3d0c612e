"""The controls of the main page: at most four in sight, the others one click away."""

from typing import Any

import streamlit as st

from contranorm.norms import NORMS
from contranorm.placements import PLACEMENTS
from ui import controls, settings
from ui.settings import FIELDS, LIVE_ZONE, Settings, home, shown
from ui.shell import note
from ui.text import Words

BY_NAME = {field.name: field for field in FIELDS}


def experiment(words: Words) -> Settings:
    """Draw every control and return what they say; keep it for the pages that start from it."""
    sight, behind = st.container(), st.expander(words("more"))
    with behind:
        model = controls.choice(
            "model",
            words("model"),
            options={name: words(f"model_{name}") for name in settings.DEPTHS},
            default="lab",
            then=_go_home,
        )
        further = _further(words, model)
    with sight:
        values = {"model": model} | further | _in_sight(words, model)
    chosen = Settings(**values)
    link = settings.written(chosen)
    if len(link.get("text", "")) > settings.LONGEST_LINKED_TEXT:
        del link["text"]
    controls.keep("watched", link)
    return chosen


def _in_sight(words: Words, model: str) -> dict[str, Any]:
    wide, first, second, third = st.columns([1.6, 1, 1, 1])
    with wide:
        values = {"digit": _number(words, model, "digit")} if model == "digits" else _text(words)
    with first:
        values["depth"] = _number(words, model, "depth")
    with second:
        values["scale"] = _number(words, model, "scale", help=words("scale_help"))
    with third:
        tau = _number(words, model, "temperature", help=words("temperature_help"))
        low, high = LIVE_ZONE
        place = "below" if tau < low else "above" if tau > high else "within"
        note(words(f"zone_{place}", low=shown(low), high=shown(high)))
    return values | {"temperature": tau}


def _text(words: Words) -> dict[str, Any]:
    longest = settings.LONGEST_LINKED_TEXT
    text, linked = controls.sentence(
        "text", words("sentence"), default=settings.DEFAULT_TEXT, longest=longest
    )
    note(words("link_carries_text" if linked else "link_without_text"))
    return {"text": text}


def _further(words: Words, model: str) -> dict[str, Any]:
    """Draw the controls that act on the model, and only those."""
    if model == "digits":
        note(words("digits_are_fixed"))
        return {}
    left, middle, right = st.columns(3)
    with left:
        values = _norms(words, model)
    if model == "lab":
        with middle:
            for name in ("seed", "gain", "width", "heads", "attention_temperature"):
                values[name] = _number(words, model, name)
        with right:
            values |= _block(words)
    if model == "lab" and not values["mlp"] and values["placement"] == "feed_forward_output":
        st.info(words("nothing_to_act_on"))
    return values


def _norms(words: Words, model: str) -> dict[str, Any]:
    start = home(model)
    return {
        "rival": controls.choice(
            "rival",
            words("rival"),
            options={name: NORMS[name].title for name in settings.RIVALS},
            default=start.rival,
        ),
        "form": controls.choice(
            "form",
            words("form"),
            options={name: words(f"form_{name}") for name in settings.FORMS},
            default=start.form,
        ),
        "placement": controls.choice(
            "placement",
            words("placement"),
            options={row.placement.value: row.title for row in PLACEMENTS},
            default=start.placement,
            help=words("placement_help"),
        ),
    }


def _block(words: Words) -> dict[str, Any]:
    return {
        "layer_norm": controls.choice(
            "layernorm",
            words("layer_norm"),
            options={place: words(f"layer_norm_{place}") for place in settings.LAYER_NORMS},
            default="post",
        )
    } | {
        name: controls.switch(name, words(name), default=True)
        for name in ("residual", "mlp", "positions")
    }


def _number(words: Words, model: str, name: str, help: str | None = None) -> float | int:
    field = BY_NAME[name]
    options, start = settings.options(field, model), getattr(home(model), name)
    kind = type(start)
    value = controls.number(field.parameter, words(name), options=options, default=start, help=help)
    return kind(value)


def _go_home() -> None:
    """Start a newly chosen model where it is at home: its depth, s, tau and placement."""
    start = home(str(controls.held("model")))
    controls.put(s=start.scale, tau=start.temperature, depth=start.depth, placement=start.placement)
