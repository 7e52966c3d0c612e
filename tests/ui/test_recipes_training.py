"""The program of the training lab, run: it trains the same runs and guesses the same words."""

import pytest

from training.folder import RunFolder
from training.run import run
from ui import training_live, training_page, training_words
from ui.training_settings import Setup


def test_the_training_script_gives_the_records_of_the_same_runs(numbers, tmp_path):
    setup = Setup(depth=2, methods=("none", "contra_norm"), epochs=1)
    found = numbers(training_page.recipe(setup, training_live.View(setup)))
    assert [*found] == ["none, seed 0", "contra_norm, seed 0"]
    folder = RunFolder(tmp_path / "run")
    list(run(setup.config("contra_norm", 0), folder))
    said = found["contra_norm, seed 0"]
    lines, layers = folder.metrics(), folder.layers()
    assert said["accuracy"] == pytest.approx([line["test_accuracy"] for line in lines], rel=1e-5)
    assert said["loss"] == pytest.approx([line["test_loss"] for line in lines], rel=1e-5)
    for name in ("effective_rank", "gradient"):
        flat = [value for epoch in said[name] for value in epoch]
        kept = [line[name] for line in layers]
        assert [value is None for value in flat] == [value is None for value in kept]
        there = [value for value in flat if value is not None]
        assert there == pytest.approx([value for value in kept if value is not None], rel=1e-5)


def test_the_training_script_guesses_the_masked_words_as_the_page_does(numbers):
    setup = Setup(task="masked_words", depth=6, methods=("none", "contra_norm"))
    view = training_live.view(setup, "the united [mask] of [mask]")
    found = numbers(training_page.recipe(setup, view))
    expected = training_words.guessed(view)
    assert [*found] == ["guesses"]
    for method in setup.methods:
        for said, shown in zip(found["guesses"][method], expected[method], strict=True):
            assert [word for word, _ in said] == [one.word for one in shown]
            likely = [one.probability for one in shown]
            assert [share for _, share in said] == pytest.approx(likely, rel=1e-5)
