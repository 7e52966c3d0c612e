"""Every visible sentence, read from `text/LANGUAGE/PAGE.yaml`."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

FOLDER = Path(__file__).parent.parent / "text"


@dataclass(frozen=True)
class Words:
    """The sentences of one page; call with a name and the values of its slots.

    Values are put into slots and never read as templates themselves.
    """

    page: str
    entries: dict[str, str]

    def __call__(self, name: str, /, **values: object) -> str:
        """Return the sentence `name` with its slots filled."""
        return self.entries[name].format(**values) if values else self.entries[name]


@cache
def words(page: str, language: str = "en") -> Words:
    """Load the sentences of a page once."""
    path = FOLDER / language / f"{page}.yaml"
    entries = yaml.safe_load(path.read_text(encoding="utf-8"))
    return Words(page, {name: str(sentence).strip() for name, sentence in entries.items()})
