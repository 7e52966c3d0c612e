"""The controls of the main page: at most four in sight, the others one click away."""

from typing import Any, cast

import streamlit as st

from contranorm.norms import NORMS
from contranorm.placements import PLACEMENTS
from ui import controls, settings
from ui.live import Moving, at_home, moved
from ui.settings import FIELDS, LIVE_ZONE, Settings, home, shown
from ui.shell import note
from ui.text import Words

MOVING = ("depth", "scale", "temperature")  # drawn by the live part
BY_NAME = {field.name: field for field in FIELDS}


def experiment(words: Words) -> tuple[Settings, tuple[Moving, ...], bool]:
    """Draw every control but the moving ones.

    Return what all of them say, the controls that the live part draws, and whether the
    spectrum is logarithmic. The settings are kept for the pages that start from them.
    """
    if controls.held("model") is None and not controls.went_back():  # new, or from another page
        controls.restore(cast(dict[str, str], controls.kept("watched") or {}))
        controls.put(**cast(dict[str, str], controls.kept("long text") or {}))
    sight, behind = st.container(), controls.Behind(words("more"))
    with behind:
        model = controls.choice(
            "model",
            words("model"),
            options={name: words(f"model_{name}") for name in settings.DEPTHS},
            default="lab",
            then=_go_home,
        )
        further = _further(words, model)
        log = controls.switch("log", words("log"), default=True)
    with sight:
        digit = model in settings.TRAINED
        shown_to_it = {"digit": _number(words, model, "digit")} if digit else _text(words)
    moving = moving_controls(words, model)
    stand = moved("watch", moving)
    values = {name: stand[BY_NAME[name].parameter] for name in MOVING}
    chosen = Settings(model=model, **further, **shown_to_it, **values)
    remember(chosen)
    return chosen, moving, log


def remember(experiment: Settings) -> None:
    """Keep an experiment for this page, when it is come back to, and for those that start from it.

    A text too long for a link is kept apart from what the address will say.
    """
    long = settings.unlinked(experiment)
    said = settings.written(experiment)
    controls.keep("long text", long)
    controls.keep("watched", {name: value for name, value in said.items() if name not in long})


def remembered() -> Settings | None:
    """Return the experiment that was kept last in this visit."""
    said = controls.kept("watched")
    long = cast(dict[str, str], controls.kept("long text") or {})
    return settings.read({**said, **long}) if isinstance(said, dict) else None


def moving_controls(words: Words, model: str) -> tuple[Moving, ...]:
    """Return the controls that the live part draws, as a model has them."""
    low, high = (shown(edge) for edge in LIVE_ZONE)
    extra: dict[str, dict[str, Any]] = {
        "temperature": {"zone": LIVE_ZONE, "zone_note": words("zone", low=low, high=high)}
    }
    return tuple(
        Moving(
            BY_NAME[name].parameter,
            words(name),
            settings.options(BY_NAME[name], model),
            getattr(home(model), name),
            help=words(f"{name}_help"),
            **extra.get(name, {}),
        )
        for name in MOVING
    )


def _text(words: Words) -> dict[str, Any]:
    longest = settings.LONGEST_LINKED_TEXT
    text, linked = controls.sentence(
        "text", words("sentence"), default=settings.DEFAULT_TEXT, longest=longest
    )
    note(words("link_carries_text" if linked else "link_without_text"))
    return {"text": text}


def _further(words: Words, model: str) -> dict[str, Any]:
    """Draw the controls that act on the model, and only those."""
    if model in settings.TRAINED:
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
        for remark in _remarks(values):
            st.info(words(remark))
    return values


def _remarks(values: dict[str, Any]) -> list[str]:
    """Name the sentences that say why a norm has nothing to act on at its placement."""
    place = values["placement"]
    in_mlp = place in ("feed_forward_output", "before_feed_forward_layer_norm")
    before = place.startswith("before_")
    return ["nothing_to_act_on"] * (in_mlp and not values["mlp"]) + ["no_layer_norm_before"] * (
        before and values["layer_norm"] == "post"
    )


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
            options={
                row.placement.value: row.title
                for row in PLACEMENTS
                if row.placement.value in settings.options(BY_NAME["placement"], model)
            },
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
    at_home("watch")
    controls.put(placement=home(str(controls.held("model"))).placement)
