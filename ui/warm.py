"""What is done once, before the first visitor."""

import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import torch

from ui.picture import picture
from ui.settings import Settings


@asynccontextmanager
async def lifespan(app: object) -> AsyncIterator[None]:
    """Compute the first picture, then take everything loaded so far out of garbage collection.

    One thread per computation: the small decompositions here are slower with two.
    """
    torch.set_num_threads(1)
    picture(Settings())
    gc.collect()
    gc.freeze()
    yield
