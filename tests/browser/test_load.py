"""The visitors of the load benchmark do on every page what a browser does."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

import pytest

from benchmarks.load.crowd import PATHS
from benchmarks.load.visitor import Visitor

LIVE = tuple(path for path in PATHS if path != "receipts")


@pytest.fixture(autouse=True)
def enough_time_to_load_a_model(monkeypatch):
    monkeypatch.setattr("benchmarks.load.visitor.PATIENCE", 100.0)


def visited(address, path, acts):
    """Let a visitor come, act and leave, in a thread of its own; return what each act left."""

    async def visit():
        visitor = Visitor(address.removeprefix("http://"), path=path, seed=3)
        try:
            await visitor.open()
            return [await act(visitor) for act in acts]
        finally:
            await visitor.leave()

    with ThreadPoolExecutor(1) as other:  # this thread may have a browser's event loop
        return other.submit(asyncio.run, visit()).result(120)


async def moved_and_settled(visitor):
    await visitor.move()
    await visitor.settle()
    return visitor.mount["number"], dict(visitor.mount["values"]), dict(visitor.values)


async def dragged(visitor):
    await visitor.drag()
    return visitor.values[visitor.mount["controls"][1]["name"]]


@pytest.mark.parametrize("path", LIVE)
def test_the_page_shows_where_a_visitor_left_its_controls(address, path):
    stands = visited(address, path, [moved_and_settled] * 3)
    assert [number for number, _, _ in stands] == [1, 2, 3]
    for _, shown, said in stands:
        assert shown == said
    assert len({str(shown) for _, shown, _ in stands}) > 1


def test_a_page_without_a_live_part_runs_for_a_visitor(address):
    (seconds,) = visited(address, "receipts", [Visitor.settle])
    assert 0 < seconds < 20


def test_a_drag_goes_up_step_by_step(address):
    async def options(visitor):
        return visitor.mount["controls"][1]["options"]

    steps, *values = visited(address, "", [options, dragged, dragged, dragged])
    assert values == steps[:3]
