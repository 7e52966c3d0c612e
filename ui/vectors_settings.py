"""What a visitor can set on the page of vectors, in one frozen value and in an address."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from contranorm.norms import NORMS
from models.vectors.examples import EXAMPLES
from models.vectors.verdict import Thresholds
from ui.settings import SCALES, TEMPERATURES, meaning, shown

CHOSEN = tuple(name for name in NORMS if name != "none")
COLOURS = tuple(str(place) for place in range(9))  # no colours, or the column they come from
LIMITS_OF = {  # the grid of each threshold of the verdict
    "point": (0.01, 0.02, 0.05, 0.1, 0.15, 0.2, 0.3),
    "cone": (0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9),
    "directions": (0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5),
}


@dataclass(frozen=True)
class View:
    """Which vectors, how they are drawn, and the norm; equal views give equal pictures.

    `key` names a visitor's own vectors, which nobody can guess and no address carries; without
    one `data` names an example.
    """

    data: str = "cone"
    key: str = ""
    colour: str = "0"
    norm: str = "contra_norm"
    scale: float = 2.0
    temperature: float = 0.2
    point: float = 0.05
    cone: float = 0.5
    directions: float = 0.25

    @property
    def thresholds(self) -> Thresholds:
        """Where each verdict begins."""
        return Thresholds(self.point, self.cone, self.directions)


PARAMETERS: Mapping[str, tuple[str, tuple[Any, ...]]] = {  # of each setting; what it may be
    "data": ("vectors_data", EXAMPLES),
    "colour": ("vectors_colour", COLOURS),
    "norm": ("vectors_norm", CHOSEN),
    "scale": ("vectors_s", SCALES),
    "temperature": ("vectors_tau", TEMPERATURES),
    **{name: (f"vectors_{name}", grid) for name, grid in LIMITS_OF.items()},
}
KEY = "key"


def read(address: Mapping[str, str]) -> View:
    """Read a view from parameters, whatever they hold."""
    meant = {
        name: meaning(options, address[parameter])
        for name, (parameter, options) in PARAMETERS.items()
        if parameter in address
    }
    known = {name: value for name, value in meant.items() if value is not None}
    return View(**known, key=address.get(KEY, "")[:100])


def written(view: View) -> dict[str, str]:
    """Return the parameters that `read` turns into the same view."""
    said = {parameter: shown(getattr(view, name)) for name, (parameter, _) in PARAMETERS.items()}
    return said | ({KEY: view.key} if view.key else {})
