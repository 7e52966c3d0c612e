"""Functions for the further processes of the tests, and a server that is killed beside one."""

import os
import signal
import sys
import time

from ui import apart
from ui.apart import anywhere


@anywhere(lambda asked: asked != "here")
def process(asked):
    return os.getpid()


@anywhere(lambda asked: True)
def fail(asked):
    raise ValueError(f"as it was told to: {asked}")


@anywhere(lambda asked: True)
def slow(asked):
    time.sleep(asked)
    return os.getpid()


@anywhere(lambda server: os.getpid() == server)
def die(server):
    """End the process, unless it is the server."""
    if os.getpid() != server:
        os.kill(os.getpid(), signal.SIGKILL)
    return "computed by the server"


def plain(asked):
    return os.getpid()


if __name__ == "__main__":
    apart.begin()
    while not apart.ready():
        time.sleep(0.05)
    from tests.ui.work_apart import process as by_name

    print(apart.computed(by_name, "there", print), flush=True)
    time.sleep(60)
    sys.exit(1)
