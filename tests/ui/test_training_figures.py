"""What is read of runs and drawn of them: every number is its own method's, epoch's and layer's."""

import math
from dataclasses import replace

import numpy as np
import pytest

from tests.ui.training_runs import TINY, known, pretend, put
from training.folder import FolderError
from ui import training_live, training_store
from ui.figures import training as figures
from ui.scene import figure
from ui.text import words
from ui.training_settings import Setup

TITLES = ("no norm", "ContraNorm")


@pytest.fixture
def begun(monkeypatch, tmp_path):
    return pretend(monkeypatch, tmp_path / "kept")


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


def test_each_method_s_shades_are_its_own_and_both_have_one_scale(begun):
    put(TINY, epochs=1, only={("none", 0)})
    put(TINY, epochs=1, only={("contra_norm", 0)}, rank=9.0)
    for index, lowest in enumerate((2.0, 9.0)):
        _, chart, shown = drawn(TINY, f"history_{index}")
        assert np.asarray(shown["data"][0]["z"])[1].tolist() == [lowest, lowest + 1, lowest + 2]
        assert (shown["data"][0]["zmin"], shown["data"][0]["zmax"]) == (1, 16)
        assert TITLES[index] in chart.titles[0]


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
    assert "Not yet at 80 % on validation data in every run." in said[0]
    alone = replace(TINY, methods=("none",))
    put(alone, epochs=1, accuracy=0.3)
    said_alone = training_live.findings(known(alone), words("training"), 0.1)
    assert "Not yet at 80 % on validation data." in said_alone[0]
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
    sentences = training_live.view(Setup(task="agreement"))
    assert (sentences.own, sentences.setup.depth) == (False, 12)
    assert training_live.found(sentences).begun


def test_a_view_changes_with_every_record(begun):
    put(TINY, epochs=0)
    before = training_live.view(TINY)
    assert training_live.view(TINY) == before
    put(TINY, epochs=1)
    assert training_live.view(TINY) != before
