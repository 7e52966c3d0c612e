"""The parts of the close-up's page, each from settings or from a packet alone."""

from dataclasses import replace

import streamlit as st

from models.unavailable import ModelUnavailable
from ui import closeup, closeup_live, controls, live
from ui.closeup import LAYER, CloudSettings, Source
from ui.closeup_example import EXAMPLES, ExampleSettings, example, explanation
from ui.closeup_layer import (
    BRANCHES,
    LONGEST_LINK,
    branch_of,
    carried,
    link,
    linked,
    uncarried,
)
from ui.closeup_packet import CloseUp
from ui.closeup_words import outcome
from ui.compute import Crowded, cached
from ui.escape import markdown_text
from ui.experiment import remember, remembered
from ui.figures import closeup as figures
from ui.figures.palette import style
from ui.pinned import Outcome
from ui.settings import LONGEST_LINKED_TEXT, Settings, read, written
from ui.shell import note
from ui.tables import text_tables
from ui.text import Words
from ui.text import words as sentences

DEFAULT_LAYER = 6


def chosen(words: Words) -> CloudSettings:
    """Draw every control but those of the live part, and return what all of them say."""
    live.found_again("layer", "layer_cloud")
    clouds = {name: words(title) for name, title in closeup.CLOUDS.items()}
    sizes = {name: words(title) for name, title in closeup.DIMENSIONS.items()}
    left, middle, right = st.columns(3)
    with left:
        cloud = controls.choice(
            "layer_cloud", words("control_cloud"), options=clouds, default="cone"
        )
    with middle:
        variant = controls.choice(
            "layer_variant", words("control_variant"), options=closeup.SPELLINGS, default="bert"
        )
    with right:
        size = controls.choice(
            "layer_dimension", words("control_dimension"), options=sizes, default="2"
        )
    unit = controls.switch(
        "layer_unit", words("control_unit"), default=True, help=words("control_unit_help")
    )
    source = _source(words) if cloud == LAYER else None
    stand = live.moved("layer", closeup_live.moving(words), closeup_live.STEPS)
    return CloudSettings(cloud, size, variant, stand["layer_s"], stand["layer_tau"], unit, source)


def answer(settings: CloudSettings, words: Words) -> tuple[CloudSettings, CloseUp | None]:
    """Compute the packet; if its model is not here, say so and show a made-up cloud instead."""
    try:
        return settings, cached(closeup.close_up, settings)
    except ModelUnavailable as reason:
        st.warning(words("no_model", reason=markdown_text(str(reason))))
        return answer(replace(settings, cloud="cone", source=None), words)
    except Crowded:
        st.warning(sentences("shared")("refused_crowded"))
        return settings, None


def show(settings: CloudSettings, packet: CloseUp, words: Words) -> None:
    """Draw the moving controls, the cloud, what the numbers say, the spectrum and the loss."""
    note(words("look") + " " + words("arrows"))
    if len(packet.tokens) == 1:
        st.info(words("one_token"))
    elif packet.tokens and packet.noisy:
        st.info(words("noise", spread=f"{float(packet.spread[0]):.1e}"))
    live.draw(
        "layer",
        closeup_live.SOURCE,
        address=closeup_live.written(settings),
        moving=closeup_live.moving(words),
        frames=closeup_live.STEPS,
    )


def by_hand(settings: CloudSettings, words: Words) -> ExampleSettings:
    """Print every number of one layer on four tokens; return which ones."""
    st.header(words("hand_heading"))
    st.markdown(words("hand_intro", scale=settings.scale, temperature=settings.temperature))
    sets = {name: words(title) for name, title in EXAMPLES.items()}
    tokens = controls.choice("layer_example", words("control_example"), options=sets, default="fan")
    live.left("layer")
    asked = ExampleSettings(tokens, settings.scale, settings.temperature)
    worked = cached(example, asked)
    hand = {
        heading: numbers.reset_index(names=words("column_token"))
        for heading, numbers in figures.hand_tables(worked).items()
    }
    titled = {words(heading): numbers for heading, numbers in hand.items()}
    text_tables(titled, "layer-by-hand", words("hand_heading"), column=words("column_table"))
    rank = outcome(worked.rank_before, worked.rank_after)
    st.markdown(words("hand_rank", **rank | {"went": words(rank["went"])}))
    why, slots = explanation(worked)
    st.markdown(words(why, **slots))
    return asked


def unlinked(settings: CloudSettings) -> dict[str, str]:
    """Return the parameters that are too long for a link: a text's experiment, or nothing."""
    if settings.source is None or linked(link(settings.source.experiment)) == (
        settings.source.experiment
    ):
        return {}
    return {"from": carried(settings.source.experiment)}


def came_out(settings: CloudSettings, packet: CloseUp, words: Words) -> Outcome:
    """Say what was set and what came out at the path's end, for a pinned run."""
    said = closeup_live.written(settings)
    parameters = closeup_live.PARAMETERS
    at_end = {
        "axis_nats": packet.uniformity,
        "column_rank": packet.effective_rank,
        "column_cosine": packet.mean_cosine,
    }
    return Outcome(
        {words(f"control_{name}"): said[parameter] for name, (parameter, _) in parameters.items()}
        | {words("steps"): str(packet.last)}
        | {name: said[name] for name in ("layer_branch", "layer_at", "from") if name in said},
        {words(name): float(values[-1]) for name, values in at_end.items()},
    )


def _source(words: Words) -> Source:
    """Draw which hidden states to take, and keep their experiment in the address."""
    experiment, whole = _experiment()
    rival = style(branch_of(experiment, "rival").norm).title
    titles = (words("branch_without"), style("contra_norm").title, rival)
    layers = tuple(range(experiment.depth + 1))
    left, right = st.columns(2)
    with left:
        branch = controls.choice(
            "layer_branch",
            words("control_branch"),
            options=dict(zip(BRANCHES, titles, strict=True)),
            default="without",
        )
    with right:
        layer = controls.number(
            "layer_at",
            words("control_layer"),
            options=layers,
            default=min(DEFAULT_LAYER, experiment.depth),
        )
    note(words("about_source") + " " + words(_about(experiment), **_described(experiment)))
    if not whole:
        note(words("link_without_text", longest=LONGEST_LINKED_TEXT))
    return Source(experiment, branch, int(layer))


def _about(experiment: Settings) -> str:
    return "about_digits" if experiment.trained is not None else f"about_{experiment.model}"


def _described(experiment: Settings) -> dict[str, str]:
    return {
        "text": markdown_text(experiment.text[:120]),
        "digit": str(experiment.digit),
        "depth": str(experiment.depth),
        "seed": str(experiment.seed),
        "scale": f"{experiment.scale:g}",
        "temperature": f"{experiment.temperature:g}",
    }


def _experiment() -> tuple[Settings, bool]:
    """Find the experiment: in the address, or else the last one of this visit.

    Returns:
        The experiment, and whether the address carries all of it.
    """
    kept = controls.kept("layer_from")
    here = remembered() or (read(kept) if isinstance(kept, dict) else Settings())
    asked = st.query_params.get("from")
    if controls.loaded():
        here = uncarried(asked or "")  # its text may be longer than a link's
        remember(here)
    elif asked is not None and asked[:LONGEST_LINK] != link(here):
        here = linked(asked)
    said = link(here)
    if said and asked != said:
        st.query_params["from"] = said
    elif not said and asked is not None:
        del st.query_params["from"]
    controls.keep("layer_from", written(here))
    return here, linked(said) == here
