"""What the training lab is set to, and where its runs are kept, trained and stopped."""

import os
import time
from dataclasses import replace

import pytest

from models.methods import METHODS
from tests.ui.training_runs import TINY, Pretended, here, known, pretend, put
from training.config import RunConfig
from training.folder import FolderError
from training.together import Progress
from ui import jobs, training_store
from ui.training_settings import PARAMETERS, Setup, read, written
from ui.training_store import Standing


@pytest.fixture
def begun(monkeypatch, tmp_path):
    return pretend(monkeypatch, tmp_path / "kept")


def test_an_address_gives_the_setup_back():
    setup = Setup(task="agreement", depth=8, methods=("contra_norm", "rezero"), seeds=3, rate=1e-5)
    assert read(written(setup)) == setup
    assert read({}) == Setup()


@pytest.mark.parametrize("asked", ["", "soup", "10000", "-1", "nan"])
def test_nonsense_in_an_address_leaves_the_default(asked):
    nonsense = {parameter: asked for parameter, _ in PARAMETERS.values()}
    assert read(nonsense | {"training_methods": asked}) == Setup()


def test_methods_have_one_order_and_there_are_at_most_four():
    asked = read({"training_methods": "contra_norm,none,none,<b>"})
    assert asked.methods == ("none", "contra_norm")
    assert len(read({"training_methods": ",".join(METHODS)}).methods) == 4


def test_a_setup_s_defaults_are_each_method_s_own():
    for method in METHODS:
        assert Setup(epochs=8).config(method, 0) == RunConfig(method=method)


@pytest.mark.parametrize(
    ("changed", "field", "value"),
    [
        ({"scale": 3.0}, "scale", 3.0),
        ({"temperature": 1.0}, "temperature", 1.0),
        ({"rate": 0.1}, "learning_rate", 0.1),
        ({"warm_up": 50}, "warm_up", 50),
        ({"layer_norm": "pre"}, "layer_norm", "pre"),
        ({"form": "plain"}, "form", "plain"),
        ({"loss_weight": 3.0}, "loss_weight", 3.0),
        ({"depth": 6}, "depth", 6),
        ({"epochs": 2}, "epochs", 2),
        ({"task": "agreement"}, "task", "agreement"),
    ],
)
def test_every_setting_reaches_every_run_and_has_a_folder_of_its_own(changed, field, value):
    setup = replace(Setup(), **changed)
    assert {getattr(config, field) for config in setup.configs().values()} == {value}
    assert training_store.key(setup) != training_store.key(Setup())


def test_seeds_are_runs_and_steps_are_counted_over_all_of_them():
    setup = replace(TINY, seeds=3)
    assert [seed for _, seed in setup.configs()] == [0, 0, 1, 1, 2, 2]
    assert setup.steps == 6 * 2 * 9


def test_runs_are_dealt_out_to_as_many_jobs_as_may_run(begun, monkeypatch):
    monkeypatch.setenv("CONTRANORM_JOBS", "2")
    training_store.start(Setup(), here)
    shares = [[config.method for config, _ in part] for _, part in begun]
    assert shares == [["none", "partial_centering"], ["layer_norm", "contra_norm"]]


def test_a_setup_is_trained_once_for_everybody(begun):
    first = training_store.start(TINY, here)
    again = training_store.start(TINY, lambda: True)
    assert again is first
    assert len(first.watchers) == 2
    assert training_store.state(TINY) == "waiting"
    begun[0][0].state = "running"
    assert training_store.state(TINY) == "running"


def test_what_others_watch_is_not_stopped_by_one(begun):
    training_store.start(TINY, here)
    leaves = {"stays": True}
    training_store.watch(TINY, lambda: leaves["stays"])
    assert not training_store.cancel(TINY, here)
    assert training_store.state(TINY) == "waiting"
    leaves["stays"] = False
    assert training_store.cancel(TINY, here)
    assert training_store.state(TINY) == "stopped"


def test_a_job_lives_as_long_as_somebody_looks(begun):
    tab = {"open": True}
    training_store.start(TINY, lambda: tab["open"])
    alive = begun[0][0].alive
    assert alive()
    tab["open"] = False
    assert not alive()
    training_store.watch(TINY, here)
    assert alive()


def test_only_what_is_not_trained_yet_is_trained(begun, monkeypatch):
    monkeypatch.setenv("CONTRANORM_JOBS", "1")
    put(TINY, epochs=2, ended="finished", only={("none", 0)})
    assert training_store.state(TINY) == "stopped"
    training_store.start(TINY, here)
    assert [[config.method for config, _ in part] for _, part in begun] == [["contra_norm"]]
    put(TINY, epochs=2, ended="diverged", only={("contra_norm", 0)})
    begun[0][0].state = "done"
    assert training_store.state(TINY) == "finished"


def test_too_many_steps_are_refused(begun, monkeypatch):
    monkeypatch.setenv("CONTRANORM_TRAIN_STEPS", "35")
    with pytest.raises(training_store.TooLong):
        training_store.start(TINY, here)  # 36 steps
    assert begun == []
    monkeypatch.setenv("CONTRANORM_TRAIN_STEPS", "36")
    assert training_store.start(TINY, here)


def test_a_queue_that_fills_half_way_takes_nothing(begun, monkeypatch):
    monkeypatch.setenv("CONTRANORM_JOBS", "2")
    first = Pretended()

    def start(function, part, **further):
        if begun:
            raise jobs.Full
        begun.append((first, part))
        return first

    monkeypatch.setattr(jobs, "start", start)
    with pytest.raises(jobs.Full):
        training_store.start(TINY, here)
    assert first.state == "cancelled"
    assert training_store.state(TINY) == "new"


def aged(setup, days):
    for path in (training_store.root() / training_store.key(setup)).rglob("*"):
        then = time.time() - 86400 * days
        os.utime(path, (then, then))


def test_the_oldest_runs_make_room_and_those_under_way_stay(begun, monkeypatch):
    monkeypatch.setenv("CONTRANORM_RUNS_KEPT", "3")
    setups = [replace(TINY, depth=depth) for depth in (2, 4, 6, 8)]
    for days, setup in zip((4, 3, 2), setups, strict=False):
        put(setup, epochs=1, ended="finished")
        aged(setup, days)
    training_store._groups[training_store.key(setups[0])] = training_store.Group((Pretended(),))
    training_store.start(setups[3], here)
    left = [any(one.path.is_dir() for one in training_store.folders(s).values()) for s in setups]
    assert left == [True, False, True, False]  # the last has a job and no folder yet


def test_runs_that_are_too_large_together_make_room(begun, monkeypatch):
    monkeypatch.setenv("CONTRANORM_RUNS_SIZE", "1")
    old, new = replace(TINY, depth=4), replace(TINY, depth=6)
    for days, setup in ((2, old), (1, new)):
        put(setup, epochs=0)
        (training_store.root() / training_store.key(setup) / "large").write_bytes(bytes(700_000))
        aged(setup, days)
    training_store.start(TINY, here)
    assert not (training_store.root() / training_store.key(old)).exists()
    assert (training_store.root() / training_store.key(new)).exists()


def test_a_folder_that_is_no_folder_is_said(begun, monkeypatch, tmp_path):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv(training_store.FOLDER, str(tmp_path / "file"))
    with pytest.raises(FolderError, match="cannot be used"):
        training_store.start(TINY, here)


def test_progress_is_over_all_jobs_and_the_slowest_ends_it():
    slow = Pretended(state="running", share=0.2, partial=Progress(20, 100, 0, 10.0))
    fast = Pretended(state="running", share=0.5, partial=Progress(50, 100, 0, 10.0))
    both = training_store.Group((slow, fast), (100, 100))
    assert training_store.standing(both) == Standing(0.35, 7.0, 40.0, 0)
    fast.state = "done"
    assert training_store.standing(both) == Standing(0.6, 2.0, 40.0, 0)


def test_progress_is_a_share_of_the_steps_and_a_killed_job_takes_no_more():
    long = Pretended(state="running", partial=Progress(30, 300, 0, 10.0))
    short = Pretended(state="killed", partial=Progress(10, 100, 0, 10.0))
    both = training_store.Group((long, short), (300, 100))
    assert training_store.standing(both) == Standing(0.1, 3.0, 90.0, 0)


def test_nobody_knows_the_end_while_a_job_waits_or_has_not_said_how_fast_it_is():
    runs = Pretended(state="running", partial=Progress(20, 100, 0, 10.0))
    group = training_store.Group((runs, Pretended(state="waiting")), (100, 100))
    assert training_store.standing(group) == Standing(0.1, 2.0, None, 1)
    group = training_store.Group((runs, Pretended(state="running")), (100, 100))
    assert training_store.standing(group) == Standing(0.1, 2.0, None, 0)


@pytest.mark.slow
def test_a_real_worker_trains_a_setup_whose_runs_are_then_found(monkeypatch, tmp_path):
    monkeypatch.setenv(training_store.FOLDER, str(tmp_path))
    monkeypatch.setattr(training_store, "_groups", {})
    setup = Setup(depth=2, methods=("contra_norm",), epochs=1)
    group = training_store.start(setup, here)
    end = time.monotonic() + 60
    while not group.over:
        assert time.monotonic() < end
        time.sleep(0.05)
    assert [job.state for job in group.jobs] == ["done"], group.jobs[0].error
    assert training_store.state(setup) == "finished"
    training_store._groups.clear()  # the server was restarted
    assert training_store.state(setup) == "finished"
    assert known(setup).last(0) == 1
