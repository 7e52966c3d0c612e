"""The app in a process of its own, and how much memory it holds."""

import os
import re
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
PORTS = range(8700, 8800)
LONGEST_START = 120.0


@dataclass(frozen=True)
class Server:
    """A running app: where it listens, and its process."""

    host: str
    process: int

    def resident(self) -> float:
        """Return the memory of the serving process and all its children in MB (Linux).

        A page that several of them share is counted once (proportional set size).
        """
        return sum(_proportional(process) for process in _family(self.process))


def _family(process: int) -> list[int]:
    """Give a process and every one that came from it."""
    tasks = Path(f"/proc/{process}/task").glob("*/children")
    children = [int(child) for task in tasks for child in task.read_text().split()]
    return [process, *(one for child in children for one in _family(child))]


def _proportional(process: int) -> float:
    rollup = Path(f"/proc/{process}/smaps_rollup").read_text(encoding="utf-8")
    found = re.search(r"^Pss:\s+(\d+) kB", rollup, flags=re.MULTILINE)
    assert found is not None
    return int(found.group(1)) / 1024


@contextmanager
def served() -> Iterator[Server]:
    """Run the app until the end; it is warm when the block begins."""
    port = _free()
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.headless=true"]
    process = subprocess.Popen(
        [*command, "--server.address=127.0.0.1", f"--server.port={port}"],
        cwd=ROOT,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait(f"http://127.0.0.1:{port}/api/ready", process)
        yield Server(f"127.0.0.1:{port}", process.pid)
    finally:
        process.terminate()
        process.wait(20)


def _free() -> int:
    for port in PORTS:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) != 0:
                return port
    raise OSError(f"no free port from {PORTS.start} to {PORTS.stop - 1}")


def _wait(url: str, process: subprocess.Popen[bytes]) -> None:
    end = time.perf_counter() + LONGEST_START
    while time.perf_counter() < end and process.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except OSError:
            time.sleep(0.2)
    raise OSError("the app did not become ready")
