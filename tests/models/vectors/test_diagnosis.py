"""Measures of clouds against the library's own, norms against `NORMS`, and the verdict."""

import numpy as np
import pytest
import torch

from contranorm import MEASURES, NORMS, contra_norm
from contranorm.functional import unit_vectors
from models.vectors import diagnosis
from models.vectors.diagnosis import (
    LEFT_OUT,
    MEASURED,
    diagnose,
    normed,
    outline,
    sample,
)
from models.vectors.examples import EXAMPLES, example
from models.vectors.verdict import VERDICTS, Thresholds, checks, verdict


def cloud(n=40, d=12, offset=0.7):
    return (np.random.default_rng(0).normal(size=(n, d)) + offset).astype(np.float32)


def library(name, h):
    """The measure as the library computes it, of a cloud as it is."""
    h = torch.from_numpy(h).double()
    if name == "uniformity":
        return MEASURES[name].function(unit_vectors(h), temperature=0.5).item()
    if name == "explained_variance":
        return MEASURES[name].function(h, centered=False).item()
    return MEASURES[name].function(h).item()


@pytest.mark.parametrize("name", MEASURED)
@pytest.mark.parametrize("shape", [(40, 12), (12, 40)])
def test_every_measure_is_the_librarys_with_and_without_the_mean(name, shape):
    h = cloud(*shape)
    found = diagnose(h)
    assert found.raw[name] == pytest.approx(library(name, h), rel=1e-5)
    about = h.astype(np.float64) - h.mean(0, dtype=np.float64)
    assert found.centered[name] == pytest.approx(library(name, about), rel=1e-5, abs=1e-6)


def test_measures_that_need_something_else_are_named():
    assert set(MEASURED) | set(LEFT_OUT) == set(MEASURES)
    assert set(LEFT_OUT) == {"attention_similarity", "alignment"}


@pytest.mark.parametrize("shape", [(40, 12), (12, 40)])
def test_the_outline_is_that_of_the_diagnosis(shape):
    h = cloud(*shape)
    quick, whole = outline(h), diagnose(h).outline
    assert quick.possible == whole.possible == min(shape[0] - 1, shape[1])
    assert quick.spread == pytest.approx(whole.spread)
    assert quick.cosine == pytest.approx(whole.cosine, abs=1e-6)
    assert quick.rank == pytest.approx(whole.rank, rel=1e-6)
    for name in ("sigma", "sigma_centered"):
        ours, theirs = getattr(quick, name), getattr(whole, name)
        np.testing.assert_allclose(ours, theirs, atol=1e-6 * theirs[0])


def test_the_spread_is_a_share_of_the_length():
    h = np.array([[3.0, 4.0], [3.0, 4.0], [3.0, 4.0], [3.0, -4.0]])
    assert diagnose(h).spread == pytest.approx(np.sqrt(48 / 100))
    assert diagnose(np.zeros((3, 3))).spread == 0.0


def test_the_uniformity_of_a_large_cloud_is_that_of_a_sample_and_says_so(monkeypatch):
    monkeypatch.setattr(diagnosis, "UNIFORMITY_ROWS", 10)
    h = cloud()
    found = diagnose(h)
    assert found.uniformity_rows == 10
    assert found.raw["uniformity"] == pytest.approx(library("uniformity", h[sample(40, 10)]))


def test_a_sample_is_in_order_without_repetition_and_always_the_same():
    rows = sample(100, 10)
    assert len(set(rows)) == 10
    assert sorted(rows) == rows.tolist()
    np.testing.assert_array_equal(rows, sample(100, 10))
    assert sample(5, 5).tolist() == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("norm", NORMS)
def test_every_norm_is_the_librarys(norm):
    h = cloud()
    expected = NORMS[norm](torch.from_numpy(h), scale=0.8, temperature=0.3).numpy()
    np.testing.assert_array_equal(normed(h, norm, scale=0.8, temperature=0.3), expected)


def test_contranorm_on_many_rows_goes_by_blocks_and_gives_the_same(monkeypatch):
    monkeypatch.setattr(diagnosis, "EXACT_ROWS", 10)
    monkeypatch.setattr(diagnosis, "ROWS", 16)
    h, told = cloud(), []
    blocks = normed(h, "contra_norm", scale=1.0, temperature=0.2, report=told.append)
    whole = contra_norm(torch.from_numpy(h), scale=1.0, temperature=0.2).numpy()
    np.testing.assert_allclose(blocks, whole, rtol=1e-5, atol=1e-5)
    assert told == pytest.approx([16 / 40, 32 / 40, 1.0])


@pytest.mark.parametrize(
    ("name", "expected"),
    [("cone", "cone"), ("healthy", "healthy"), ("directions", "directions"), ("point", "point"),
     ("clusters", "healthy"), ("digits", "cone"), ("network", "point")],
)  # fmt: skip
def test_every_example_gets_the_verdict_it_is_there_for(name, expected):
    assert verdict(outline(example(name).values), Thresholds()) == expected


def test_examples_are_finite_and_labelled_where_there_are_groups():
    for name in EXAMPLES:
        table = example(name)
        assert np.isfinite(table.values).all()
        assert len(table.columns) == table.values.shape[1]
        assert all(len(cells) == len(table.values) for cells in table.labels.values())
    assert set(example("clusters").labels["cluster"]) == set("ABCD")
    assert len(set(example("digits").labels["digit"])) == 10


def test_each_threshold_decides_its_own_verdict():
    found = outline(cloud())
    point, cone, directions = (check.value for check in checks(found, Thresholds()))
    never = {"point": 0.0, "cone": 1.0, "directions": 0.0}
    assert verdict(found, Thresholds(**never)) == "healthy"
    for name, value, side in (
        ("point", point, 1),
        ("cone", cone, -1),
        ("directions", directions, 1),
    ):
        just = never | {name: value + side * 1e-6}
        assert verdict(found, Thresholds(**just)) == name
        assert verdict(found, Thresholds(**never | {name: value})) == "healthy"
    always = Thresholds(point=2.0, cone=-1.0, directions=2.0)
    assert [check.name for check in checks(found, always) if check.met] == list(VERDICTS[:3])
    assert verdict(found, always) == "point"


def test_the_share_of_directions_is_of_those_the_rows_can_have_about_their_mean():
    found = outline(np.eye(4))  # four points at the corners of a regular simplex
    (_, _, directions) = checks(found, Thresholds())
    assert found.possible == 3
    assert directions.value == pytest.approx(1.0)
