"""The live part of the page of real models: parameters in, every layer as a scene out."""

from ui import real_models
from ui.figures import real as figures
from ui.findings import findings
from ui.live import Frames, Moving, Source
from ui.real_picture import picture
from ui.real_settings import PARAMETERS, RIVAL, RealSettings, options, read
from ui.real_words import closest, keeping
from ui.scene import Choice, Packed, Scene, packed
from ui.settings import LIVE_ZONE, shown
from ui.text import Words
from ui.text import words as sentences

LAYERS = Frames("real_layer", "layer")


def moving(words: Words, heads: int) -> tuple[Moving, ...]:
    """Return the controls that the live part draws."""
    start = RealSettings()
    low, high = (shown(edge) for edge in LIVE_ZONE)
    return (
        Moving(
            PARAMETERS["scale"],
            words("scale"),
            options("scale"),
            start.scale,
            help=words("scale_help"),
        ),
        Moving(
            PARAMETERS["temperature"],
            words("temperature"),
            options("temperature"),
            start.temperature,
            help=words("temperature_help"),
            zone=LIVE_ZONE,
            zone_note=words("zone", low=low, high=high),
        ),
        Moving(
            PARAMETERS["head"],
            words("head"),
            tuple(range(1, heads + 1)),
            start.head,
            help=words("head_help"),
        ),
    )


def scene(settings: RealSettings) -> Scene:
    """Compute everything the live part of the page shows."""
    words, watched = sentences("real"), sentences("watch")
    real = picture(settings)
    packet, patches = real.packet, real_models.reads_patches(settings.model)
    beside = 2 if settings.beside == RIVAL else 1
    layers = range(packet.depth + 1)
    return Scene(
        page="real",
        arrays=figures.arrays(real, beside),
        charts=figures.charts(real, beside, words, watched),
        frames=packet.depth + 1,
        findings=(*findings(packet, watched), *keeping(real, words, patches=patches)),
        frame_names=tuple(
            watched("layer_name", layer=layer, depth=packet.depth) for layer in layers
        ),
        frame_findings=tuple(closest(real, layer, words) for layer in layers),
        choice=_choice(packet.tokens, words),
    )


def ready(settings: RealSettings) -> Packed:
    """Compute the scene as it is sent."""
    return packed(scene(settings))


SOURCE = Source(read, ready)


def _choice(tokens: tuple[str, ...], words: Words) -> Choice:
    """Let one token be marked, the first after the model's own at the start; all by number."""
    numbered = tuple(f"{place} {token}" for place, token in enumerate(tokens, start=1))
    return Choice(words("token"), numbered, start=min(1, len(tokens) - 1))
