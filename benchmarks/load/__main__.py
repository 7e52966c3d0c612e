"""Load on one server, measured from outside: `python -m benchmarks.load [quick] [PART ...]`."""

import asyncio
import sys
from collections.abc import Awaitable, Callable, Collection
from statistics import median
from time import perf_counter

from benchmarks.load.browser import drag_among
from benchmarks.load.crowd import PATHS, Tally, arrived, at_once, crowd, dragging, thinking
from benchmarks.load.server import Server, served
from benchmarks.load.visitor import Visitor

THINK = 3.0  # seconds
CROWDS = (1, 10, 30, 100)
ROUNDS = 10
LEAVING = 2.0  # seconds after the last has left, before memory is read


async def crowds(server: Server, seconds: float) -> None:
    """Visitors that think three seconds between moves, in four sizes; then on all pages."""
    for count in CROWDS:
        tally, visitors = Tally(), crowd(server.host, count)
        async with arrived(visitors, tally):
            await thinking(visitors, tally, seconds=seconds, think=THINK)
        tally.report(f"{count} visitors, {THINK:g} s of thought")
    tally, visitors = Tally(), crowd(server.host, 30, paths=PATHS)
    async with arrived(visitors, tally):
        await thinking(visitors, tally, seconds=seconds, think=THINK)
    tally.report("30 visitors, spread over all pages")


async def bursts(server: Server, seconds: float) -> None:
    """Thirty in the same moment, and thirty that do not stop."""
    tally, visitors = Tally(), crowd(server.host, 30)
    async with arrived(visitors, tally):
        for act, does in (("live answer", Visitor.move), ("page run", Visitor.settle)):
            last = await at_once(visitors, tally, act, does)
            print(f"A burst of 30, {act} each: the last is served after {last:.2f} s", flush=True)
        tally.report("The bursts")
    await _drag(server, "each its own settings", Visitor.move, seconds)
    await _drag(server, "all the same slider", Visitor.drag, seconds)


async def _drag(
    server: Server, what: str, does: Callable[[Visitor], Awaitable[float]], seconds: float
) -> None:
    tally, visitors = Tally(), crowd(server.host, 30)
    async with arrived(visitors, tally):
        answers = await dragging(visitors, tally, seconds=seconds, does=does)
    rates = sorted(count / seconds for count in answers)
    tally.report(f"30 dragging without pause, {what}", "live answer")
    print(
        f"    {sum(rates):.0f} answers/s in all; each visitor {rates[0]:.1f} to"
        f" {rates[-1]:.1f}, median {median(rates):.1f}",
        flush=True,
    )


async def one_browser(server: Server, seconds: float) -> None:
    """A real browser whose slider is dragged while thirty others think."""
    tally, visitors = Tally(), crowd(server.host, 30)
    async with arrived(visitors, tally):
        others = asyncio.create_task(thinking(visitors, tally, seconds=seconds + 8, think=THINK))
        rate = await drag_among(f"http://{server.host}/", seconds)
        await others
    print(f"One browser dragging among 30: {rate:.1f} updates/s on its screen", flush=True)
    tally.report("    the 30 meanwhile", "live answer", "page run")


async def memory(server: Server) -> None:
    """Ten times thirty visitors of MiniLM come, move once and leave; resident memory after each."""
    first, tally = crowd(server.host, 1, query="model=minilm"), Tally()
    async with arrived(first, tally):
        await thinking(first, tally, seconds=0.1, think=0.0)
    await asyncio.sleep(LEAVING)
    start, highest, after = server.resident(), 0.0, []
    for _ in range(ROUNDS):
        visitors = crowd(server.host, 30, query="model=minilm")
        async with arrived(visitors, tally):
            await at_once(visitors, tally, "live answer", Visitor.move)
            await at_once(visitors, tally, "page run", Visitor.settle)
            highest = max(highest, server.resident())
        await asyncio.sleep(LEAVING)
        after.append(server.resident())
    tally.report(f"Memory, {ROUNDS} rounds of 30 visitors with MiniLM")
    print(f"    before {start:.0f} MB, highest with 30 visitors {highest:.0f} MB")
    print(f"    after each round: {', '.join(f'{one:.0f}' for one in after)} MB")
    print(f"    at the end {after[-1] / start - 1:+.0%} of the start", flush=True)


async def measure(parts: Collection[str], seconds: float) -> None:
    """Measure the parts named, or all: memory on a server of its own, the rest on another."""
    start = perf_counter()
    if not parts or "memory" in parts:
        with served() as server:
            await memory(server)
    chosen = [name for name in PARTS if name in parts or not parts]
    if chosen:
        with served() as server:
            print(f"A warm server: {server.resident():.0f} MB resident")
            for name in chosen:
                part, share = PARTS[name]
                await part(server, share * seconds)
            print(f"After all of it: {server.resident():.0f} MB resident")
    print(f"{perf_counter() - start:.0f} s in all; clients and server share the same cores")


PARTS = {"crowds": (crowds, 1.0), "bursts": (bursts, 0.5), "browser": (one_browser, 0.25)}

if __name__ == "__main__":
    said = set(sys.argv[1:])
    if unknown := said - {"quick", "memory", *PARTS}:
        sys.exit(f"a part is memory, {', '.join(PARTS)}; got {', '.join(sorted(unknown))}")
    asyncio.run(measure(said - {"quick"}, 5.0 if "quick" in said else 20.0))
