"""The shipped records are those of the shipped networks, and no other run is given them."""

from dataclasses import replace

import pytest

from models.cards import SHIPPED, SHIPPED_DEPTHS, card
from training.config import RunConfig
from training.folder import RunFolder
from training.recorded import record, recording
from training.run import run


@pytest.mark.parametrize(
    ("task", "depth"), [(task, depth) for task, held in SHIPPED_DEPTHS.items() for depth in held]
)
@pytest.mark.parametrize("method", SHIPPED)
def test_a_record_ends_where_its_card_says(method, task, depth):
    described = card(method, depth=depth, task=task)
    folder = recording(RunConfig(task=task, method=method, depth=depth))
    lines = folder.metrics()
    assert [line["epoch"] for line in lines] == list(range(described.epochs + 1))
    assert folder.config().command == described.command
    assert lines[-1]["test_accuracy"] == pytest.approx(described.test_accuracy, abs=5e-4)
    assert len(folder.layers()) == (depth + 1) * (described.epochs + 1)
    assert folder.end().state == "finished"


def test_a_shorter_run_has_the_record_of_the_longer_one_and_a_longer_run_none():
    assert recording(RunConfig(epochs=3)).config() == RunConfig(epochs=8)
    assert recording(RunConfig(epochs=9)) is None


@pytest.mark.parametrize(
    "changed", [{"seed": 1}, {"scale": 2.0}, {"depth": 8}, {"method": "rezero"}, {"width": 32}]
)
def test_another_run_has_no_record(changed):
    assert recording(replace(RunConfig(), **changed)) is None


def test_a_record_has_the_curves_of_its_run_rounded_and_no_weights(small, tmp_path):
    config = small(epochs=1)
    whole = RunFolder(tmp_path / "run")
    list(run(config, whole))
    kept = RunFolder(record(whole, tmp_path / "records"))
    assert kept.config() == config
    assert not kept.checkpoint.exists()
    for line, full in zip(kept.layers(), whole.layers(), strict=True):
        assert line["effective_rank"] == pytest.approx(full["effective_rank"], rel=1e-5)
        if full["gradient"] is None:
            assert line["gradient"] is None
        else:
            assert line["gradient"] == pytest.approx(full["gradient"], rel=1e-5)
        assert (line["epoch"], line["layer"]) == (full["epoch"], full["layer"])
    assert recording(config, tmp_path / "records").path == kept.path
