"""Crowds: visitors that think, that all act at once, that drag without pause, on all pages."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from statistics import median, quantiles
from time import perf_counter

from websockets.exceptions import WebSocketException

from benchmarks.load.visitor import Failed, Visitor

SETTLING = 0.25  # seconds from the last move until the page is told, as in the browser's part
PATHS = ("", "real", "layer", "origin", "receipts")


class Tally:
    """Times by act, and failures by what they were."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.times: defaultdict[str, list[float]] = defaultdict(list)
        self.failures: Counter[str] = Counter()

    async def note(self, act: str, acting: Awaitable[float]) -> None:
        """Wait for an act, and write down its time or what went wrong."""
        try:
            self.times[act].append(await acting)
        except (Failed, OSError, TimeoutError, WebSocketException) as error:
            self.failures[f"{act}: {type(error).__name__} {error}"] += 1

    def line(self, act: str) -> str:
        """Return one act's count, median, 95th percentile and maximum in ms."""
        times = [1000 * seconds for seconds in self.times[act]]
        if len(times) < 2:
            return f"{act}: {', '.join(f'{one:.0f} ms' for one in times) or 'none'}"
        late = quantiles(times, n=20)[-1]
        return (
            f"{act}: median {median(times):.0f}, p95 {late:.0f}, max {max(times):.0f} ms"
            f" ({len(times)} times)"
        )

    def report(self, title: str, *acts: str) -> None:
        """Print a crowd's lines."""
        print(f"{title}: {self.failures.total()} failures", flush=True)
        for act in acts or self.times:
            print(f"    {self.line(act)}", flush=True)
        for failure, count in self.failures.most_common(3):
            print(f"    {count} x {failure}", flush=True)


@asynccontextmanager
async def arrived(visitors: Sequence[Visitor], tally: Tally) -> AsyncIterator[None]:
    """Let visitors come one after the other, and leave at the end."""
    try:
        for visitor in visitors:
            await tally.note("arriving", visitor.open())
        yield
    finally:
        await asyncio.gather(*(visitor.leave() for visitor in visitors))


def crowd(host: str, count: int, *, paths: Sequence[str] = ("",), query: str = "") -> list[Visitor]:
    """Prepare visitors, spread over pages; each draws its own moves."""
    return [
        Visitor(host, path=paths[seed % len(paths)], query=query, seed=seed)
        for seed in range(count)
    ]


async def thinking(
    visitors: Sequence[Visitor], tally: Tally, *, seconds: float, think: float
) -> None:
    """Let each visitor think, move one control, settle, and think again."""
    end = perf_counter() + seconds

    async def one(visitor: Visitor) -> None:
        await asyncio.sleep(visitor.random.uniform(0, think))
        while perf_counter() < end:
            if visitor.live is not None:
                await tally.note("live answer", visitor.move())
                await asyncio.sleep(SETTLING)
            await tally.note("page run", visitor.settle())
            await asyncio.sleep(think * visitor.random.uniform(0.5, 1.5))

    await asyncio.gather(*map(one, visitors))


async def at_once(
    visitors: Sequence[Visitor], tally: Tally, act: str, does: Callable[[Visitor], Awaitable[float]]
) -> float:
    """Let all visitors act in the same moment; return when the last has its answer."""
    start = perf_counter()
    await asyncio.gather(*(tally.note(act, does(visitor)) for visitor in visitors))
    return perf_counter() - start


async def dragging(
    visitors: Sequence[Visitor],
    tally: Tally,
    *,
    seconds: float,
    does: Callable[[Visitor], Awaitable[float]],
) -> list[int]:
    """Let all visitors ask the next question when they have an answer; return how many got."""
    end = perf_counter() + seconds

    async def one(visitor: Visitor) -> int:
        answers = 0
        while perf_counter() < end:
            await tally.note("live answer", does(visitor))
            answers += 1
        return answers

    return list(await asyncio.gather(*map(one, visitors)))
