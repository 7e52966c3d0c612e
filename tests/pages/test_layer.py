"""The page "One layer, close up": it runs, and every control changes what it shows."""

import json
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

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
