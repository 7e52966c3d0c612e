"""Everything a visitor can set for the main picture, in one frozen value and in an address."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from contranorm.families import family
from contranorm.norms import NORMS
from contranorm.placements import Placement
from models.branch import Branch
from ui.limits import limit

DEFAULT_TEXT = (
    "The quick brown fox jumps over the lazy dog while a small red bird sings in the old tree"
)
LONGEST_LINKED_TEXT = 500  # characters

DEPTHS = {
    "lab": tuple(range(1, limit("depth") + 1)),
    "minilm": tuple(range(1, 7)),
    "digits": tuple(range(1, 25)),
    "digits_12": tuple(range(1, 13)),
    "digits_6": tuple(range(1, 7)),
}
TRAINED = {"digits": 24, "digits_12": 12, "digits_6": 6}  # layers the digits' networks have
SCALES = (
    *(0.0, 0.02, 0.05),
    *(round(0.1 + 0.02 * step, 2) for step in range(21)),  # fine where the threshold lies
    *(0.6, 0.7, 0.8, 0.9, 1.0, 1.25, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0),
)
TEMPERATURES = (
    *(0.02, 0.03, 0.05, 0.07, 0.1, 0.14, 0.2, 0.3, 0.4),
    *(0.5, 0.7, 1.0, 1.5, 2.0, 3.0, 5.0, 7.0, 10.0),
)  # logarithmic
LIVE_ZONE = (0.05, 0.5)  # of the temperature: below a token sees only itself, above all weigh alike
GAINS = (0.25, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0)
SEEDS = tuple(range(20))
DIGITS = tuple(range(100))
WIDTHS = (32, 64, 128, 256)
HEADS = (1, 2, 4, 8)
ATTENTION_TEMPERATURES = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0)
RIVALS = tuple(name for name in NORMS if name not in ("none", "contra_norm"))
PLACES = tuple(place.value for place in Placement)
MINILM_PLACES = tuple(place.value for place in Placement if place in family("bert").sites)
BLOCKS_END = Placement.AFTER_OUTPUT_LAYER_NORM.value
PAPERS_PLACE = Placement.AFTER_ATTENTION_RESIDUAL.value
LAYER_NORMS = ("post", "pre", "none")
FORMS = ("residual", "plain")


@dataclass(frozen=True)
class Settings:
    """A whole experiment: equal settings always give the same packet."""

    model: str = "lab"
    text: str = DEFAULT_TEXT
    digit: int = 0
    depth: int = 24
    scale: float = 1.0
    temperature: float = 1.0
    rival: str = "partial_centering"
    form: str = "residual"
    placement: str = BLOCKS_END
    seed: int = 0
    gain: float = 1.0
    width: int = 128
    heads: int = 4
    attention_temperature: float = 1.0
    residual: bool = True
    mlp: bool = True
    layer_norm: str = "post"
    positions: bool = True

    @property
    def trained(self) -> int | None:
        """How many layers the trained networks have; None for a model that is no trained trio."""
        return TRAINED.get(self.model)

    @property
    def light(self) -> bool:
        """Whether every process may run it: it needs no pretrained model."""
        return self.model == "lab" or self.trained is not None

    def branches(self) -> tuple[Branch, Branch, Branch]:
        """Without a norm, with ContraNorm, and with the rival at the same s."""
        return (
            Branch(),
            Branch("contra_norm", self.scale, self.temperature, (("form", self.form),)),
            Branch(self.rival, self.scale, self.temperature),
        )


@dataclass(frozen=True)
class Field:
    """One setting: its name in `Settings`, its parameter in an address, what it may be.

    No options means free text. Options of numbers are in increasing order.
    """

    name: str
    parameter: str
    options: tuple[Any, ...] = ()


FIELDS = (
    Field("model", "model", tuple(DEPTHS)),
    Field("text", "text"),
    Field("digit", "digit", DIGITS),
    Field("depth", "depth", DEPTHS["lab"]),
    Field("scale", "s", SCALES),
    Field("temperature", "tau", TEMPERATURES),
    Field("rival", "rival", RIVALS),
    Field("form", "form", FORMS),
    Field("placement", "placement", PLACES),
    Field("seed", "seed", SEEDS),
    Field("gain", "gain", GAINS),
    Field("width", "width", WIDTHS),
    Field("heads", "heads", HEADS),
    Field("attention_temperature", "heat", ATTENTION_TEMPERATURES),
    Field("residual", "residual", (False, True)),
    Field("mlp", "mlp", (False, True)),
    Field("layer_norm", "layernorm", LAYER_NORMS),
    Field("positions", "positions", (False, True)),
)


def home(model: str) -> Settings:
    """Return the settings a model starts with: its own depth, temperature and placement."""
    deepest = DEPTHS[model][-1]
    return Settings(
        model=model,
        depth=min(24, deepest),
        temperature=0.2 if model in TRAINED else 1.0,
        placement=PAPERS_PLACE if model == "minilm" else BLOCKS_END,
    )


def read(address: Mapping[str, str]) -> Settings:
    """Read settings from an address's parameters; whatever is missing or impossible is at home.

    A number off its grid goes to the nearest step; one outside, or no number, is ignored.
    """
    model = address.get("model", "lab")
    start = home(model if model in DEPTHS else "lab")
    values = {field.name: getattr(start, field.name) for field in FIELDS}
    for field in FIELDS[1:]:
        asked = address.get(field.parameter)
        meant = None if asked is None else meaning(options(field, start.model), asked)
        if meant is not None:
            values[field.name] = meant
    return Settings(**values)


def written(settings: Settings) -> dict[str, str]:
    """Return the parameters that `read` turns into the same settings, without those at home."""
    start = home(settings.model)
    said = {
        field.parameter: shown(getattr(settings, field.name))
        for field in FIELDS[1:]
        if getattr(settings, field.name) != getattr(start, field.name)
    }
    return ({} if settings.model == "lab" else {"model": settings.model}) | said


def unlinked(settings: Settings) -> dict[str, str]:
    """Return the parameters that are too long for a link: the text, or nothing."""
    text = written(settings).get("text", "")
    return {"text": text} if len(text) > LONGEST_LINKED_TEXT else {}


def options(field: Field, model: str) -> tuple[Any, ...]:
    """Return what a setting may be for a model; depths and placements differ between models."""
    if field.name == "placement" and model == "minilm":
        return MINILM_PLACES
    return DEPTHS[model] if field.name == "depth" else field.options


def meaning(allowed: tuple[Any, ...], asked: str) -> Any:
    """Return the option an address asks for, the nearest number, or None if there is none."""
    if not allowed:
        return asked[: limit("text")]
    if isinstance(allowed[0], str):
        return asked if asked in allowed else None
    if isinstance(allowed[0], bool):
        return {"true": True, "false": False}.get(asked.lower())
    try:
        value = float(asked)
    except ValueError:
        return None
    if math.isnan(value) or not allowed[0] <= value <= allowed[-1]:
        return None
    return min(allowed, key=lambda option: abs(option - value))


def shown(value: Any) -> str:
    """Write a setting as an address has it."""
    if isinstance(value, bool):
        return str(value).lower()
    return value if isinstance(value, str) else f"{value:g}"
