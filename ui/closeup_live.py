"""The live part of the close-up: parameters in, every step of a cloud's path as a scene out."""

from collections.abc import Mapping
from typing import Any

from ui import closeup
from ui.apart import anywhere
from ui.closeup import CLOUDS, DIMENSIONS, LAYER, SPELLINGS, CloudSettings, Source
from ui.closeup_layer import BRANCHES, carried, uncarried
from ui.closeup_packet import CloseUp
from ui.compute import part
from ui.figures import closeup as figures
from ui.live import Frames, Moving
from ui.live import Source as LiveSource
from ui.scene import Packed, Scene, packed
from ui.settings import DEPTHS, TEMPERATURES, meaning, shown
from ui.text import Words
from ui.text import words as sentences

STEPS = Frames("layer_steps", "steps", start=3, last=closeup.LAST)
PARAMETERS: Mapping[str, tuple[str, tuple[Any, ...]]] = {  # each setting's own; what it may be
    "cloud": ("layer_cloud", tuple(CLOUDS)),
    "dimension": ("layer_dimension", tuple(DIMENSIONS)),
    "variant": ("layer_variant", tuple(SPELLINGS)),
    "scale": ("layer_s", closeup.SCALES),
    "temperature": ("layer_tau", TEMPERATURES),
    "unit": ("layer_unit", (False, True)),
}
SOURCE_PARAMETERS: Mapping[str, tuple[str, tuple[Any, ...]]] = {  # of a layer of the first page
    "branch": ("layer_branch", BRANCHES),
    "layer": ("layer_at", (0, *DEPTHS["lab"])),
}


def moving(words: Words) -> tuple[Moving, ...]:
    """Return the controls that the live part draws."""
    start = CloudSettings()
    return tuple(
        Moving(PARAMETERS[name][0], words(f"control_{name}"), PARAMETERS[name][1], home)
        for name, home in (("scale", start.scale), ("temperature", start.temperature))
    )


def view(address: Mapping[str, str]) -> CloudSettings:
    """Read a cloud from parameters, whatever they hold."""
    cloud = CloudSettings(**_meant(PARAMETERS, address))
    if cloud.cloud != LAYER:
        return cloud
    experiment = uncarried(address.get("from", ""))
    source = Source(experiment, **_meant(SOURCE_PARAMETERS, address))
    return CloudSettings(**_meant(PARAMETERS, address), source=source)


def written(settings: CloudSettings) -> dict[str, str]:
    """Return the parameters that `view` turns into the same cloud."""
    address = _shown(PARAMETERS, settings)
    if settings.source is None:
        return address
    experiment = {"from": carried(settings.source.experiment)}
    return address | _shown(SOURCE_PARAMETERS, settings.source) | experiment


def scene(settings: CloudSettings) -> Scene:
    """Compute everything the live part of the page shows."""
    words = sentences("layer")
    packet = part(closeup.close_up, settings)
    facts = tuple(closeup.facts(settings, packet, step) for step in range(packet.last + 1))
    away = packet.last < closeup.LAST
    return Scene(
        page="layer",
        arrays=figures.arrays(packet),
        charts=figures.charts(packet, words, facts),
        frames=packet.last + 1,
        frame_names=tuple(words("step_name", **slots) for slots in facts),
        findings=(words("ran_away", last=packet.last),) if away else (),
        frame_findings=tuple(
            _findings(packet, step, slots, words) for step, slots in enumerate(facts)
        ),
        library="gl3d" if settings.dimension == "3" else "cartesian",
    )


@anywhere(lambda settings: settings.light)
def ready(settings: CloudSettings) -> Packed:
    """Compute the scene as it is sent."""
    return packed(scene(settings))


SOURCE = LiveSource(view, ready)


def _findings(
    packet: CloseUp, step: int, slots: Mapping[str, str], words: Words
) -> tuple[str, ...]:
    found = [
        words(name, **{**slots, **outcome, "went": words(outcome["went"])})
        for name, outcome in closeup.outcomes(packet, step).items()
    ]
    return (*found, words("drawn", **slots)) if packet.tokens else tuple(found)


def _meant(
    parameters: Mapping[str, tuple[str, tuple[Any, ...]]], address: Mapping[str, str]
) -> dict[str, Any]:
    asked = {
        name: meaning(options, address[parameter])
        for name, (parameter, options) in parameters.items()
        if parameter in address
    }
    return {name: value for name, value in asked.items() if value is not None}


def _shown(
    parameters: Mapping[str, tuple[str, tuple[Any, ...]]], settings: CloudSettings | Source
) -> dict[str, str]:
    return {
        parameter: shown(getattr(settings, name)) for name, (parameter, _) in parameters.items()
    }
