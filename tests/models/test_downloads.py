import time

import pytest
import torch

from models import downloads, registry
from models.downloads import Progress, begin, finished
from models.hub import HUB_VARIABLE, look_up
from models.reading import text_trace
from models.registry import MODELS, models, ready
from models.unavailable import ModelUnavailable
from tests.models.fake_hub import COMMIT, fake_hub

OPEN = {HUB_VARIABLE: "1"}


@pytest.fixture
def hub(monkeypatch, folder):
    """A Hub with two models, the lab's questions sent there, and no download begun."""
    monkeypatch.setattr(downloads, "_begun", {})
    monkeypatch.setattr(registry, "_kept", type(registry._kept)())
    with fake_hub() as running:
        monkeypatch.setenv("HF_ENDPOINT", running.address)
        for name in ("someone/one", "someone/two", "someone/three"):
            running.add(name, folder)
        yield running


@pytest.fixture
def start(hub, tmp_path):
    def begun(name="someone/one"):
        found = look_up(name, environment=OPEN, cache=tmp_path / name.replace("/", "-"))
        return begin(found, cache=tmp_path / name.replace("/", "-"))

    return begun


def until(true):
    end = time.monotonic() + 10
    while not true() and time.monotonic() < end:
        time.sleep(0.01)
    return true()


def test_a_model_arrives_whole_and_can_be_read(start, hub):
    last = start().wait(20)
    assert (last.state, last.problem, last.share) == ("done", None, 1.0)
    assert last.done == last.total == sum(map(len, hub.repositories["someone/one"].files.values()))
    assert COMMIT in last.folder.parts
    row = models(OPEN, [])[-1]
    assert (row.name, row.origin, row.licence) == (f"hub_someone/one@{COMMIT[:12]}", "hub", "mit")
    assert "someone/one" in row.title
    (run,) = text_trace(["a fox"], used=ready(row.name, among=models(OPEN, [])))
    assert torch.isfinite(run.hidden).all()


def test_what_has_arrived_is_not_listed_where_the_hub_is_closed(start):
    start().wait(20)
    assert len(finished()) == 1
    assert models({}, []) == MODELS


def test_progress_counts_bytes_while_they_arrive(start, hub):
    hub.gate.clear()
    running = start()
    assert until(lambda: hub.weights_asked_for())
    assert 0 <= running.progress.done < running.progress.total
    assert running.progress.state == "running"
    before = running.progress
    hub.gate.set()
    after = running.wait(20)
    assert before.done < after.done == after.total
    assert before.share < 1


def test_a_download_stops_when_it_is_no_longer_wanted(start, hub):
    hub.gate.clear()
    running = start()
    assert until(lambda: hub.weights_asked_for())
    running.cancel()
    hub.gate.set()
    last = running.wait(20)
    assert (last.state, last.folder) == ("cancelled", None)
    assert last.problem.kind == "cancelled"
    assert finished() == ()
    assert start().wait(20).state == "done"  # and can be begun again


def test_who_asks_for_a_model_on_its_way_shares_it(start, hub):
    hub.gate.clear()
    assert start() is start()
    hub.gate.set()
    done = start()
    done.wait(20)
    assert start() is done


def test_only_so_many_are_on_their_way_at_once(start, hub):
    hub.gate.clear()
    first = start("someone/one")
    start("someone/two")
    with pytest.raises(ModelUnavailable, match="2 models may be on their way at once") as why:
        start("someone/three")
    assert why.value.kind == "busy"
    hub.gate.set()
    first.wait(20)
    assert start("someone/three").wait(20).state == "done"


@pytest.mark.parametrize("lie", [-1, 1])
def test_a_file_of_another_size_than_promised_is_refused(start, hub, lie):
    weights = hub.repositories["someone/one"]
    weights.sizes["model.safetensors"] = len(weights.files["model.safetensors"]) + lie
    last = start().wait(20)
    assert last.state == "failed"
    assert last.problem.kind == "refused"
    assert finished() == ()


def test_a_file_that_vanishes_and_a_hub_that_goes_away_end_it_with_a_sentence(start, hub):
    found = look_up("someone/two", environment=OPEN)
    del hub.repositories["someone/two"].files["vocab.txt"]
    last = begin(found).wait(20)
    assert last.state == "failed"
    assert last.problem.kind == "incomplete"


def test_progress_has_both_ends():
    assert Progress("running", 0, 0).share == 0
    assert Progress("done", 0, 0).share == 1
    assert Progress("running", 9, 4).share == 1
