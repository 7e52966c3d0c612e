"""What the program of the page of real models is written from: the charts, and the part shown."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from models.unavailable import ModelUnavailable
from ui.limits import limit
from ui.real_picture import placed
from ui.real_settings import RealSettings
from ui.recipe import Recipe

NAMES = ("scale", "temperature", "rival", "form", "model", "head")


@dataclass(frozen=True)
class Shown:
    """The further part whose numbers are on screen, if any, and the values its program needs."""

    part: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)


def recipe(settings: RealSettings, shown: Shown | None = None) -> Recipe:
    """Say what the page's program is written from."""
    further = shown or Shown()
    try:
        place = placed(settings)
    except ModelUnavailable:
        place = settings.placement
    values = {name: getattr(settings, name) for name in NAMES}
    own = {"sentence": settings.sentence, "placement": place, "longest": limit("pieces")}
    return Recipe("real", {**values, **own, "part": further.part, **further.values})
