"""Every page with a live part, by name: the one table the live route answers from."""

from ui.closeup_live import SOURCE as LAYER
from ui.live import Source
from ui.origin_live import SOURCE as ORIGIN
from ui.real_live import SOURCE as REAL
from ui.tradeoffs_page import SOURCE as TRADEOFFS
from ui.training_live import SOURCE as TRAINING
from ui.twins_page import SOURCE as TWINS
from ui.vectors_live import SOURCE as VECTORS
from ui.watch import SOURCE as WATCH

SOURCES: dict[str, Source] = {
    "watch": WATCH,
    "layer": LAYER,
    "origin": ORIGIN,
    "real": REAL,
    "vectors": VECTORS,
    "training": TRAINING,
    "twins": TWINS,
    "tradeoffs": TRADEOFFS,
}
