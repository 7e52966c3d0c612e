"""What a full garbage collection costs once everything is loaded, before and after freezing."""

import gc
from statistics import median
from time import perf_counter

from ui.sources import SOURCES

REPEATS = 15


def report() -> None:
    """Print what Streamlit's collection after each run would cost, with and without freezing."""
    import plotly.graph_objects  # noqa: F401 - as the app has it loaded
    import sklearn.datasets  # noqa: F401
    import transformers  # noqa: F401

    watch = SOURCES["watch"]
    watch.packed(watch.settings({}))
    before = _full()
    held = len(gc.get_objects())
    gc.freeze()
    after = _full()
    gc.unfreeze()
    print("A full collection, as after each script run unless postScriptGC is off")
    print(f"  objects looked at before freezing  {held:10,d}")
    print(f"  as it is                           {1000 * before:8.1f} ms")
    print(f"  after gc.freeze()                  {1000 * after:8.1f} ms  {after / before:6.1%}")


def _full() -> float:
    times = []
    for _ in range(REPEATS):
        start = perf_counter()
        gc.collect()
        times.append(perf_counter() - start)
    return median(times)


if __name__ == "__main__":
    report()
