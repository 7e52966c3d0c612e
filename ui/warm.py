"""What is done once, when the server starts, while it already answers."""

import gc
from asyncio import create_task
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from threading import Thread
from typing import TYPE_CHECKING

import anyio

from ui import apart, first, first_kept, memory
from ui.compute import shed

if TYPE_CHECKING:
    from ui.live import Source

SECONDS_BETWEEN_TIDYING = 10.0
SECONDS_FOR_THE_FIRST = 1.0  # to be there when a server begins

_state = {"warm": False, "pretrained": False}


def sources() -> "Mapping[str, Source]":
    """Load every page's source, and with it torch and the models; at once after the first time."""
    from ui.sources import SOURCES

    return SOURCES


def state() -> dict[str, bool]:
    """Tell whether the first pictures are computed and the pretrained model is at hand."""
    return dict(_state)


def warm_up() -> None:
    """Compute the first picture, then take everything loaded so far out of garbage collection.

    If the last start's is at hand, whoever comes now sees it before torch takes the processor.
    """
    if first_kept.recall():
        first.sent.wait(SECONDS_FOR_THE_FIRST)
    import torch

    torch.set_num_threads(1)  # the small decompositions here are slower with two
    from ui.compute import cached
    from ui.picture import picture
    from ui.settings import Settings

    cached(picture, Settings())
    first_kept.settle(lambda: first.computed({}))
    sources()  # the other pages come after what the first visitor waits for
    from models.pretrained import package_folder

    _state["pretrained"] = package_folder() is not None
    gc.collect()
    gc.freeze()
    _state["warm"] = True


def tidy() -> None:
    """Empty the caches if there is too little memory, and give back what visitors left."""
    apart.end_if_idle()
    if not shed():
        memory.give_back()


@asynccontextmanager
async def lifespan(app: object) -> AsyncIterator[None]:
    """Warm up beside the server, so that the page's shell does not wait; tidy up from then on."""
    memory.hold_little()
    Thread(target=warm_up, daemon=True).start()
    tidying = create_task(_tidying())
    yield
    tidying.cancel()


async def _tidying() -> None:
    while True:
        await anyio.sleep(SECONDS_BETWEEN_TIDYING)
        await anyio.to_thread.run_sync(tidy)
