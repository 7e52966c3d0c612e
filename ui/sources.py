"""Every page with a live part, by name: the one table the live route answers from."""

from ui.live import Source
from ui.watch import SOURCE as WATCH

SOURCES: dict[str, Source] = {"watch": WATCH}
