"""The store, the picture and the scene of the page of vectors, as data."""

import gc

import numpy as np
import pytest

from models.vectors.diagnosis import MEASURED, diagnose, normed, outline
from models.vectors.table import Table
from ui import vectors_live, vectors_store
from ui.live import remembered
from ui.scene import figure
from ui.text import words
from ui.vectors_picture import grouped, picture
from ui.vectors_report import measures_table, slots
from ui.vectors_settings import View, read, written


def table(rows=50, columns=8, labels=None):
    values = np.random.default_rng(0).normal(size=(rows, columns)).astype(np.float32)
    return Table("csv", values + 1, labels=labels or {})


def test_a_visitors_cloud_goes_with_the_last_one_who_holds_it():
    cloud = vectors_store.hold(table(), size=1000)
    key = cloud.key
    assert vectors_store.own(key) is cloud
    assert vectors_store.held_by_all() >= cloud.table.values.nbytes + 1000
    vectors_live.SOURCE.packed(View(key=key))
    remembered(vectors_live.SOURCE, View(key=key))
    del cloud
    gc.collect()
    assert vectors_store.own(key) is None


def test_keys_differ_even_for_the_same_vectors():
    first, second = vectors_store.hold(table()), vectors_store.hold(table())
    assert first.key != second.key
    assert min(len(first.key), len(second.key)) >= 20


def test_all_uploads_together_are_bounded(monkeypatch):
    gc.collect()
    monkeypatch.setenv("CONTRANORM_UPLOADS", "1")
    vectors_store.hold(table())
    with pytest.raises(vectors_store.Full):
        vectors_store.hold(table(), size=1_000_000)


@pytest.mark.parametrize(
    ("rows", "columns", "drawn"),
    [(300, 64, 300), (5000, 64, 1000), (5000, 768, 500), (1000, 2000, 200)],
)
def test_a_large_cloud_is_drawn_by_a_sample_of_bounded_size(rows, columns, drawn):
    cloud = vectors_store.Cloud(table(rows, columns))
    assert len(cloud.rows) == len(cloud.shown) == drawn
    assert cloud.sampled == (drawn < rows)
    np.testing.assert_array_equal(cloud.shown, cloud.table.values[cloud.rows])


@pytest.mark.parametrize(("rows", "columns"), [(50, 8), (8, 50)])
def test_the_directions_are_the_first_two_principal_ones(rows, columns):
    values = table(rows, columns).values.astype(float)
    basis = vectors_store.directions(values)
    np.testing.assert_allclose(basis.T @ basis, np.eye(2), atol=1e-9)
    centred = values - values.mean(0)
    spread = np.linalg.svd(centred, compute_uv=False)
    np.testing.assert_allclose(np.linalg.norm(centred @ basis, axis=0), spread[:2], rtol=1e-6)
    assert (np.take_along_axis(basis, np.abs(basis).argmax(0)[None], 0) > 0).all()


def test_both_sides_are_on_the_same_directions_in_their_own_length():
    cloud, view = vectors_store.Cloud(table()), View(norm="pair_norm")
    found = picture(view, cloud)
    after = normed(cloud.shown, "pair_norm", scale=2.0, temperature=0.2).astype(float)
    for values, side in ((cloud.shown.astype(float), found.before), (after, found.after)):
        drawn = (values - values.mean(0)) @ cloud.basis
        length = np.sqrt((values**2).sum(1).mean())
        np.testing.assert_allclose(side.points, drawn / length, atol=1e-6)
        total = ((values - values.mean(0)) ** 2).sum()
        assert side.share == pytest.approx((drawn**2).sum() / total)
        assert side.outline.rank == pytest.approx(outline(values).rank)
        assert np.nansum(side.sigma**2) == pytest.approx(1)
        assert np.nansum(side.raw**2) == pytest.approx(1)
        assert side.cumulative[-1] == pytest.approx(1)
    assert found.before.raw[0] > found.before.sigma[0]  # the mean is a direction of its own


def test_the_ninth_label_and_later_share_a_group():
    cells = (*"abcdefghij", "a", "b")
    groups = dict(grouped(cells))
    assert list(groups)[:2] == ["a", "b"]
    assert len(groups) == 9
    assert groups[""].tolist() == [8, 9]
    assert sorted(row for rows in groups.values() for row in rows) == list(range(12))


def test_the_charts_show_the_numbers_of_their_own_side():
    cells = tuple("ab"[row % 2] for row in range(50))
    cloud = vectors_store.hold(table(labels={"kind": cells}))
    view = View(key=cloud.key, colour="1", norm="partial_centering")
    scene, found = vectors_live.scene(view), picture(view, cloud)
    charts = {chart.key: figure(scene, chart, 0)["data"] for chart in scene.charts}
    for name, side in (("before", found.before), ("after", found.after)):
        first, second = charts[f"cloud_{name}"]
        np.testing.assert_allclose(first["x"], side.points[::2, 0], atol=1e-6)
        np.testing.assert_allclose(second["y"], side.points[1::2, 1], atol=1e-6)
    for key, array in (("raw", "raw"), ("spectrum", "sigma"), ("shares", "cumulative")):
        before, after = charts[key]
        np.testing.assert_allclose(before["y"], getattr(found.before, array), atol=1e-6)
        np.testing.assert_allclose(after["y"], getattr(found.after, array), atol=1e-6)
        assert (before["name"], after["name"]) == ("before", "after")
    axes = [chart.layout["xaxis"]["range"] for chart in scene.charts[:2]]
    assert axes[0] == axes[1]


def test_findings_are_computed_and_follow_the_thresholds():
    scene = vectors_live.scene(View())
    before = diagnose(vectors_store.example("cone").shown).outline
    assert f"{before.cosine:.4g} before" in scene.findings[1]
    assert "from a narrow cone to **healthy**" in scene.findings[0]
    still = vectors_live.scene(View(cone=0.2))
    assert "stays: **a narrow cone**" in still.findings[0]


def test_the_table_of_measures_has_the_rows_as_they_are_and_about_their_mean():
    found = diagnose(vectors_store.example("cone").shown)
    say = words("vectors")
    shown = measures_table(found, say)
    assert shown[say("column_raw")].tolist() == [found.raw[name] for name in MEASURED]
    assert shown[say("column_centered")].tolist() == [found.centered[name] for name in MEASURED]
    assert found.raw["effective_rank"] < found.centered["effective_rank"]


def test_the_share_of_the_first_two_directions_is_of_squared_lengths_about_the_mean():
    values = np.diag([3.0, 2.0, 1.0]).astype(np.float32)
    three = np.vstack([values, -values])  # about its mean σ² stand as 9 : 4 : 1
    assert slots(diagnose(three))["first"] == "93"  # (9 + 4) / 14


@pytest.mark.parametrize(
    "view",
    [View(), View("digits", colour="1", norm="zca_whitening"), View(scale=0.5, temperature=1.0),
     View(point=0.2, cone=0.9, directions=0.1, key="abc")],
)  # fmt: skip
def test_a_view_survives_its_address(view):
    assert read(written(view)) == view


def test_an_address_of_nonsense_is_a_view_of_the_example():
    assert read({"vectors_s": "x", "vectors_norm": "none", "vectors_colour": "99"}) == View()
