"""Large things from one process to another, in pieces so small that nobody else waits for them.

Pickling sixty megabytes, or taking them out of a pickle, holds the interpreter for as long as the
copying takes, and every visitor waits. Arrays therefore travel beside the pickle, as bytes do
that are wrapped in a `pickle.PickleBuffer`, a piece at a time.
"""

import pickle
from multiprocessing.connection import Connection
from typing import Any

import numpy as np

PIECE = 1 << 20  # bytes


def give(connection: Connection, thing: Any) -> None:
    """Send a thing whole; whoever is at the other end takes it with `take`.

    Raises:
        OSError: If nobody is there any more.
    """
    buffers: list[pickle.PickleBuffer] = []
    said = pickle.dumps(thing, protocol=5, buffer_callback=buffers.append)
    raw = [buffer.raw() for buffer in buffers]
    connection.send((said, [len(view) for view in raw]))
    for view in raw:
        for start in range(0, len(view), PIECE):
            connection.send_bytes(view[start : start + PIECE])


def take(connection: Connection) -> Any:
    """Receive what was given; what was wrapped arrives as a `memoryview`.

    Raises:
        EOFError: If the other end is closed before all of it is there.
        OSError: If it breaks.
    """
    said, sizes = connection.recv()
    buffers = [np.empty(size, np.uint8) for size in sizes]
    for buffer in buffers:
        for start in range(0, len(buffer), PIECE):
            connection.recv_bytes_into(buffer.data[start : start + PIECE])
    return pickle.loads(said, buffers=buffers)
