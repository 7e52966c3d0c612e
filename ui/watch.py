"""The main page's parts, each from a packet alone."""

from collections.abc import Mapping
from dataclasses import dataclass

import streamlit as st

from models.cards import DEEPEST, card
from models.digits import TWINS, accuracy
from ui import asking, live
from ui.apart import anywhere
from ui.compute import cached, part
from ui.experiment import moving_controls
from ui.figures import watch as figures
from ui.figures.palette import style
from ui.findings import findings, results
from ui.live import Moving, Source
from ui.packet import Packet
from ui.picture import picture
from ui.pinned import Outcome
from ui.recipe import Recipe
from ui.scene import Packed, Scene, packed
from ui.seen import recipe_values
from ui.settings import FIELDS, Settings, read, shown, written
from ui.shell import note
from ui.tables import number_table
from ui.text import Words
from ui.text import words as sentences


def answer(settings: Settings, words: Words) -> Packet | None:
    """Compute the packet, or say in a sentence why there is none."""
    packet = asking.answer(picture, settings, words)
    if packet is None:
        return None
    if packet.dropped:
        st.info(words("cut", kept=len(packet.tokens), dropped=packet.dropped))
    if settings.trained is None and not packet.tokens[0].strip("∅"):
        st.info(words("no_words"))
    if len(packet.tokens) == 1:
        st.info(words("one_token"))
    return packet


@dataclass(frozen=True)
class View:
    """What the scene of the main page depends on: the experiment, and how it is drawn."""

    settings: Settings
    log: bool


def view(address: Mapping[str, str]) -> View:
    """Read a view from parameters, whatever they hold."""
    return View(read(address), address.get("log") != "false")


def scene(asked: View) -> Scene:
    """Compute everything the live part of the page shows."""
    words = sentences("watch")
    packet = part(picture, asked.settings)
    names = [
        words("layer_name", layer=layer, depth=packet.depth) for layer in range(packet.depth + 1)
    ]
    return Scene(
        page="watch",
        arrays=figures.arrays(packet),
        charts=figures.charts(packet, words, log=asked.log),
        frames=packet.depth + 1,
        findings=findings(packet, words),
        frame_names=tuple(names),
    )


@anywhere(lambda asked: asked.settings.light)
def ready(asked: View) -> Packed:
    """Compute the scene as it is sent."""
    return packed(scene(asked))


SOURCE = Source(view, ready)


def opening(asked: Mapping[str, str]) -> bytes:
    """Return what the live part begins with, for the parameters a visitor comes with."""
    meant = view(asked)
    moving = moving_controls(sentences("watch"), meant.settings.model)
    return live.opening("watch", SOURCE, asked, address=_address(meant), moving=moving)


def draw(settings: Settings, moving: tuple[Moving, ...], *, log: bool) -> None:
    """Draw the moving controls, the charts and the findings."""
    live.draw("watch", SOURCE, address=_address(View(settings, log)), moving=moving)


def _address(asked: View) -> dict[str, str]:
    return written(asked.settings) | ({} if asked.log else {"log": "false"})


def recipe(settings: Settings) -> Recipe:
    """Say what the page's program is written from."""
    return Recipe("watch", recipe_values(settings))


def outcome(settings: Settings, packet: Packet, words: Words) -> Outcome:
    """Say what was set and what came out at the last layer, for a pinned run."""
    titles = {"text": "sentence"}  # the words' names of the settings that have another one
    return Outcome(
        {
            words(titles.get(field.name, field.name)): shown(getattr(settings, field.name))
            for field in FIELDS
        },
        results(packet),
    )


def about(settings: Settings, words: Words) -> str:
    """Say what the model is."""
    if settings.trained is not None:
        return words("about_digits", trained=settings.trained)
    return words(f"about_{settings.model}")


def networks(packet: Packet, settings: Settings, words: Words) -> None:
    """Show how well each trained network reads the test digits now, beside its card."""
    import pandas as pd  # not on the way to the first picture

    rows = [
        {
            words("network"): style(name).title,
            words("accuracy_now"): cached(live_accuracy, (name, settings)),
            words("accuracy_card"): card(name, depth=settings.trained or DEEPEST).test_accuracy,
            words("reads"): said,
        }
        for name, said in zip(TWINS, packet.answers, strict=True)
    ]
    number_table(pd.DataFrame(rows), "watch-networks", words("networks"))
    note(words("spread_over_seeds"))


def live_accuracy(asked: tuple[str, Settings]) -> float:
    """Count the test digits a trained network reads rightly with these settings."""
    name, settings = asked
    return accuracy(
        name,
        scale=settings.scale,
        temperature=settings.temperature,
        depth=settings.depth,
        trained_depth=settings.trained or DEEPEST,
    )
