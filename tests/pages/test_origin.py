from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from ui import closeup_steps

MAIN = Path(__file__).parents[2] / "ui" / "main.py"
SLIDERS = {
    "origin_alignment": (0.0, 2.0),
    "origin_uniformity": (0.0, 2.0),
    "origin_overlap": (0.0, 1.0),
    "origin_temperature": (0.1, 2.0),
    "origin_steps": (0, 320),
    "origin_scale": (0.0, 2.0),
    "origin_tau": (0.1, 2.0),
}


def shown(app):
    texts = [element.value for element in app.markdown]
    return texts + [frame.value.to_csv() for frame in app.dataframe]


@pytest.fixture(scope="module")
def app():
    page = AppTest.from_file(MAIN, default_timeout=60).run()
    page.switch_page("../pages/origin.py").run()
    assert not page.exception
    return page


def test_the_page_shows_its_sentences_filled(app):
    assert app.title[0].value == "Where the layer comes from"
    text = " ".join(shown(app))
    assert "{" not in text
    assert "step **160**" in text
    assert "**Pairs**" in text


@pytest.mark.parametrize("name", SLIDERS)
def test_both_ends_of_every_slider_run_and_change_what_is_shown(app, name):
    before, default = shown(app), app.select_slider(key=name).value
    for end in SLIDERS[name]:
        app.select_slider(key=name).set_value(end).run()
        assert not app.exception
        assert shown(app) != before
    app.select_slider(key=name).set_value(default).run()
    assert shown(app) == before


def test_the_sphere_has_a_third_coordinate(app):
    app.selectbox(key="origin_space").set_value("sphere").run()
    assert not app.exception
    assert any("now, axis 3" in text for text in shown(app))
    app.selectbox(key="origin_space").set_value("circle").run()


def test_alignment_alone_is_said_to_end_in_one_point(app):
    app.select_slider(key="origin_uniformity").set_value(0.0).run()
    assert any("**One point**" in text for text in shown(app))
    app.select_slider(key="origin_uniformity").set_value(1.0).run()


def test_step_buttons_and_play_move_the_step_and_stop_at_the_end(app, monkeypatch):
    now = [100.0]
    monkeypatch.setattr(closeup_steps, "monotonic", lambda: now[0])
    monkeypatch.setattr("ui.origin.slope", None)  # moving the step computes nothing
    app.button(key="origin_steps_on").click().run()
    assert app.select_slider(key="origin_steps").value == 161
    app.button(key="origin_steps_back").click().run()
    assert app.select_slider(key="origin_steps").value == 160
    app.select_slider(key="origin_steps").set_value(310).run()
    app.button(key="origin_steps_play").click().run()
    seen = []
    for _ in range(3):
        now[0] += closeup_steps.PERIOD
        app.run()
        seen.append(app.select_slider(key="origin_steps").value)
    assert seen == [318, 320, 320]
    assert app.button(key="origin_steps_play").label == "Play"
    assert not app.exception
    app.select_slider(key="origin_steps").set_value(160).run()
