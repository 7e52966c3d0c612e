"""A run's way through the queue, as the page tells it: waiting, under way, every way it can end."""

import pytest

from tests.pages.live_part import findings, parts, visited
from tests.pages.training_page import TINY, bars, keys, noted, press, said
from tests.ui.training_runs import put
from training.folder import FolderError
from training.together import Progress
from ui import jobs, training_store
from ui.training_settings import read

begun = pytest.fixture(autouse=True)(noted)


def test_a_press_puts_the_runs_into_the_queue_and_says_the_place(begun):
    at = press(visited("training", **TINY), "training_start")
    assert bars(at) == ["A worker is being started."]
    begun[0][0].place = 2
    assert bars(at.run()) == ["Waiting for a worker; 2 before this one."]
    assert keys(at) == {"training_stop"}
    begun[0][0].state = "running"
    assert bars(at.run()) == ["A worker has begun; its speed is not known yet."]
    begun[0][0].share, begun[0][0].partial = 0.5, Progress(18, 36, 0, 6.0)
    assert bars(at.run()) == ["50 % of all steps; 3.0 steps a second; about 6 s left."]


def test_a_run_is_stopped_at_once_keeps_its_curve_and_can_go_on(begun):
    at = press(visited("training", **TINY), "training_start")
    begun[0][0].state = "running"
    put(read(TINY), epochs=1)
    press(at, "training_stop")
    assert begun[0][0].state == "cancelled"
    assert "The training was stopped." in said(at)
    assert "after epoch 1" in findings(at)[0]
    press(at, "training_start")
    assert len(begun) == 2
    assert keys(at) == {"training_stop"}


@pytest.mark.parametrize(
    ("state", "error", "sentence"),
    [
        ("late", None, "more than 900 seconds"),
        ("killed", None, "more than the 4000 MB"),
        ("failed", MemoryError(), "more than the 4000 MB"),
        ("failed", RuntimeError("DefaultCPUAllocator: can't allocate memory"), "the 4000 MB"),
        ("failed", FolderError("the disk is full"), "could not go on: `the disk is full`"),
        ("failed", ValueError("odd"), "a reason this page does not know"),
    ],
)
def test_however_a_run_ends_it_is_said_and_can_go_on(begun, state, error, sentence):
    at = press(visited("training", **TINY), "training_start")
    put(read(TINY), epochs=1)
    begun[0][0].state, begun[0][0].error = state, error
    at.run()
    assert sentence in said(at)
    assert "after epoch 1" in findings(at)[0]
    assert at.button(key="training_start").label == "Go on from the last checkpoint"


def test_a_link_finds_a_run_that_was_begun_before_the_server_was_restarted():
    put(read(TINY), epochs=1)
    at = visited("training", **TINY)
    assert "begun and not finished" in said(at)
    assert "after epoch 1" in findings(at)[0]
    assert at.button(key="training_start").label == "Go on from the last checkpoint"


def test_another_visitor_with_the_same_link_sees_the_run_and_does_not_begin_another(begun):
    press(visited("training", **TINY), "training_start")
    other = visited("training", **TINY)
    assert keys(other) == {"training_stop"}
    press(other, "training_stop")
    assert "Others are looking on" in said(other)
    assert not begun[0][0].over
    assert len(begun) == 1


def test_a_diverged_run_says_so_in_the_engine_s_words():
    put(read(TINY), epochs=1, ended="diverged")
    at = visited("training", **TINY)
    assert "the loss must stay a finite number" in findings(at)[2]
    assert "the loss of 2 of 2 networks was no number any more" in said(at)
    assert "These networks are trained" not in said(at)
    assert keys(at) == {"training_slower"}


def test_a_diverged_run_can_be_begun_anew_with_the_next_smaller_learning_rate(begun):
    put(read(TINY), epochs=1, ended="diverged")
    at = press(visited("training", **TINY), "training_slower")
    assert at.query_params["training_rate"] == "0.0003"
    assert "was no number any more" not in said(at)
    press(at, "training_start")
    ((_, runs),) = begun
    assert {config.learning_rate for config, _ in runs} == {0.0003}


def test_below_the_smallest_learning_rate_none_is_offered():
    smallest = TINY | {"training_rate": "0.00001"}
    put(read(smallest), epochs=1, ended="diverged")
    assert keys(visited("training", **smallest)) == set()


def test_a_worker_that_was_killed_is_said_while_the_others_go_on(begun, monkeypatch):
    monkeypatch.setenv("CONTRANORM_JOBS", "2")
    at = press(visited("training", **TINY), "training_start")
    assert not at.warning
    begun[0][0].state = "killed"
    at.run()
    assert "was ended by the system" in said(at)
    assert keys(at) == {"training_stop"}
    assert bars(at) == ["A worker is being started."]
    begun[1][0].state, begun[1][0].partial = "running", Progress(9, 18, 0, 6.0)
    assert bars(at.run()) == ["25 % of all steps; 1.5 steps a second; about 6 s left."]


def test_while_one_part_waits_the_speed_of_the_others_is_said(begun, monkeypatch):
    monkeypatch.setenv("CONTRANORM_JOBS", "2")
    at = press(visited("training", **TINY), "training_start")
    begun[0][0].state, begun[0][0].partial = "running", Progress(9, 18, 0, 6.0)
    assert bars(at.run()) == [
        "25 % of all steps; 1.5 steps a second; parts that wait for a worker: 1 of 2."
    ]


def test_stopped_before_anything_was_recorded_it_is_begun_and_not_gone_on_with(begun):
    at = press(press(visited("training", **TINY), "training_start"), "training_stop")
    assert "The training was stopped." in said(at)
    assert "recorded is below" not in said(at)
    assert at.button(key="training_start").label.startswith("Train 2 networks")


def test_a_broken_folder_is_said_and_can_be_trained_anew():
    setup = read(TINY)
    put(setup, epochs=1)
    (training_store.folders(setup)["none", 0].path / "metrics.jsonl").write_text("{\n")
    at = visited("training", **TINY)
    assert "cannot be read" in said(at)
    assert not parts(at)
    press(at, "training_anew")
    assert not training_store.folders(setup)["none", 0].path.exists()
    assert "recorded" in said(at)


def test_too_many_steps_and_a_full_queue_are_said(begun, monkeypatch):
    monkeypatch.setenv("CONTRANORM_TRAIN_STEPS", "30")
    at = visited("training", **TINY)
    assert "36 training steps; at most 30" in said(at)
    assert keys(at) == set()
    monkeypatch.delenv("CONTRANORM_TRAIN_STEPS")

    def full(*arguments, **further):
        raise jobs.Full

    monkeypatch.setattr(jobs, "start", full)
    assert "More than 20 long computations wait" in said(press(at.run(), "training_start"))
