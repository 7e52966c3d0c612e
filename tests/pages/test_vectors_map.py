"""The map of neighbours on its page: offered, missing, drawn from what its job gave."""

import runpy
import time
import warnings
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from models.branch import Branch
from models.vectors import work
from models.vectors.neighbours import NeighbourMap, kept
from tests.pages.live_part import move, parts
from ui import jobs, vectors_map, vectors_recipe, vectors_store
from ui.recipe import script
from ui.text import words
from ui.vectors_map import Asked, scene
from ui.vectors_settings import View

ROOT = Path(__file__).parents[2]
CLOUD = vectors_store.example("clusters")
VIEW = View(data="clusters")


def made(seed, share, order):
    points = np.random.default_rng(seed).normal(size=(len(CLOUD.rows), 2))
    return NeighbourMap(points, share, order)


MAPS = made(1, 0.625, 0.25), made(2, 0.5, 0.125)


def page(**address):
    app = AppTest.from_file(ROOT / "ui" / "main.py", default_timeout=60)
    app.switch_page(str(ROOT / "pages" / "vectors.py"))
    for name, value in address.items():
        app.query_params[name] = value
    app.run()
    assert not app.exception
    return app


def said(app):
    return "\n".join(text.value for text in app.markdown)


def test_each_map_is_drawn_on_its_own_side_with_the_labels_of_its_rows():
    view = View(data="clusters", colour="1")
    found = scene(MAPS, view, CLOUD)
    assert [chart.key for chart in found.charts] == ["map_before", "map_after"]
    for side, one in zip(("before", "after"), MAPS, strict=True):
        np.testing.assert_array_equal(found.arrays[side], one.points)
    for chart, side in zip(found.charts, ("before", "after"), strict=True):
        assert chart.columns[-1].cells.array == side
        assert chart.columns[1].cells == CLOUD.table.labels[next(iter(CLOUD.table.labels))]
        assert len(chart.traces) == 4
    assert found.charts[1].titles[0].startswith("After ContraNorm")


def test_what_the_map_kept_is_said_beside_what_the_straight_drawing_keeps():
    found = scene(MAPS, VIEW, CLOUD)
    assert "**62 %**" in found.findings[0]
    assert "**0.25**" in found.findings[0]
    near, order = kept(CLOUD.shown, vectors_map.picture(VIEW, CLOUD).before.points)
    assert f"keeps {100 * near:.0f} %" in found.findings[1]
    assert f"is {order:.2f}" in found.findings[1]


def test_without_the_package_the_page_says_how_to_install_it(monkeypatch):
    monkeypatch.setattr("ui.vectors_map.installed", lambda: False)
    app = page()
    assert "pip install umap-learn" in said(app)
    assert not [one for one in app.button if one.key == "vectors_map"]


class Done:
    """A job that has ended already."""

    state, over, share, result, place, error = "done", True, 1.0, MAPS, 0, None

    def cancel(self):
        pass


@pytest.fixture
def asked(monkeypatch):
    """The jobs that the page asked for; each is over at once."""
    found = []

    def start(function, *arguments, **_):
        found.append((function, *arguments))
        return Done()

    monkeypatch.setattr("ui.vectors_map.installed", lambda: True)
    monkeypatch.setattr(jobs, "start", start)
    return found


def test_a_map_is_made_when_asked_for_and_anew_for_other_settings(asked):
    app = page(vectors_data="clusters", vectors_seed="3", vectors_neighbours="5")
    assert "It distorts distances" in said(app)
    assert asked == []
    assert len(parts(app)) == 1
    app.button(key="vectors_map").click().run()
    assert not app.exception
    function, rows, branch, neighbours, seed = asked[0]
    assert function.__name__ == "map_neighbours"
    assert rows is vectors_store.example("clusters").shown
    assert (branch.norm, branch.scale, branch.temperature) == ("contra_norm", 2.0, 0.2)
    assert (neighbours, seed) == (5, 3)
    assert len(parts(app)) == 2
    app.select_slider(key="vectors_seed").set_value(4).run()
    assert len(parts(app)) == 1
    app.button(key="vectors_map").click().run()
    assert asked[1][-1] == 4


@pytest.mark.parametrize(
    "change",
    [
        lambda app: app.selectbox(key="vectors_data").set_value("healthy").run(),
        lambda app: app.selectbox(key="vectors_norm").set_value("pair_norm").run(),
        lambda app: app.select_slider(key="vectors_neighbours").set_value(50).run(),
        lambda app: move(app, "vectors", vectors_s="1"),
        lambda app: move(app, "vectors", vectors_tau="1"),
    ],
)
def test_a_map_of_other_vectors_or_settings_is_not_shown(asked, change):
    app = page(vectors_data="clusters")
    app.button(key="vectors_map").click().run()
    assert len(parts(app)) == 2
    assert len(parts(change(app))) == 1


def test_a_map_that_was_stopped_can_be_tried_again(asked, monkeypatch):
    monkeypatch.setattr(Done, "state", "cancelled")
    app = page(vectors_data="clusters")
    app.button(key="vectors_map").click().run()
    assert len(parts(app)) == 1
    assert len(app.error) == 1
    app.button(key="vectors_map_again").click().run()
    assert not app.error
    app.button(key="vectors_map").click().run()
    assert len(asked) == 2


def test_a_norm_on_all_rows_that_was_stopped_can_be_tried_again(asked, monkeypatch):
    monkeypatch.setattr(vectors_store, "AT_ONCE", 1)
    monkeypatch.setattr(Done, "state", "cancelled")
    monkeypatch.setattr(Done, "result", None)
    app = page(vectors_data="healthy")
    app.button(key="vectors_apply").click().run()
    app.button(key="vectors_apply_again").click().run()
    assert app.button(key="vectors_apply")


def test_the_program_makes_the_map_that_is_shown_and_no_other():
    shown = script(vectors_recipe.recipe(CLOUD, VIEW, Asked(5, 3)))
    assert "neighbours=5" in shown
    assert "seed=3" in shown
    assert words("vectors")("map_heading") not in script(vectors_recipe.recipe(CLOUD, VIEW))
    assert "map_neighbours" not in script(vectors_recipe.recipe(CLOUD, VIEW))


@pytest.mark.slow
def test_a_worker_makes_the_map_and_the_program_makes_it_again(tmp_path):
    pytest.importorskip("umap")
    job = jobs.start(work.map_neighbours, CLOUD.shown, Branch("contra_norm", 2.0, 0.2), 5, 3)
    while not job.over:
        time.sleep(0.1)
    assert job.state == "done", job.error
    path = tmp_path / "recipe.py"
    path.write_text(script(vectors_recipe.recipe(CLOUD, VIEW, Asked(5, 3))), encoding="utf-8")
    with warnings.catch_warnings(action="ignore"):
        found = runpy.run_path(str(path))["numbers"]
    for side, one in zip(("before", "after"), job.result, strict=True):
        assert np.array(found[side]["map"]) == pytest.approx(one.points, abs=1e-5)
        assert found[side]["map_kept"] == pytest.approx(one.kept)
