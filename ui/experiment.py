"""The controls of the main page: at most four in sight, the others one click away."""

from typing import cast

import streamlit as st

from contranorm.norms import NORMS
from contranorm.placements import PLACEMENTS
from ui import controls, settings
from ui.settings import Settings
from ui.shell import note
from ui.text import Words

NO_RIVAL = ("none", "contra_norm")


def experiment(words: Words) -> Settings:
    """Draw every control and return what they say."""
    sight, behind = st.container(), st.expander(words("more"))
    with behind:
        model, further = _further(words)
    with sight:
        return _in_sight(words, model, further)


def _in_sight(words: Words, model: str, further: dict[str, object]) -> Settings:
    depths = settings.DEPTHS[model]
    wide, first, second, third = st.columns([1.6, 1, 1, 1])
    text, digit = settings.DEFAULT_TEXT, 0
    with wide:
        if model == "digits":
            digit = int(
                controls.number("digit", words("digit"), options=settings.DIGITS, default=0)
            )
        else:
            text, linked = controls.sentence(
                "text",
                words("sentence"),
                default=settings.DEFAULT_TEXT,
                longest=settings.LONGEST_LINKED_TEXT,
            )
            note(words("link_carries_text" if linked else "link_without_text"))
    with first:
        depth = controls.number(
            "depth", words("depth"), options=depths, default=min(24, depths[-1])
        )
    with second:
        scale = controls.number(
            "s", words("scale"), options=settings.SCALES, default=1.0, help=words("scale_help")
        )
    with third:
        temperature = controls.number(
            "tau",
            words("temperature"),
            options=settings.TEMPERATURES,
            default=0.2 if model == "digits" else 1.0,
            help=words("temperature_help"),
        )
    return Settings(
        model=model,
        text=text,
        digit=digit,
        depth=int(depth),
        scale=scale,
        temperature=temperature,
        **further,  # type: ignore[arg-type]
    )


def _further(words: Words) -> tuple[str, dict[str, object]]:
    left, middle, right = st.columns(3)
    with left:
        model = controls.choice(
            "model",
            words("model"),
            options={name: words(f"model_{name}") for name in settings.DEPTHS},
            default="lab",
            then=_at_home_with_the_model,
        )
        seed = controls.number("seed", words("seed"), options=settings.SEEDS, default=0)
        gain = controls.number("gain", words("gain"), options=settings.GAINS, default=1.0)
    with middle:
        rivals = {name: norm.title for name, norm in NORMS.items() if name not in NO_RIVAL}
        rival = controls.choice(
            "rival", words("rival"), options=rivals, default="partial_centering"
        )
        form = controls.choice(
            "form",
            words("form"),
            options={"residual": words("form_residual"), "plain": words("form_plain")},
            default="residual",
        )
        placement = controls.choice(
            "placement",
            words("placement"),
            options={row.placement.value: row.title for row in PLACEMENTS},
            default="after_attention_residual",
            help=words("placement_help"),
        )
    with right:
        layer_norm = controls.choice(
            "layernorm",
            words("layer_norm"),
            options={place: words(f"layer_norm_{place}") for place in ("post", "pre", "none")},
            default="post",
        )
        residual = controls.switch("residual", words("residual"), default=True)
        mlp = controls.switch("mlp", words("mlp"), default=True)
        positions = controls.switch("positions", words("positions"), default=True)
    note(words("which_controls_act"))
    return model, {
        "seed": int(seed),
        "gain": gain,
        "rival": rival,
        "form": form,
        "placement": placement,
        "layer_norm": layer_norm,
        "residual": residual,
        "mlp": mlp,
        "positions": positions,
    }


def _at_home_with_the_model() -> None:
    """Start a newly chosen model where it is at home: its own depth, s = 1, its own tau."""
    title = cast(str, controls.held("model"))
    controls.put(
        s=1.0, tau=0.2 if title == "digits" else 1.0, depth=min(24, settings.DEPTHS[title][-1])
    )
