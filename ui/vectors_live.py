"""The live part of the page of vectors: parameters in, before and after as a scene out."""

from models.vectors.verdict import verdict
from ui.closeup_words import outcome
from ui.figures import vectors as figures
from ui.figures.palette import style
from ui.live import Frames, Moving, Source
from ui.scene import Packed, Scene, packed
from ui.settings import LIVE_ZONE, shown
from ui.text import Words
from ui.text import words as sentences
from ui.vectors_picture import Picture, cloud_of, picture
from ui.vectors_settings import PARAMETERS, View, read

FRAMES = Frames("vectors_frame", "title", start=0, last=0)


def moving(words: Words) -> tuple[Moving, ...]:
    """Return the controls that the live part draws."""
    start = View()
    low, high = (shown(edge) for edge in LIVE_ZONE)
    note, about = words("zone", low=low, high=high), words("temperature_help")
    return (
        Moving(*_grid("scale", words), start.scale, words("scale_help")),
        Moving(*_grid("temperature", words), start.temperature, about, LIVE_ZONE, note),
    )


def scene(view: View) -> Scene:
    """Compute everything the live part of the page shows."""
    words = sentences("vectors")
    cloud = cloud_of(view)
    if cloud is None:
        return Scene(page="vectors", arrays={}, charts=(), frames=1, findings=(words("gone"),))
    found = picture(view, cloud)
    return Scene(
        page="vectors",
        arrays=figures.arrays(found),
        charts=figures.charts(found, view.norm, words, facts(view, found)),
        frames=1,
        findings=findings(view, found, words),
    )


def ready(view: View) -> Packed:
    """Compute the scene as it is sent."""
    return packed(scene(view))


def shared(view: View) -> bool:
    """Whether a view's answer may be kept for all: not if it is of a visitor's own vectors."""
    return not view.key


SOURCE = Source(read, ready, shared)


def facts(view: View, found: Picture) -> dict[str, str]:
    """Give the slots that the charts' sentences share."""
    return {
        "n": str(len(found.rows)),
        "total": str(found.total),
        "norm": style(view.norm).title,
        "share_before": f"{100 * found.before.share:.0f}",
        "share_after": f"{100 * found.after.share:.0f}",
        "first_before": f"{100 * found.before.cumulative[0]:.0f}",
        "first_after": f"{100 * found.after.cumulative[0]:.0f}",
        "raw_before": _printed(found.before.raw[0]),
        "raw_after": _printed(found.after.raw[0]),
        "largest_before": _printed(found.before.sigma[0]),
        "largest_after": _printed(found.after.sigma[0]),
    }


def findings(view: View, found: Picture, words: Words) -> tuple[str, ...]:
    """Say what the norm did to the verdict and to the numbers it is made from."""
    before, after = found.before.outline, found.after.outline
    names = [verdict(one, view.thresholds) for one in (before, after)]
    kind = "verdict_same" if names[0] == names[1] else "verdict_changed"
    said = [
        words(
            kind,
            norm=style(view.norm).title,
            before=words(f"verdict_{names[0]}"),
            after=words(f"verdict_{names[1]}"),
        ),
        *(_went(name, getattr(before, name), getattr(after, name), words) for name in _NUMBERS),
    ]
    if len(found.rows) < found.total:
        said.append(words("sampled", n=len(found.rows), total=found.total))
    return tuple(said)


_NUMBERS = ("cosine", "rank", "spread")


def _went(name: str, before: float, after: float, words: Words) -> str:
    way = outcome(before, after)
    return words(f"finding_{name}", **way | {"went": words(way["went"])})


def _printed(value: float) -> str:
    return f"{value:.2f}"


def _grid(name: str, words: Words) -> tuple[str, str, tuple[float, ...]]:
    parameter, options = PARAMETERS[name]
    return parameter, words(name), options
