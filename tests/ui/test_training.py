"""What the training lab is set to, where its runs are kept, and what is drawn of them."""

import math
import os
import time
from dataclasses import dataclass, replace

import numpy as np
import pytest

from models.methods import METHODS
from training.config import RunConfig
from training.folder import End, FolderError, RunFolder
from training.loop import Epoch, Score
from training.probe import Layer
from training.together import Progress
from ui import jobs, training_live, training_store
from ui.figures import training as figures
from ui.scene import figure
from ui.text import words
from ui.training_packet import curves
from ui.training_settings import PARAMETERS, Setup, read, written

TINY = Setup(depth=2, methods=("none", "contra_norm"), epochs=2)


@dataclass(eq=False)
class Pretended:
    """A job that does nothing."""

    alive: object = None
    state: str = "waiting"
    share: float = 0.0
    partial: object = None
    error: object = None
    place: int = 0

    @property
    def over(self):
        return self.state not in ("waiting", "running")

    def cancel(self):
        self.state = "cancelled"


@pytest.fixture
def begun(monkeypatch, tmp_path):
    """Keep runs in a folder of the test, and only note what is put into the queue."""
    noted = []

    def start(function, part, *, alive, seconds):
        noted.append((Pretended(alive), part))
        return noted[-1][0]

    monkeypatch.setenv(training_store.FOLDER, str(tmp_path / "kept"))
    monkeypatch.setattr(jobs, "start", start)
    monkeypatch.setattr(training_store, "_groups", {})
    return noted


def here():
    return True


def layer(index, epoch, rank=2.0):
    gradient = None if index == 0 or epoch == 0 else 0.1 * index
    return Layer(index, gradient, {"effective_rank": rank + index, "mean_cosine_similarity": 0.5})


def put(setup, *, epochs, accuracy=0.5, ended=None, only=None):
    """Write records of a setup's runs, as training would."""
    for name, folder in training_store.folders(setup).items():
        if only is not None and name not in only:
            continue
        folder.start(setup.configs()[name])
        for epoch in range(epochs + 1):
            score = Score(2.0 - 0.1 * epoch, accuracy + 0.1 * epoch + 0.05 * name[1])
            seen = tuple(layer(index, epoch, 2.0 + name[1]) for index in range(setup.depth + 1))
            folder.add(Epoch(epoch, 9 * epoch, 1.0, score if epoch else None, score, score, seen))
        if ended:
            folder.finish(End(ended, "the loss must stay a finite number; it was nan"))


def known(setup):
    return curves(training_store.folders(setup), epochs=setup.epochs, depth=setup.depth)


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
    both = training_store.Group((slow, fast))
    assert training_store.progress(both) == (0.35, 7.0, 40.0)
    fast.state = "done"
    assert training_store.progress(both) == (0.6, 2.0, 40.0)
    waits = training_store.Group((slow, Pretended()))
    assert training_store.progress(waits)[2] is None


def test_curves_hold_the_number_of_each_method_seed_epoch_and_layer(begun):
    setup = replace(TINY, seeds=2)
    put(setup, epochs=1)
    found = known(setup)
    assert found.accuracy.shape == (3, 2, 2)
    assert found.accuracy[:, 1, 1] == pytest.approx([0.55, 0.65, np.nan], nan_ok=True)
    assert found.train_loss[:, 0, 0] == pytest.approx([np.nan, 1.9, np.nan], nan_ok=True)
    assert found.rank[1, :, 0, 1] == pytest.approx([3.0, 4.0, 5.0])
    assert found.gradient[1, :, 0, 0] == pytest.approx([np.nan, 0.1, 0.2], nan_ok=True)
    assert (found.frames, found.epochs, found.depth, found.seeds) == (2, 2, 2, 2)
    assert (found.last(0), found.begun) == (1, True)


def test_a_broken_record_is_an_error_with_its_folder_s_name(begun):
    put(TINY, epochs=1)
    path = training_store.folders(TINY)["none", 0].path
    (path / "metrics.jsonl").write_text("{\n")
    with pytest.raises(FolderError, match="none-seed-0"):
        known(TINY)
    assert training_live.scene(training_live.View(TINY)).charts == ()


def drawn(setup, key, frame=1):
    found = known(setup)
    scene = training_live.scene(training_live.View(setup))
    chart = next(one for one in scene.charts if one.key == key)
    return found, chart, figure(scene, chart, frame)


def test_each_method_s_curve_is_its_own(begun):
    put(TINY, epochs=2, only={("none", 0)}, accuracy=0.1)
    put(TINY, epochs=2, only={("contra_norm", 0)}, accuracy=0.6)
    _, _, shown = drawn(TINY, "accuracy")
    by_name = {t["name"]: list(t["y"]) for t in shown["data"] if t["mode"] == "lines+markers"}
    assert by_name["no norm"] == pytest.approx([0.1, 0.2, 0.3])
    assert by_name["ContraNorm"] == pytest.approx([0.6, 0.7, 0.8])


def test_the_ring_and_the_line_stand_at_the_epoch_on_screen(begun):
    put(TINY, epochs=2)
    _, _, shown = drawn(TINY, "accuracy", frame=2)
    ring = shown["data"][-1]
    assert (list(ring["x"]), list(ring["y"])) == ([2.0], pytest.approx([0.7]))
    _, _, shown = drawn(TINY, "history_1", frame=2)
    assert list(shown["data"][1]["x"]) == [2.0, 2.0]
    assert np.shape(shown["data"][0]["z"]) == (3, 3)


def test_ranks_and_gradients_are_those_of_the_epoch_on_screen(begun):
    put(TINY, epochs=1)
    _, chart, shown = drawn(TINY, "rank", frame=0)
    assert list(shown["data"][0]["y"]) == [2.0, 3.0, 4.0]
    assert "epoch 0" in chart.titles[0]
    _, _, shown = drawn(TINY, "gradient", frame=1)
    assert list(shown["data"][0]["y"])[1:] == pytest.approx([0.1, 0.2])
    assert shown["layout"]["yaxis"]["type"] == "log"
    assert shown["layout"]["yaxis"]["range"][0] == pytest.approx(math.log10(figures.SMALLEST))


def test_of_several_seeds_the_mean_and_both_ends_are_drawn_and_a_mean_needs_all(begun):
    setup = replace(TINY, methods=("none",), seeds=2)
    put(setup, epochs=2, only={("none", 0)})
    put(setup, epochs=1, only={("none", 1)})
    _, chart, shown = drawn(setup, "accuracy")
    low, high, mean = shown["data"][:3]
    assert list(mean["y"]) == pytest.approx([0.525, 0.625, np.nan], nan_ok=True)
    assert list(low["y"]) == pytest.approx([0.5, 0.6, np.nan], nan_ok=True)
    assert list(high["y"]) == pytest.approx([0.55, 0.65, np.nan], nan_ok=True)
    assert [column.title for column in chart.columns] == [
        *("epoch", "no norm, share right", "no norm, lowest", "no norm, highest")
    ]


def test_findings_say_where_each_method_stands_and_count_the_seeds(begun):
    put(TINY, epochs=2, accuracy=0.61)
    said = training_live.findings(known(TINY), words("training"), 0.1)
    assert "after epoch 2, **0.81**" in said[0]
    assert "80 % on validation data by epoch 2" in said[0]
    assert "effective rank of the last layer 4.0" in said[1]
    assert said[-1].startswith("One seed")
    setup = replace(TINY, seeds=2)
    put(setup, epochs=1, accuracy=0.3, ended="diverged")
    said = training_live.findings(known(setup), words("training"), 0.1)
    assert "**0.43** of the test part right on average (0.40 to 0.45" in said[0]
    assert "Not yet at 80 %" in said[0]
    assert said[2] == "the loss must stay a finite number; it was nan"
    assert said[-1].startswith("2 seeds")


def test_before_anything_is_trained_the_recorded_runs_are_shown(begun):
    view = training_live.view(Setup())
    assert (view.setup, view.own) == (Setup(), False)
    other = training_live.view(Setup(depth=32, methods=("contra_norm", "rezero"), epochs=30))
    assert (other.setup.depth, other.setup.methods, other.setup.epochs) == (24, ("contra_norm",), 8)
    assert training_live.found(other).begun
    assert training_live.view(replace(Setup(), methods=("rezero",))).setup.methods == (
        Setup().methods
    )
    put(Setup(), epochs=0)
    assert training_live.view(Setup()).own
    assert training_live.view(Setup(task="agreement")).own


def test_a_view_changes_with_every_record(begun):
    put(TINY, epochs=0)
    before = training_live.view(TINY)
    assert training_live.view(TINY) == before
    put(TINY, epochs=1)
    assert training_live.view(TINY) != before


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
    assert isinstance(training_store.folders(setup)["contra_norm", 0], RunFolder)
