"""Further processes: the same answers from them, and none lost when one of them is."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import psutil
import pytest

from tests.ui import work_apart as work
from ui import apart, compute, counters, memory, watch
from ui.closeup import CloudSettings, Source
from ui.picture import picture
from ui.settings import Settings
from ui.watch import View

ROOT = Path(__file__).parents[2]
HERE = os.getpid()


def computed(function, asked):
    return apart.computed(function, asked, lambda question, one: None)


def until(true, seconds=60):
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end
        time.sleep(0.02)


@pytest.fixture(scope="module")
def loaded():
    apart.begin()
    until(apart.ready)
    yield
    apart.end()


@pytest.fixture
def begun(loaded):
    apart.begin()
    until(apart.ready)


@pytest.fixture
def alone():
    apart.end()


def test_without_a_further_process_everything_is_computed_here(alone):
    assert computed(work.process, "there") == HERE
    assert not apart.ready()
    assert apart.resident() == 0


def test_what_may_be_computed_anywhere_is_computed_there(begun):
    there = computed(work.process, "there")
    assert there != HERE
    assert computed(work.process, "there") == there
    assert computed(work.process, "here") == HERE
    assert computed(work.plain, "there") == HERE
    assert apart.resident() == pytest.approx(memory.resident(there), rel=0.2)
    assert apart.resident() > 50


def test_a_further_process_gives_the_very_same_numbers(begun):
    asked = Settings(depth=3, scale=0.7, seed=4)
    here, there = picture(asked), computed(picture, asked)
    for name in ("coordinates", "singular_values", "effective_rank", "mean_cosine"):
        np.testing.assert_array_equal(getattr(here, name), getattr(there, name))
    assert here.tokens == there.tokens


def test_what_an_answer_was_made_of_comes_along_and_is_not_computed_again(begun, monkeypatch):
    monkeypatch.setattr(memory, "resident", lambda *process: 0.0)  # nothing is shed meanwhile
    asked = View(Settings(depth=4, scale=0.31, seed=6), log=True)
    compute.forget()
    there = compute.cached(watch.ready, asked)
    kept = compute._parts.find((picture, asked.settings))
    packet = compute.cached(picture, asked.settings)
    assert packet is kept
    np.testing.assert_array_equal(packet.coordinates, picture(asked.settings).coordinates)
    assert there.digest == watch.ready(asked).digest


def test_an_error_there_is_raised_here(begun):
    with pytest.raises(ValueError, match="as it was told to: 7"):
        computed(work.fail, 7)
    assert apart.ready()


def test_while_the_other_is_busy_this_process_computes(begun):
    first = []
    thread = threading.Thread(target=lambda: first.append(computed(work.slow, 1.0)))
    thread.start()
    time.sleep(0.3)
    assert computed(work.process, "there") == HERE
    thread.join()
    assert first[0] != HERE
    assert computed(work.process, "there") == first[0]


def test_an_answer_comes_although_its_process_was_killed(begun, monkeypatch):
    monkeypatch.setitem(apart._anywhere, work.die, lambda server: True)
    assert computed(work.die, HERE) == "computed by the server"
    assert not apart.ready()
    assert computed(work.process, "there") == HERE
    apart.begin()
    assert apart._pool is None  # not at once, or a machine without memory would do nothing else
    monkeypatch.setattr(apart, "_not_before", 0.0)
    apart.begin()
    until(apart.ready)
    assert computed(work.process, "there") != HERE


def test_an_idle_process_is_let_go_and_one_in_use_is_kept(begun, monkeypatch):
    there = computed(work.process, "there")
    apart.end_if_idle()
    assert computed(work.process, "there") == there
    monkeypatch.setattr(apart, "SECONDS_IDLE", -1.0)
    apart.end_if_idle()
    assert not apart.ready()
    until(lambda: not psutil.pid_exists(there))


def test_one_process_may_be_all_there_is(alone, monkeypatch):
    monkeypatch.setenv("CONTRANORM_PROCESSES", "1")
    apart.begin()
    assert apart._pool is None


def test_a_further_process_ends_with_a_server_that_was_killed():
    command = [sys.executable, "-m", "tests.ui.work_apart"]
    server = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    there = int(server.stdout.readline())
    assert psutil.pid_exists(there)
    server.send_signal(signal.SIGKILL)
    server.wait(20)
    server.stdout.close()
    until(lambda: not psutil.pid_exists(there), seconds=20)


@pytest.mark.parametrize(
    ("connections", "function", "asked", "started"),
    [
        (5, work.process, "there", True),
        (4, work.process, "there", False),
        (5, work.process, "here", False),
        (5, work.plain, "there", False),
    ],
)
def test_a_class_that_asks_for_what_fits_starts_a_further_process(
    monkeypatch, connections, function, asked, started
):
    noted = []
    monkeypatch.setattr(apart, "begin", lambda: noted.append(True))
    monkeypatch.setattr(counters, "connected", lambda: connections)
    compute.cached(function, asked)
    assert bool(noted) is started


def test_only_what_needs_no_pretrained_model_is_computed_elsewhere():
    assert apart.fits(picture, Settings())
    assert apart.fits(picture, Settings(model="digits"))
    assert not apart.fits(picture, Settings(model="minilm"))
    assert CloudSettings().light
    assert not CloudSettings(source=Source(Settings(model="minilm"))).light
