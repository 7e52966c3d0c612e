"""The live part of the page on the loss: parameters in, every step of a descent as a scene out."""

from collections.abc import Mapping

from ui import origin
from ui.apart import anywhere
from ui.figures import origin as figures
from ui.live import Frames, Moving, Source
from ui.origin import LAST, SPACES, Descent
from ui.origin_packet import Path
from ui.scene import Packed, Scene, packed
from ui.settings import meaning, shown
from ui.text import Words
from ui.text import words as sentences

WEIGHTS = tuple(round(0.05 * step, 2) for step in range(41))
TEMPERATURES = (0.1, 0.12, 0.14, 0.17, 0.2, 0.25, 0.3, 0.4, 0.5, 0.7, 1.0, 1.4, 2.0)
OVERLAPS = tuple(round(0.05 * step, 2) for step in range(21))
STEPS = Frames("origin_steps", "steps", start=160, last=LAST)
PARAMETERS = {  # each setting's own, and what it may be
    "space": ("origin_space", tuple(SPACES)),
    "alignment": ("origin_alignment", WEIGHTS),
    "uniformity": ("origin_uniformity", WEIGHTS),
    "overlap": ("origin_overlap", OVERLAPS),
    "temperature": ("origin_temperature", TEMPERATURES),
}


def moving(words: Words) -> tuple[Moving, ...]:
    """Return the controls that the live part draws."""
    start = Descent()
    names = ("alignment", "uniformity", "overlap", "temperature")
    return tuple(
        Moving(
            *(PARAMETERS[name][0], words(name), PARAMETERS[name][1], getattr(start, name)),
            help=words("overlap_help") if name == "overlap" else "",
        )
        for name in names
    )


def view(address: Mapping[str, str]) -> Descent:
    """Read a descent from parameters, whatever they hold."""
    asked = {
        name: meaning(options, address.get(parameter, ""))
        for name, (parameter, options) in PARAMETERS.items()
    }
    return Descent(**{name: value for name, value in asked.items() if value is not None})


def written(settings: Descent) -> dict[str, str]:
    """Return the parameters that `view` turns into the same descent."""
    return {
        parameter: shown(getattr(settings, name)) for name, (parameter, _) in PARAMETERS.items()
    }


def scene(settings: Descent) -> Scene:
    """Compute everything the live part of the page shows."""
    words = sentences("origin")
    path = origin.descend(settings)
    facts = tuple(path.facts(step) for step in range(path.last + 1))
    return Scene(
        page="origin",
        arrays=figures.arrays(path),
        charts=figures.charts(path, words, facts),
        frames=path.last + 1,
        frame_names=tuple(words("step_name", **slots) for slots in facts),
        frame_findings=tuple(_findings(path, step, words) for step in range(path.last + 1)),
        library="gl3d" if settings.space == "sphere" else "cartesian",
    )


@anywhere(lambda settings: True)
def ready(settings: Descent) -> Packed:
    """Compute the scene as it is sent."""
    return packed(scene(settings))


SOURCE = Source(view, ready)


def _findings(path: Path, step: int, words: Words) -> tuple[str, ...]:
    facts = path.facts(step)
    return words("distances", **facts), words("balance", **facts), words(path.verdict(step))
