"""The main page's parts, each from a packet alone."""

import pandas as pd
import streamlit as st

from models.digits import TWINS, accuracy, card
from models.pretrained import ModelUnavailable
from ui import controls
from ui.charts import chart
from ui.compute import cached
from ui.escape import markdown_text
from ui.figures import watch as figures
from ui.figures.palette import style
from ui.findings import findings
from ui.packet import Packet
from ui.picture import picture
from ui.settings import Settings
from ui.shell import note
from ui.text import Words


def answer(settings: Settings, words: Words) -> Packet | None:
    """Compute the packet, or say in a sentence why there is none."""
    try:
        with st.spinner(words("computing")):
            packet: Packet = cached(picture, settings)
    except ModelUnavailable as reason:
        st.warning(words("no_model", reason=markdown_text(str(reason))))
        return None
    if packet.dropped:
        st.info(words("cut", kept=len(packet.tokens), dropped=packet.dropped))
    if settings.model != "digits" and not packet.tokens[0].strip("∅"):
        st.info(words("no_words"))
    if len(packet.tokens) == 1:
        st.info(words("one_token"))
    return packet


def draw(packet: Packet, settings: Settings, words: Words) -> None:
    """Draw the findings, the layer slider and every figure."""
    for sentence in findings(packet, words):
        st.markdown(f"- {sentence}")
    if settings.model == "digits":
        _digit(packet, settings, words)
    layers = range(packet.depth + 1)
    layer = int(
        controls.number("layer", words("layer"), options=tuple(layers), default=packet.depth)
    )
    _clouds(packet, layer, words)
    left, right = st.columns(2)
    with left:
        _spectrum(packet, layer, words)
    with right:
        _measure(packet, "effective_rank", layer, words)
    left, right = st.columns(2)
    with left:
        _measure(packet, "mean_cosine", layer, words)
    with right:
        _measure(packet, "attention_similarity", layer, words)
    _heats(packet, words)


def code(settings: Settings) -> str:
    """Return the lines that compute the same packet outside the app."""
    return (
        "from models.branch import Branch\n"
        "from ui.picture import picture\n"
        "from ui.settings import Settings\n\n"
        f"packet = picture({settings!r})\n"
        "print(packet.branches, packet.effective_rank[-1], packet.mean_cosine[-1])\n"
    )


def _clouds(packet: Packet, layer: int, words: Words) -> None:
    axes = tuple(
        words("direction", number=number, share=f"{100 * share:.0f}")
        for number, share in zip((1, 2), packet.share, strict=True)
    )
    for branch, column in enumerate(st.columns(3)):
        name = packet.branches[branch]
        title = words("cloud", name=style(name).title, layer=layer)
        points = packet.coordinates[layer, branch]
        table = pd.DataFrame(
            {"token": packet.tokens, "direction 1": points[:, 0], "direction 2": points[:, 1]}
        )
        with column:
            figure = figures.cloud(packet, layer, branch, title, (axes[0], axes[1]))
            chart(figure, key=f"cloud_{branch}", alt=title, table=table)
            if packet.noisy(layer, branch):
                st.badge(words("noise", spread=f"{packet.spread[layer, branch]:.1e}"))


def _spectrum(packet: Packet, layer: int, words: Words) -> None:
    log = controls.switch("log", words("log"), default=True)
    title = words("spectrum", layer=layer)
    axes = (words("spectrum_x"), words("spectrum_y"))
    table = pd.DataFrame(packet.singular_values[layer].T, columns=_titles(packet))
    table.insert(0, "index", range(1, len(table) + 1))
    figure = figures.spectrum(packet, layer, title, axes, log=log)
    chart(figure, key="spectrum", alt=title, table=table)


def _measure(packet: Packet, name: str, layer: int, words: Words) -> None:
    values = getattr(packet, name)
    first = packet.depth + 1 - len(values)
    title = words(f"{name}_title")
    table = pd.DataFrame(values, columns=_titles(packet))
    table.insert(0, "layer", range(first, packet.depth + 1))
    figure = figures.along_depth(
        values,
        packet.branches,
        first=first,
        layer=layer,
        title=title,
        axes=(words("layer_axis"), words(f"{name}_axis")),
    )
    chart(figure, key=name, alt=title, table=table)


def _heats(packet: Packet, words: Words) -> None:
    with st.expander(words("heats")):
        for branch, name in enumerate(packet.branches):
            title = words("heat", name=style(name).title)
            figure = figures.heat(
                packet,
                branch,
                title,
                (words("layer_axis"), words("spectrum_x")),
                words("heat_unit"),
            )
            table = pd.DataFrame(packet.singular_values[:, branch])
            table.columns = [f"value {index + 1}" for index in table.columns]
            table.insert(0, "layer", range(packet.depth + 1))
            chart(figure, key=f"heat_{branch}", alt=title, table=table)


def _digit(packet: Packet, settings: Settings, words: Words) -> None:
    left, right = st.columns([1, 2])
    with left:
        title = words("digit_title", truth=packet.truth)
        axes = (words("column"), words("row"))
        chart(
            figures.digit(packet.pixels, title, axes),
            key="digit_picture",
            alt=title,
            table=pd.DataFrame(packet.pixels).add_prefix("column "),
        )
    with right:
        rows = [
            {
                words("network"): style(name).title,
                words("accuracy_now"): cached(live_accuracy, (name, settings)),
                words("accuracy_card"): card(name).test_accuracy,
                words("reads"): said,
            }
            for name, said in zip(TWINS, packet.answers, strict=True)
        ]
        st.dataframe(pd.DataFrame(rows), hide_index=True)
        note(words("spread_over_seeds"))


def live_accuracy(asked: tuple[str, Settings]) -> float:
    """Count the test digits a trained network reads rightly with these settings."""
    name, settings = asked
    return accuracy(
        name, scale=settings.scale, temperature=settings.temperature, depth=settings.depth
    )


def _titles(packet: Packet) -> list[str]:
    return [style(name).title for name in packet.branches]
