"""How much longer one visitor's live question takes while another's large file is worked on.

`python -m benchmarks.waiting [ROWS COLUMNS]`; 20,000 × 768 by default. One thread asks the first
page's live part, again and again and never twice the same; meanwhile the page of vectors runs for
another visitor in the same process, as Streamlit would run it: a file arrives, is read, diagnosed,
and ContraNorm is applied to all rows. The goal is that no question takes over 100 ms longer than
the slowest without the other visitor. Sending bytes over a network is not in it.
"""

import io
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from streamlit.testing.v1 import AppTest

from ui.compute import forget, unkept
from ui.settings import Settings
from ui.uploads import settle
from ui.watch import View, ready

ROOT = Path(__file__).parents[1]
PAUSE = 0.05  # seconds between two questions
LOOKS = 0.5  # seconds between two looks at a job, as the page takes them
ALONE = 10.0  # seconds of questions with nobody else


def report(rows: int = 20_000, columns: int = 768) -> None:
    """Print one line for each stage of the other visitor's work."""
    values = np.random.default_rng(0).normal(size=(rows, columns)).astype(np.float32) + 1
    file = io.BytesIO()
    np.save(file, values)
    print(f"{rows:,} × {columns:,}, {len(file.getvalue()) / 1e6:.0f} MB; a question each {PAUSE} s")
    print(f"{'':34}{'questions':>10}{'median ms':>10}{'95 % ms':>9}{'longest ms':>11}")
    page = AppTest.from_file(str(ROOT / "ui" / "main.py"), default_timeout=120)
    page.switch_page(str(ROOT / "pages" / "vectors.py"))
    page.run()
    _asked("before anybody is measured", lambda: time.sleep(2))
    alone = _asked("nobody else", lambda: time.sleep(ALONE))
    field = page.file_uploader(key="vectors_file")
    field.set_value(("mine.npy", file.getvalue(), "application/octet-stream"))
    first = _asked("a file is read and diagnosed", lambda: _followed(page))
    second = _asked("ContraNorm is applied to all", lambda: _applied(page))
    beside = np.concatenate([first, second])
    for name, share in (("longest", 100), ("95 %", 95)):
        longer = np.percentile(beside, share) - np.percentile(alone, share)
        print(f"{name}: {1000 * longer:+.0f} ms beside the other visitor")


def _followed(page: AppTest) -> None:
    """Run the page as its fragment does, until no job is under way."""
    page.run()
    while any(one.key == "vectors_cancel" for one in page.button):
        time.sleep(LOOKS)
        page.run()
    assert not page.exception, page.exception
    assert not page.error, page.error


def _applied(page: AppTest) -> None:
    page.button(key="vectors_apply").click()
    _followed(page)
    assert any(one.label.startswith("Save all") for one in page.get("download_button"))


def _asked(stage: str, meanwhile: Callable[[], None]) -> np.ndarray:
    """Ask in a thread until the other visitor's stage is over; return the seconds of each."""
    over, spent = threading.Event(), []
    asker = threading.Thread(target=_ask, args=(over, spent))
    forget()
    asker.start()
    meanwhile()
    over.set()
    asker.join()
    found = np.array(spent)
    times = (1000 * np.percentile(found, share) for share in (50, 95, 100))
    middle, most, longest = times
    print(f"{stage:34}{len(found):>10}{middle:>10.1f}{most:>9.1f}{longest:>11.1f}", flush=True)
    return found


def _ask(over: threading.Event, spent: list[float]) -> None:
    number = 0
    while not over.is_set():
        number += 1
        asked = View(Settings(text=f"a cat saw a dog {number}", depth=24), log=True)
        started = time.perf_counter()
        unkept(ready, asked)
        spent.append(time.perf_counter() - started)
        time.sleep(PAUSE)


if __name__ == "__main__":
    torch.set_num_threads(1)
    settle()  # as the server does
    report(*map(int, sys.argv[1:3]))
