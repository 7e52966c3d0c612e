"""Everything a visitor can set on the page of real models, in one frozen value and an address."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from models.branch import Branch
from ui import real_models
from ui.settings import (
    DIGITS,
    FORMS,
    LONGEST_LINKED_TEXT,
    PAPERS_PLACE,
    RIVALS,
    SCALES,
    TEMPERATURES,
    meaning,
    shown,
)

DEFAULT_TEXT = (
    "The king spoke to the queen while a man and a woman waited outside the castle\n"
    "A dog chased the cat and then the cat chased the dog"
)
MOST_LINES, MOST_HEADS = 200, 128
OURS, RIVAL = "ours", "rival"  # which branch's matrices stand beside those without a norm


@dataclass(frozen=True)
class RealSettings:
    """A whole experiment with a real model: equal settings always give the same packet.

    `line` and `head` count from 1; beyond the last one there is, the last one counts. A model
    that reads patches is shown test digit number `digit`, counted from 0, instead of the text.
    """

    text: str = DEFAULT_TEXT
    model: str = real_models.DEFAULT
    placement: str = PAPERS_PLACE
    scale: float = 1.0
    temperature: float = 1.0
    rival: str = "partial_centering"
    form: str = "residual"
    line: int = 1
    digit: int = 0
    head: int = 1
    beside: str = OURS

    def branches(self) -> tuple[Branch, Branch, Branch]:
        """Without a norm, with ContraNorm, and with the rival at the same s."""
        return (
            Branch(),
            Branch("contra_norm", self.scale, self.temperature, (("form", self.form),)),
            Branch(self.rival, self.scale, self.temperature),
        )

    @property
    def sentence(self) -> str:
        """The line of the text that is shown; the digit's number where patches are read."""
        if real_models.reads_patches(self.model):
            return str(self.digit)
        found = lines(self.text)
        return found[min(self.line, len(found)) - 1]


def lines(text: str) -> tuple[str, ...]:
    r"""Return the sentences of a text, one for each line that holds anything.

    >>> lines(" a cat \n\n a dog"), lines("")
    (('a cat', 'a dog'), ('',))
    """
    found = tuple(line.strip() for line in text.splitlines() if line.strip())
    return found[:MOST_LINES] or ("",)


PARAMETERS: Mapping[str, str] = {
    "text": "real_text",
    "model": "real_model",
    "placement": "real_place",
    "scale": "real_s",
    "temperature": "real_tau",
    "rival": "real_rival",
    "form": "real_form",
    "line": "real_line",
    "digit": "real_digit",
    "head": "real_head",
    "beside": "real_beside",
}


def options(name: str) -> tuple[Any, ...]:
    """Return what a setting may be in an address; nothing for free text."""
    allowed: Mapping[str, tuple[Any, ...]] = {
        "model": real_models.names(),
        "placement": real_models.PLACES,
        "scale": SCALES,
        "temperature": TEMPERATURES,
        "rival": RIVALS,
        "form": FORMS,
        "line": tuple(range(1, MOST_LINES + 1)),
        "digit": DIGITS,
        "head": tuple(range(1, MOST_HEADS + 1)),
        "beside": (OURS, RIVAL),
    }
    return allowed.get(name, ())


def read(address: Mapping[str, str]) -> RealSettings:
    """Read settings from parameters; whatever is missing or impossible is at home."""
    asked = {
        name: meaning(options(name), address[parameter])
        for name, parameter in PARAMETERS.items()
        if parameter in address
    }
    return RealSettings(**{name: value for name, value in asked.items() if value is not None})


def written(settings: RealSettings) -> dict[str, str]:
    """Return the parameters that `read` turns into the same settings, without those at home."""
    start = RealSettings()
    return {
        parameter: shown(getattr(settings, name))
        for name, parameter in PARAMETERS.items()
        if getattr(settings, name) != getattr(start, name)
    }


def unlinked(settings: RealSettings) -> dict[str, str]:
    """Return the parameters that are too long for a link: the text, or nothing."""
    long = len(settings.text) > LONGEST_LINKED_TEXT
    return {PARAMETERS["text"]: settings.text} if long else {}
