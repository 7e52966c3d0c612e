"""The page on where the layer comes from: every control changes what is shown, none is lost."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from tests.pages.live_part import mounted, move, part

MAIN = Path(__file__).parents[2] / "ui" / "main.py"
MOVING = ["origin_alignment", "origin_uniformity", "origin_overlap", "origin_temperature"]


def page(**address):
    at = AppTest.from_file(MAIN, default_timeout=60)
    at.switch_page("../pages/origin.py")
    for name, value in address.items():
        at.query_params[name] = value
    at.session_state["code"] = True  # its expander is open
    at.run()
    assert not at.exception
    return at


def sentences(at):
    scene = part(at)[0]["scene"]
    return scene["frame_findings"][mounted(at)["frame"]]


def tables(at):
    return [frame.value.to_csv() for frame in at.dataframe]


@pytest.fixture(scope="module")
def first():
    return page()


def test_the_page_shows_its_sentences_filled(first):
    assert first.title[0].value == "Where the layer comes from"
    text = " ".join([*sentences(first), *(element.value for element in first.markdown)])
    assert "{" not in text
    assert "step **160**" in text
    assert "**Pairs**" in text
    keys = [one.key for one in first.get("bidi_component")]
    assert keys == ["live_origin", "live_origin_between", "share"]


@pytest.mark.parametrize("name", MOVING)
@pytest.mark.parametrize("end", [0, -1])
def test_both_ends_of_every_moving_control_run_and_change_the_numbers(first, name, end):
    at = page()
    (control,) = [one for one in mounted(at)["controls"] if one["name"] == name]
    move(at, "origin", **{name: control["options"][end]})
    assert not at.exception
    assert part(at)[0]["id"] != part(first)[0]["id"]
    assert sentences(at) != sentences(first)
    assert "".join(at.query_params[name]) == control["options"][end]
    assert str(float(control["options"][end])) in at.code[0].value
    assert at.code[0].value != first.code[0].value


@pytest.mark.parametrize("name", ["origin_scale", "origin_tau"])
@pytest.mark.parametrize("end", [0, -1])
def test_the_derivation_s_own_controls_change_its_tables_and_not_the_charts(first, name, end):
    at = page()
    control = at.select_slider(key=name)
    control.set_value(float(control.options[end])).run()
    assert not at.exception
    assert tables(at) != tables(first)
    assert part(at)[0]["id"] == part(first)[0]["id"]


def test_the_sphere_has_a_third_coordinate_and_another_library(first):
    at = page(origin_space="sphere")
    header, arrays = part(at)
    assert arrays["points"].shape == (321, 12, 2, 3)
    assert header["scene"]["library"] == "gl3d"
    assert part(first)[0]["scene"]["library"] == "cartesian"


def test_alignment_alone_is_said_to_end_in_one_point():
    assert "**One point**" in " ".join(sentences(move(page(), "origin", origin_uniformity="0")))


def test_the_step_is_kept_in_the_link_and_computes_nothing(first, monkeypatch):
    at = page()
    monkeypatch.setattr("ui.origin.slope", None)
    move(at, "origin", frame=7)
    assert not at.exception
    assert mounted(at)["frame"] == 7
    assert "".join(at.query_params["origin_steps"]) == "7"
    assert part(at)[0]["id"] == part(first)[0]["id"]
    assert mounted(page(origin_steps="7"))["frame"] == 7
    assert "origin_steps" not in move(at, "origin", frame=160).query_params


@pytest.mark.parametrize("asked", ["321", "-1", "soup", ""])
def test_an_impossible_step_is_said_and_the_page_s_own_taken(asked):
    at = page(origin_steps=asked)
    assert mounted(at)["frame"] == 160
    assert any("Steps" in remark.value for remark in at.info)


def test_everything_is_kept_while_another_page_is_visited():
    at = page(origin_space="sphere", origin_tau="0.2")
    move(at, "origin", frame=5, origin_alignment="0.25")
    before, numbers = part(at)[0]["id"], tables(at)
    at.switch_page("../pages/receipts.py").run()
    at.query_params.clear()
    at.switch_page("../pages/origin.py").run()
    assert part(at)[0]["id"] == before
    assert mounted(at)["frame"] == 5
    assert mounted(at)["values"]["origin_alignment"] == "0.25"
    assert tables(at) == numbers


def test_the_program_is_drawn_only_once_it_is_asked_for():
    at = AppTest.from_file(MAIN, default_timeout=60)
    at.switch_page("../pages/origin.py")
    assert len(at.run().code) == 0
    at.session_state["code"] = True
    assert "Where the layer comes from" in at.run().code[0].value
