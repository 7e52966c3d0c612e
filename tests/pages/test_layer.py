"""The page "One layer, close up": it runs, and every control changes what it shows."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from models.unavailable import ModelUnavailable
from tests.pages.live_part import mounted, move, part
from ui import closeup_layer
from ui.settings import Settings
from ui.sources import SOURCES

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
    """What is drawn at all steps and the hand tables, which no echoed setting can change."""
    tables = [table.value.to_csv() for table in app.table]
    return "\n".join([part(app)[0]["id"], *tables])


def points(app: AppTest) -> list[str]:
    """The names of the points in the cloud's table."""
    cells: list[str] = part(app)[0]["scene"]["charts"][0]["columns"][0][1]
    return cells


def findings(app: AppTest) -> list[str]:
    """The sentences under the cloud at the step on screen."""
    scene = part(app)[0]["scene"]
    return [*scene["findings"], *scene["frame_findings"][mounted(app)["frame"]]]


@pytest.fixture(scope="module")
def untouched() -> str:
    return picture(page())


def test_the_first_paint_shows_three_charts_and_five_tables() -> None:
    app = page()
    assert len(part(app)[0]["scene"]["charts"]) == 3
    assert len(app.table) == 5
    assert any("effective rank **rose**" in text for text in findings(app))
    assert mounted(app)["frame"] == 3


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


@pytest.mark.parametrize("name", ["layer_s", "layer_tau"])
@pytest.mark.parametrize("end", [0, -1])
def test_both_ends_of_every_moving_control_reach_the_cloud_and_the_hand_example(
    untouched: str, name: str, end: int
) -> None:
    app = page()
    (control,) = [one for one in mounted(app)["controls"] if one["name"] == name]
    cloud, hand = part(app)[0]["id"], app.table[4].value
    move(app, "layer", **{name: control["options"][end]})
    assert not app.exception
    assert part(app)[0]["id"] != cloud
    assert not app.table[4].value.equals(hand)
    assert "".join(app.query_params[name]) == control["options"][end]


def test_two_and_three_dimensions_are_drawn_with_their_libraries() -> None:
    scenes = [part(page(layer_dimension=size))[0]["scene"] for size in "23"]
    assert [scene["library"] for scene in scenes] == ["cartesian", "gl3d"]
    kinds = [{trace["type"] for trace in scene["charts"][0]["traces"]} for scene in scenes]
    assert kinds == [{"scatter"}, {"scatter3d"}]


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
    assert len(app.info) == 2
    assert mounted(app)["frame"] == 3
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
    assert any("of all 128 features" in text for text in findings(app))


def test_a_link_restores_the_experiment_and_a_broken_one_does_not_stop_the_page() -> None:
    experiment = Settings(text="one red bird", depth=2, seed=3)
    linked = page(layer_cloud="layer", **{"from": closeup_layer.link(experiment)})
    assert points(linked) == ["one", "red", "bird"]
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
    assert points(app) == ["two", "birds", "sing"]
    assert "".join(app.query_params["from"]) == "text=two+birds+sing&depth=3"
    app.selectbox(key="layer_cloud").set_value("ring").run()
    app.selectbox(key="layer_cloud").set_value("layer").run()
    assert points(app) == ["two", "birds", "sing"]


def test_a_text_too_long_for_a_link_is_shown_and_said_not_to_be_in_it() -> None:
    app = AppTest.from_file(ROOT / "ui/main.py", default_timeout=60)
    app.switch_page(str(ROOT / "pages/layer.py"))
    app.session_state["kept: watched"] = {"text": "word " * 101, "depth": "1"}
    app.query_params["layer_cloud"] = "layer"
    for _ in range(2):
        app.run()
        assert "".join(app.query_params["from"]) == "depth=1"
        assert set(points(app)) == {"word"}
        assert any("does not carry it" in text.value for text in app.markdown)


def test_a_missing_model_is_said_and_another_cloud_is_shown(
    monkeypatch: pytest.MonkeyPatch, untouched: str
) -> None:
    def missing(*_: object, **__: object) -> None:
        raise ModelUnavailable("the folder is not there")

    monkeypatch.setattr("ui.seen.sentence_trace", missing)
    app = page(layer_cloud="layer", **{"from": "model=minilm&text=never+seen+before"})
    assert "the folder is not there" in app.warning[0].value
    assert picture(app) == untouched


def test_a_long_text_goes_to_the_live_part_whole() -> None:
    app = AppTest.from_file(ROOT / "ui/main.py", default_timeout=60)
    app.switch_page(str(ROOT / "pages/layer.py"))
    app.session_state["kept: watched"] = {"text": "word " * 101, "depth": "1"}
    app.query_params["layer_cloud"] = "layer"
    app.run()
    assert mounted(app)["address"]["from"].count("word") == 101


def test_a_step_is_kept_in_the_link_and_computes_nothing(
    monkeypatch: pytest.MonkeyPatch, untouched: str
) -> None:
    app = page()
    monkeypatch.setattr("ui.closeup._path", None)
    for step in (0, 7, 20):
        move(app, "layer", frame=step)
        assert not app.exception
        assert mounted(app)["frame"] == step
        assert "".join(app.query_params["layer_steps"]) == str(step)
        assert f"step {step} " in findings(app)[0]
    assert picture(app) == untouched
    assert mounted(page(layer_steps="7"))["frame"] == 7
    assert "layer_steps" not in move(app, "layer", frame=3).query_params


def test_a_cloud_that_runs_away_says_where_its_path_ends() -> None:
    app = page(layer_variant="paper", layer_unit="false", layer_s="3", layer_tau="0.02")
    assert any("run away: after step 6" in text for text in findings(app))
    assert part(app)[0]["scene"]["frame_names"][-1] == "6 of 6"


def test_everything_is_kept_while_another_page_is_visited() -> None:
    app = page(layer_dimension="3", layer_cloud="layer", layer_at="2", layer_example="axes")
    move(app, "layer", frame=9, layer_s="0.75")
    before = picture(app)
    app.switch_page(str(ROOT / "pages/receipts.py")).run()
    app.query_params.clear()
    app.switch_page(str(ROOT / "pages/layer.py")).run()
    assert picture(app) == before
    assert mounted(app)["frame"] == 9
    assert mounted(app)["values"]["layer_s"] == "0.75"
    assert "".join(app.query_params["layer_at"]) == "2"


def test_the_live_part_is_sent_all_that_its_source_needs() -> None:
    app = page(layer_cloud="layer", layer_at="2", layer_branch="rival", layer_dimension="3")
    move(app, "layer", layer_tau="1", layer_s="0.75")
    settings = SOURCES["layer"].settings(mounted(app)["address"])
    assert SOURCES["layer"].packed(settings).digest == part(app)[0]["id"]
