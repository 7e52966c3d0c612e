"""The full answer of the main page: 24 layers, 64 tokens, width 128, three branches."""

from collections.abc import Callable
from dataclasses import replace
from itertools import cycle
from statistics import median
from time import perf_counter

from models.encoder import EncoderConfig, encode
from models.tokens import embeddings
from ui.compute import forget
from ui.picture import measured, picture
from ui.seen import Seen
from ui.settings import SCALES, TEMPERATURES, Settings

REPEATS = 15


def seconds(act: Callable[[], object]) -> float:
    """Return the median time of an act, after one warm-up."""
    act()
    times = []
    for _ in range(REPEATS):
        start = perf_counter()
        act()
        times.append(perf_counter() - start)
    return median(times)


def report() -> None:
    """Print the full answer and its parts, in ms and as shares of the whole."""
    words = tuple(f"word{index}" for index in range(64))
    settings = replace(Settings(), text=" ".join(words))
    h = embeddings(words, width=128, seed=0, positions=True)
    config, branches = EncoderConfig(), settings.branches()
    seen = encode(h, config=config, branches=branches[1:2])
    hidden, attention = seen.hidden[:, 0], seen.attention[:, 0]
    scales, temperatures = cycle(SCALES), cycle(TEMPERATURES)

    def from_nothing() -> None:
        forget()
        picture(settings)

    def moved_s() -> None:
        picture(replace(settings, seed=1, scale=next(scales)))

    def moved_tau() -> None:
        picture(replace(settings, seed=2, temperature=next(temperatures)))

    whole = seconds(from_nothing)
    parts = {
        "the full answer, three branches": whole,
        "after s moved (two branches)": seconds(moved_s),
        "after tau moved (one branch)": seconds(moved_tau),
        "one branch run": seconds(lambda: encode(h, config=config, branches=branches[1:2])),
        "one branch measured": seconds(lambda: measured(Seen(words, hidden, attention))),
        "projection and packet": seconds(lambda: picture(settings)),
    }
    print("The main page: 24 layers, n = 64, d = 128, three branches")
    for name, spent in parts.items():
        print(f"  {name:32s} {1000 * spent:8.1f} ms  {spent / whole:6.0%} of the whole")
