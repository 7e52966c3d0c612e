"""The full answer of the main page: 24 layers, 64 tokens, width 128, three branches."""

from collections.abc import Callable
from dataclasses import replace
from statistics import median
from time import perf_counter

from models.encoder import EncoderConfig, encode
from models.tokens import LONGEST, embeddings
from ui.picture import measured, picture
from ui.settings import Settings

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
    words = tuple(f"word{index}" for index in range(LONGEST))
    settings = replace(Settings(), text=" ".join(words))
    h = embeddings(words, width=128, seed=0, positions=True)
    config, branches = EncoderConfig(), settings.branches()
    seen = encode(h, config=config, branches=branches)
    whole = seconds(lambda: picture(settings))
    parts = {
        "the full answer": whole,
        "three branches": seconds(lambda: encode(h, config=config, branches=branches)),
        "one branch": seconds(lambda: encode(h, config=config, branches=branches[:1])),
        "measures and projection": seconds(
            lambda: measured(settings, words, seen.hidden, seen.attention)
        ),
        "token vectors": seconds(lambda: embeddings(words, width=128, seed=0, positions=True)),
    }
    print("The main page: 24 layers, n = 64, d = 128, three branches")
    for name, spent in parts.items():
        print(f"  {name:28s} {1000 * spent:8.1f} ms  {spent / whole:6.0%} of the whole")
