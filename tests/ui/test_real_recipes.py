"""The program of each further part of the page of real models gives the numbers of that part."""

import runpy
from functools import partial

import numpy as np
import pytest

from models.costs import norm_cost
from models.information import information
from ui import real_causal, real_compare, real_cost, real_information, real_parts, real_tug
from ui import real_twins as twins_of
from ui.real_recipe import Shown, recipe
from ui.real_settings import RIVAL, RealSettings, lines
from ui.recipe import FOLDER, script
from ui.text import words

SETTINGS = RealSettings("a cat saw the dog and a cat\n=1+1 {{ x }}", scale=0.5, rival="pair_norm")


@pytest.fixture
def numbers(tmp_path, monkeypatch):
    """Draw a part as the page does, then run the program that the page would hand out."""
    monkeypatch.setattr("ui.still.mount", lambda *_, **__: None)
    monkeypatch.setattr("ui.tables._offer", lambda *_: None)

    def run(part, settings=SETTINGS, **controls):
        for name in ("number", "choice", "switch"):
            monkeypatch.setattr(f"ui.controls.{name}", chosen(controls))
        shown = real_parts.PARTS[part](settings, words("real"))
        path = tmp_path / "recipe.py"
        path.write_text(script(recipe(settings, shown)), encoding="utf-8")
        return runpy.run_path(str(path))["numbers"].get(part)

    return run


def chosen(controls):
    return lambda name, *_, default, **__: controls.get(name, default)


def close(found, expected):
    return np.asarray(found) == pytest.approx(np.asarray(expected), rel=1e-5, abs=1e-5, nan_ok=True)


def test_every_part_has_a_program_and_no_other_has():
    files = {path.name for path in FOLDER.iterdir() if path.name.startswith("real_")}
    assert files == {f"real_{part}.jinja" for part in real_parts.PARTS}


def test_the_twins_program_gives_the_pairs_and_their_counts(numbers):
    found = numbers("twins", real_threshold=0.6)
    shown = twins_of.twins(twins_of.question(SETTINGS, 0.6))
    assert (found["reached"], *found["kept"], *found["made"]) == (
        shown.twins,
        *shown.kept,
        *shown.made,
    )
    assert shown.twins > 0
    assert [pair["places"] for pair in found["pairs"]] == [list(one.places) for one in shown.table]
    for pair, one in zip(found["pairs"], shown.table, strict=True):
        assert close(pair["cosine"], one.cosine)
        assert pair["first_layer"] == list(one.first_layer)


@pytest.mark.parametrize("beside", ["ours", RIVAL])
def test_the_tug_of_wars_program_gives_every_bar(numbers, beside):
    settings = RealSettings("a cat saw the dog", scale=0.5, rival="pair_norm", beside=beside)
    for found, shown in zip(numbers("tug", settings), real_tug.tugs(settings), strict=True):
        assert found["parts"] == list(shown.parts)
        assert found["layers"] == list(shown.layers)
        assert close(found["before"], shown.before)
        assert close(found["after"], shown.after)


@pytest.mark.slow
def test_the_costs_program_gives_both_tables(numbers, monkeypatch):
    quick = partial(norm_cost, resamples=5)
    for place in ("ui.real_cost.norm_cost", "models.costs.norm_cost"):
        monkeypatch.setattr(place, quick)
    found = numbers("cost")
    assert close(found["lines_kept"], real_cost.own(SETTINGS))
    assert len(found["lines_kept"]) == len(lines(SETTINGS.text))
    costs = [real_cost.cost(one) for one in real_cost.costs(SETTINGS)]
    assert close(found["rank_correlation"][1:], [one.with_norm.spearman.value for one in costs])
    assert close(found["rank_correlation"][0], costs[0].without.spearman.value)
    assert close(found["ordered"][1:], [one.with_norm.ordered.value for one in costs])
    assert close(found["embeddings_kept"], [one.similarity.value for one in costs])


@pytest.mark.slow
def test_the_information_tests_program_gives_every_share(numbers, monkeypatch):
    quick = partial(information, splits=1)
    for place in ("ui.real_information.information", "models.information.information"):
        monkeypatch.setattr(place, quick)
    assert numbers("information") is None
    found = numbers("information", real_run=True)
    shown = real_information.found(real_information.asked(SETTINGS))
    assert list(found) == [f"{one.target}_{one.reader}" for one in shown.readouts]
    for one in shown.readouts:
        mine = found[f"{one.target}_{one.reader}"]
        assert close(mine["share"], one.share)
        assert close(mine["chance"], one.chance)


def test_the_comparisons_program_gives_both_models_curves(numbers):
    found = numbers("models", real_second="minilm_untrained")
    asked = real_compare.Comparison(SETTINGS, "minilm_untrained")
    shown = [real_compare.picture(one).packet for one in asked.experiments()]
    for mine, packet in zip(found, shown, strict=True):
        for name in real_compare.MEASURES:
            assert close(np.stack(mine[name], axis=1), getattr(packet, name)[:, :2]), name


def test_the_lessons_program_gives_both_maps(numbers):
    found, shown = numbers("causal"), real_causal.lesson(SETTINGS)
    assert found["tokens"] == list(shown.tokens)
    assert close(found["with_mask"], shown.changes[0])
    assert close(found["without_mask"], shown.changes[1])


def test_a_screen_without_a_part_has_the_program_of_its_charts_alone():
    assert "%%" in script(recipe(SETTINGS))
    assert script(recipe(SETTINGS, Shown())) == script(recipe(SETTINGS))
