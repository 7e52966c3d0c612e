"""The map of neighbours: what is said of it, with the package and without."""

import sys

import numpy as np
import pytest

from models.vectors.neighbours import NeighbourMap, centred, installed, kept, neighbour_map

GENERATOR = np.random.default_rng(0)
ROWS = GENERATOR.normal(size=(40, 6)).astype(np.float32)


def by_hand(values, points, most):
    """The share of nearest rows kept, with loops."""

    def near(table, row):
        gaps = [
            (float(((table[row] - table[other]) ** 2).sum()), other)
            for other in range(len(table))
            if other != row
        ]
        return {other for _, other in sorted(gaps)[:most]}

    shares = [len(near(values, row) & near(points, row)) / most for row in range(len(values))]
    return sum(shares) / len(shares)


def test_the_share_kept_is_that_of_loops_over_rows():
    values, points = ROWS.astype(np.float64), ROWS[:, :2].astype(np.float64)
    share, order = kept(values, points)
    assert share == pytest.approx(by_hand(values, points, 15))
    assert 0.3 < share < 1
    assert 0 < order < 1


def test_a_line_turned_inside_out_has_the_opposite_order():
    line = np.array([[0.0], [1.0], [3.0]]) @ np.ones((1, 2))
    swapped = np.array([[0.0], [5.0], [2.0]]) @ np.ones((1, 2))
    assert kept(line, line)[1] == pytest.approx(1.0)
    # gaps 1, 3, 2 against 5, 2, 3: ranks 1, 3, 2 against 3, 1, 2
    assert kept(line, swapped)[1] == pytest.approx(-1.0)


def test_rows_that_are_all_alike_have_no_order():
    assert kept(np.ones((6, 3)), np.zeros((6, 2)))[1] == 0.0


def test_places_are_about_their_mean_at_length_one():
    points = centred(np.array([[2.0, 1.0], [2.0, 5.0], [8.0, 3.0]]))
    np.testing.assert_allclose(points.mean(0), 0, atol=1e-12)
    assert (points**2).sum() / 3 == pytest.approx(1.0)
    assert centred(np.ones((3, 2))).tolist() == [[0.0, 0.0]] * 3


def test_without_the_package_it_is_said_to_be_missing(monkeypatch):
    monkeypatch.setitem(sys.modules, "umap", None)
    with pytest.raises(ImportError):
        neighbour_map(lambda share: None, ROWS, neighbours=5, seed=0)
    monkeypatch.setattr("models.vectors.neighbours.find_spec", lambda name: None)
    assert not installed()


@pytest.fixture(scope="module")
def maps():
    """The same rows with two seeds, and what was reported on the way."""
    pytest.importorskip("umap")
    told: list[float] = []
    made = [neighbour_map(told.append, ROWS, neighbours=5, seed=seed) for seed in (0, 0, 1)]
    return made, told


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_a_seed_decides_the_map_and_its_progress_is_told(maps):
    (one, again, other), told = maps
    assert isinstance(one, NeighbourMap)
    np.testing.assert_array_equal(one.points, again.points)
    assert not np.allclose(one.points, other.points)
    assert (one.kept, one.distances) == kept(ROWS, one.points)
    assert one.kept > 15 / 39  # better than chance
    first = told[: len(told) // 3]
    assert first == sorted(first)
    assert min(first) >= 0.3
    assert len(set(first)) > 5


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("rows", [np.ones((6, 3)), GENERATOR.normal(size=(5, 2)), ROWS * 1e14])
def test_any_rows_are_mapped(rows):
    pytest.importorskip("umap")
    made = neighbour_map(lambda share: None, rows.astype(np.float32), neighbours=50, seed=0)
    assert np.isfinite(made.points).all()
    assert 0 <= made.kept <= 1
