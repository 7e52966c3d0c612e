"""A screen's settings as a file, and reading such a file back as carefully as an address."""

import json
from collections.abc import Container, Mapping
from dataclasses import dataclass

from ui.limits import limit
from ui.stream import MOST_PARAMETERS

APPLICATION, VERSION = "ContraNorm Lab", 1  # ui/static/live/export.js writes the same
LONGEST_NAME = 40  # characters of a parameter's name


class Unreadable(ValueError):  # noqa: N818 - it states what the text is
    """A text that holds no settings; the message names the sentence that says why."""


@dataclass(frozen=True)
class Saved:
    """A page and the parameters of its address; a text of any length is among them."""

    page: str
    address: Mapping[str, str]

    def to_json(self) -> str:
        """Write the file."""
        said = {"application": APPLICATION, "version": VERSION, "page": self.page}
        return json.dumps({**said, "address": dict(self.address)}, indent=2)


def saved(text: str, pages: Container[str]) -> Saved:
    """Read a file of settings.

    What its parameters mean is decided by the page, as for any address: what is impossible is
    said there, and the default used.

    Args:
        text: The file.
        pages: The pages there are.

    Raises:
        Unreadable: Naming the sentence for: too long, no settings of this lab, an unknown page.

    >>> saved(Saved("watch", {"s": "0.2"}).to_json(), ["watch"]).address
    {'s': '0.2'}
    """
    if len(text) > longest():
        raise Unreadable("settings_long")
    try:
        said = json.loads(text)
    except (ValueError, RecursionError):
        raise Unreadable("settings_form") from None
    if not isinstance(said, dict) or said.get("application") != APPLICATION:
        raise Unreadable("settings_form")
    if said.get("version") != VERSION:
        raise Unreadable("settings_version")
    page, address = said.get("page"), said.get("address")
    if not isinstance(page, str) or page not in pages:
        raise Unreadable("settings_page")
    if not isinstance(address, dict) or len(address) > MOST_PARAMETERS:
        raise Unreadable("settings_form")
    if not all(
        isinstance(value, str) and len(name) <= LONGEST_NAME for name, value in address.items()
    ):
        raise Unreadable("settings_form")
    return Saved(page, {_sendable(name): _sendable(value) for name, value in address.items()})


def longest() -> int:
    """How many characters a file of settings may have: its text, escaped, and some more."""
    return 8 * limit("text") + 10_000


def _sendable(text: str) -> str:
    """Leave out the halves of broken characters, which no address can carry."""
    return text.encode("utf-8", "ignore").decode("utf-8")
