"""The page "Your own embeddings": examples, files good and bad, and every control."""

import time
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from contranorm import NORMS
from models.vectors.examples import EXAMPLES
from tests.models.vectors import files
from tests.pages.live_part import findings, mounted, move, part
from ui import vectors_store
from ui.sources import SOURCES
from ui.text import words
from ui.vectors_settings import CHOSEN, LIMITS_OF
from ui.vectors_store import Origin

ROOT = Path(__file__).parents[2]
CSV = b"kind,x,y,z\n" + b"".join(
    f"{'ab'[row % 2]},{row % 3},{row % 5 - 2},{row % 7}\n".encode() for row in range(30)
)


def page(**query):
    app = AppTest.from_file(ROOT / "ui/main.py", default_timeout=60)
    app.switch_page(str(ROOT / "pages/vectors.py"))
    for name, value in query.items():
        app.query_params[name] = value
    app.run()
    assert not app.exception
    return app


def waited(app, seconds=60):
    """Run the page until no job is under way, as its fragment does in a browser."""
    end = time.monotonic() + seconds
    while [one for one in app.button if one.key == "vectors_cancel"]:
        assert time.monotonic() < end
        time.sleep(0.1)
        app.run()
        assert not app.exception
    return app


def upload(app, name, data):
    app.file_uploader(key="vectors_file").set_value((name, data, "application/octet-stream"))
    return waited(app.run())


def said(app):
    return "\n".join(text.value for text in app.markdown)


@pytest.fixture(scope="module")
def untouched():
    return part(page())[0]["id"]


def test_the_first_paint_tells_a_story_before_anything_is_touched():
    app = page()
    assert "**A narrow cone.** 300 vectors" in said(app)
    assert len(part(app)[0]["scene"]["charts"]) == 5
    assert "goes from a narrow cone to **healthy**" in findings(app)[0]
    checked, measures = (table.value for table in app.dataframe)
    assert checked["is it so?"].tolist() == ["no", "yes", "no"]
    assert len(measures) == 7


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_example_opens_by_its_link(name):
    app = page(vectors_data=name)
    assert "**Healthy" in said(app) or "**A narrow cone" in said(app) or (
        "**Few directions" in said(app) or "**Nearly a point" in said(app)
    )  # fmt: skip
    assert len(part(app)[0]["scene"]["charts"]) == 5


@pytest.mark.parametrize("norm", CHOSEN)
def test_every_norm_changes_the_picture_and_is_named(untouched, norm):
    app = page(vectors_norm=norm)
    assert norm == "contra_norm" or part(app)[0]["id"] != untouched
    works = NORMS[norm].strength and NORMS[norm].uses_temperature
    assert works == (not any("sliders below do not act" in one.value or "only s acts" in one.value
                             for one in app.markdown))  # fmt: skip


@pytest.mark.parametrize("name", ["vectors_s", "vectors_tau"])
@pytest.mark.parametrize("end", [0, -1])
def test_both_ends_of_every_moving_control_change_the_picture(untouched, name, end):
    app = page()
    (control,) = [one for one in mounted(app)["controls"] if one["name"] == name]
    move(app, "vectors", **{name: control["options"][end]})
    assert not app.exception
    assert part(app)[0]["id"] != untouched
    assert "".join(app.query_params[name]) == control["options"][end]


@pytest.mark.parametrize("name", LIMITS_OF)
def test_every_threshold_can_change_the_verdict(name):
    words = {"point": "Nearly a point", "cone": "A narrow cone", "directions": "Few directions"}
    grid = LIMITS_OF[name]
    data = {"point": "cone", "cone": "digits", "directions": "directions"}[name]
    seen = set()
    for value in (grid[0], grid[-1]):
        app = page(vectors_data=data, vectors_cone="0.9")
        app.select_slider(key=f"vectors_{name}").set_value(value).run()
        seen.add(f"**{words[name]}" in said(app))
    assert seen == {True, False} or name == "point"


def test_colours_come_from_the_column_chosen():
    app = page(vectors_data="clusters")
    names = [trace["name"] for trace in part(app)[0]["scene"]["charts"][0]["traces"]]
    assert sorted(names) == ["A", "B", "C", "D"]
    app.selectbox(key="vectors_colour").set_value("0").run()
    assert len(part(app)[0]["scene"]["charts"][0]["traces"]) == 1


def test_pasted_vectors_are_read_and_are_in_no_address():
    app = page(vectors_data="paste")
    assert "Nothing is pasted yet" in app.info[0].value
    assert words("vectors")("privacy") in said(app)
    assert [one.label for one in app.expander] == [words("shared")("source")]
    app.text_area(key="vectors_text").set_value("1 2 3\n4 5 6\n7 8 1").run()
    assert not app.exception
    assert "3 vectors of 3 features" in said(app)
    key = mounted(app)["address"]["key"]
    assert len(key) > 20
    assert all(key not in str(value) for value in app.query_params.values())
    assert "vectors_text" not in app.query_params
    app.text_area(key="vectors_text").set_value("1,2\n3").run()
    assert "Line 2 has 1 cells where 2 were expected" in app.error[0].value


def test_a_file_is_read_diagnosed_normalised_and_offered():
    app = upload(page(), "points.csv", CSV)
    assert "30 rows of 3 numbers" in said(app)
    assert mounted(app)["address"]["vectors_colour"] == "1"
    app.button(key="vectors_apply").click().run()
    assert not app.exception
    assert "All rows, after ContraNorm" in said(app)
    (button,) = [one for one in app.get("download_button") if "Save all rows" in one.proto.label]
    assert "csv" in button.proto.label


def test_a_hostile_file_is_refused_with_a_sentence_and_an_example_is_a_click_away():
    files.Harmful.loaded = False
    app = upload(page(), "vectors.npy", files.pickled_npy())
    assert "pickled Python objects" in app.error[0].value
    assert not app.get("bidi_component")
    assert not files.Harmful.loaded
    app.file_uploader(key="vectors_file").set_value(None)
    app.run()
    assert "**A narrow cone" in said(app)


def test_gaps_are_counted_and_asked_about_before_anything_is_computed():
    values = np.random.default_rng(0).normal(size=(20, 4)).astype(np.float32)
    values[2, 1], values[5, 0] = np.nan, np.inf
    app = upload(page(), "holed.npy", files.npy(values))
    assert "1 numbers are missing and 1 are infinite, in 2 rows" in app.warning[0].value
    assert not app.get("bidi_component")
    app.selectbox(key="vectors_gaps").set_value("drop").run()
    assert "18 vectors of 4 features" in said(app)
    app.selectbox(key="vectors_gaps").set_value("mean").run()
    assert "20 vectors of 4 features" in said(app)


def test_one_of_several_arrays_can_be_chosen():
    draw = np.random.default_rng(0)
    data = files.npz(first=draw.normal(size=(9, 3)), second=draw.normal(size=(8, 5)))
    app = upload(page(), "two.npz", data)
    assert "9 vectors of 3 features" in said(app)
    app.selectbox(key="vectors_member").set_value("second").run()
    waited(app)
    assert "8 vectors of 5 features" in said(app)


def test_a_large_cloud_is_measured_in_another_process_and_drawn_by_a_sample():
    values = np.random.default_rng(0).normal(size=(4000, 120)).astype(np.float32)
    app = upload(page(), "large.npy", files.npy(values))
    assert "4,000 vectors of 120 features" in said(app)
    assert any("a sample of 1000 of 4000 rows" in one for one in findings(app))
    app.button(key="vectors_apply").click().run()
    waited(app)
    assert "All rows, after ContraNorm" in said(app)


def test_what_comes_from_a_file_acts_on_nothing():
    text = "<img src=x onerror=alert(1)>,[link](http://a.b),x,y\n" + "*a*,$b$,1,2\n" * 3
    app = upload(page(), "<script>.csv", text.encode())
    everything = said(app)
    assert "<img" not in everything.replace("`<img src=x onerror=alert(1)>`", "")
    assert "`<script>.csv`" in everything


def test_an_impossible_address_is_answered_with_a_sentence(untouched):
    app = page(vectors_s="soup", vectors_norm="none", vectors_data="secret")
    assert len(app.info) == 3
    assert part(app)[0]["id"] == untouched


def test_another_visitors_key_in_an_address_opens_nothing(untouched):
    app = upload(page(), "points.csv", CSV)
    key = mounted(app)["address"]["key"]
    other = page(key=key)
    assert part(other)[0]["id"] == untouched
    scene = SOURCES["vectors"].packed(SOURCES["vectors"].settings({"key": "guess"}))
    assert "no longer on the server" in scene.said


def test_everything_is_kept_while_another_page_is_visited():
    app = page(vectors_data="digits", vectors_norm="pair_norm")
    before = part(app)[0]["id"]
    app.switch_page(str(ROOT / "pages/receipts.py")).run()
    app.query_params.clear()
    app.switch_page(str(ROOT / "pages/vectors.py")).run()
    assert part(app)[0]["id"] == before


def test_a_cloud_of_pasted_text_knows_the_text_and_what_was_done_with_its_gaps():
    text = "x,y\n1,2\n3,\n5,6\n2,2\n"
    app = page(vectors_data="paste")
    app.text_area(key="vectors_text").set_value(text).run()
    app.selectbox(key="vectors_gaps").set_value("mean").run()
    assert not app.exception
    assert Origin(text, "mean") in {cloud.origin for cloud in vectors_store._all}
