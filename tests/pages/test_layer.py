"""The page "One layer, close up": it runs, and every control changes what it shows."""

import json
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from models.pretrained import ModelUnavailable
from ui import closeup_layer, closeup_steps
from ui.settings import Settings

ROOT = Path(__file__).parents[2]


def page(**query: str) -> AppTest:
    app = AppTest.from_file(ROOT / "ui/main.py", default_timeout=60)
    app.switch_page(str(ROOT / "pages/layer.py"))
    for name, value in query.items():
        app.query_params[name] = value
    app.run()
    assert not app.exception
    return app


def picture(app: AppTest) -> str:
    """The figures and the hand tables, which no echoed setting can change."""
    charts = [element.proto.spec for element in app.get("plotly_chart")]
    tables = [table.value.to_csv() for table in app.table]
    return json.dumps([charts, tables])


@pytest.fixture(scope="module")
def untouched() -> str:
    return picture(page())


def test_the_first_paint_shows_three_charts_and_five_tables() -> None:
    app = page()
    assert len(app.get("plotly_chart")) == 3
    assert len(app.table) == 5
    assert any("effective rank rose" in text.value for text in app.markdown)


@pytest.mark.parametrize(
    ("key", "value"),
    [("layer_cloud", "ring"), ("layer_dimension", "3"), ("layer_variant", "albert"),
     ("layer_example", "axes")],
)  # fmt: skip
def test_every_menu_changes_the_page(untouched: str, key: str, value: str) -> None:
    app = page()
    app.selectbox(key=key).set_value(value).run()
    assert not app.exception
    assert picture(app) != untouched


@pytest.mark.parametrize(
    ("key", "ends"),
    [("layer_s", (0.0, 3.0)), ("layer_tau", (0.02, 10.0)), ("layer_steps", (0, 20))],
)
def test_both_ends_of_every_slider_change_the_page(
    untouched: str, key: str, ends: tuple[float, float]
) -> None:
    seen = {untouched}
    for end in ends:
        app = page()
        app.select_slider(key=key).set_value(end).run()
        assert not app.exception
        seen.add(picture(app))
    assert len(seen) == 3


@pytest.mark.parametrize(("key", "end"), [("layer_s", 3.0), ("layer_tau", 10.0)])
def test_s_and_tau_reach_the_cloud_and_the_hand_example(key: str, end: float) -> None:
    app = page()
    cloud, hand = app.get("plotly_chart")[0].proto.spec, app.table[4].value
    app.select_slider(key=key).set_value(end).run()
    assert app.get("plotly_chart")[0].proto.spec != cloud
    assert not app.table[4].value.equals(hand)


def test_the_switch_lets_points_leave_the_sphere(untouched: str) -> None:
    app = page()
    app.toggle(key="layer_unit").set_value(False).run()
    assert not app.exception
    assert picture(app) != untouched


def test_the_words_say_fell_when_the_rank_of_the_four_tokens_falls() -> None:
    app = page()
    fan = [text.value for text in app.markdown]
    app.selectbox(key="layer_example").set_value("cone").run()
    cone = [text.value for text in app.markdown]
    assert any(text.startswith("Why it fell") for text in fan)
    assert any(text.startswith("Why it rose") for text in cone)


def test_an_impossible_address_is_answered_with_a_sentence(untouched: str) -> None:
    app = page(layer_tau="soup", layer_steps="99")
    assert len(app.info) >= 1
    assert picture(app) == untouched


@pytest.mark.parametrize(("key", "value"), [("layer_branch", "rival"), ("layer_at", 12)])
def test_a_layer_s_own_controls_change_the_page(key: str, value: object) -> None:
    app = page(layer_cloud="layer")
    before = picture(app)
    control = app.select_slider(key=key) if key == "layer_at" else app.selectbox(key=key)
    control.set_value(value).run()
    assert not app.exception
    assert picture(app) != before


def test_a_layer_s_own_controls_are_shown_for_a_layer_only() -> None:
    assert "layer_at" not in [slider.key for slider in page().select_slider]
    app = page(layer_cloud="layer")
    assert "layer_at" in [slider.key for slider in app.select_slider]
    assert any("of all 128 features" in text.value for text in app.markdown)


def test_a_link_restores_the_experiment_and_a_broken_one_does_not_stop_the_page() -> None:
    experiment = Settings(text="one red bird", depth=2, seed=3)
    linked = page(layer_cloud="layer", **{"from": closeup_layer.link(experiment)})
    assert linked.dataframe[0].value.iloc[:, 0].tolist() == ["one", "red", "bird"]
    assert "".join(linked.query_params["from"]) == closeup_layer.link(experiment)
    assert any("seed 3" in text.value for text in linked.markdown)
    broken = page(layer_cloud="layer", **{"from": "depth=-1&model=soup&seed=%00" + "x" * 9000})
    assert picture(broken) == picture(page(layer_cloud="layer"))


def test_the_experiment_of_this_visit_is_taken_and_stays() -> None:
    app = AppTest.from_file(ROOT / "ui/main.py", default_timeout=60)
    app.switch_page(str(ROOT / "pages/layer.py"))
    app.session_state["kept: watched"] = {"text": "two birds sing", "depth": "3"}
    app.query_params["layer_cloud"] = "layer"
    app.run()
    assert app.dataframe[0].value.iloc[:, 0].tolist() == ["two", "birds", "sing"]
    assert "".join(app.query_params["from"]) == "text=two+birds+sing&depth=3"
    app.selectbox(key="layer_cloud").set_value("ring").run()
    app.selectbox(key="layer_cloud").set_value("layer").run()
    assert app.dataframe[0].value.iloc[:, 0].tolist() == ["two", "birds", "sing"]


def test_a_text_too_long_for_a_link_is_shown_and_said_not_to_be_in_it() -> None:
    app = AppTest.from_file(ROOT / "ui/main.py", default_timeout=60)
    app.switch_page(str(ROOT / "pages/layer.py"))
    app.session_state["kept: watched"] = {"text": "word " * 101, "depth": "1"}
    app.query_params["layer_cloud"] = "layer"
    for _ in range(2):
        app.run()
        assert "".join(app.query_params["from"]) == "depth=1"
        assert set(app.dataframe[0].value.iloc[:, 0]) == {"word"}
        assert any("does not carry it" in text.value for text in app.markdown)


def test_a_missing_model_is_said_and_another_cloud_is_shown(
    monkeypatch: pytest.MonkeyPatch, untouched: str
) -> None:
    def missing(*_: object, **__: object) -> None:
        raise ModelUnavailable("the folder is not there")

    monkeypatch.setattr(closeup_layer, "sentence_trace", missing)
    app = page(layer_cloud="layer", **{"from": "model=minilm&text=never+seen+before"})
    assert "the folder is not there" in app.warning[0].value
    assert picture(app) == untouched


def test_step_buttons_move_one_step_and_stop_at_the_ends() -> None:
    app = page(layer_steps="19")
    for name, expected in (("on", 20), ("back", 19)):
        app.button(key=f"layer_steps_{name}").click().run()
        assert app.select_slider(key="layer_steps").value == expected
    app.select_slider(key="layer_steps").set_value(20).run()
    assert app.button(key="layer_steps_on").disabled
    app.select_slider(key="layer_steps").set_value(0).run()
    assert app.button(key="layer_steps_back").disabled


def test_play_goes_step_by_step_and_stops_at_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr(closeup_steps, "monotonic", lambda: now[0])
    app = page(layer_steps="18")
    seen = []
    app.button(key="layer_steps_play").click().run()
    assert app.button(key="layer_steps_play").label == "Pause"
    for _ in range(4):
        app.run()  # too early for the next step
        seen.append(app.select_slider(key="layer_steps").value)
        now[0] += closeup_steps.PERIOD
        app.run()
    assert seen == [18, 19, 20, 20]
    assert app.button(key="layer_steps_play").label == "Play"
    app.button(key="layer_steps_play").click().run()
    assert app.select_slider(key="layer_steps").value == 0
    app.button(key="layer_steps_play").click().run()
    now[0] += closeup_steps.PERIOD
    app.run()
    assert app.select_slider(key="layer_steps").value == 0


def test_a_page_left_while_it_plays_does_not_play_when_it_is_opened_again() -> None:
    app = page()
    app.button(key="layer_steps_play").click().run()
    app.switch_page(str(ROOT / "pages/receipts.py")).run()
    app.switch_page(str(ROOT / "pages/layer.py")).run()
    assert app.button(key="layer_steps_play").label == "Play"


def test_a_step_computes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    app = page()
    monkeypatch.setattr("ui.closeup._path", None)
    for step in (0, 7, 20):
        app.select_slider(key="layer_steps").set_value(step).run()
        assert not app.exception


def test_a_cloud_that_runs_away_says_where_its_path_ends() -> None:
    app = page(layer_variant="paper", layer_unit="false", layer_s="3", layer_tau="0.02")
    assert any("run away: after step 6" in text.value for text in app.markdown)
    assert app.select_slider(key="layer_steps").options[-1] == "6"
