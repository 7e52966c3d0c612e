"""The training lab: recorded curves at once, curves that grow, every control, its link."""

import pytest

from models.cards import SHIPPED, card
from models.methods import METHODS
from tests.pages.live_part import findings, mounted, move, part, parts, visited
from tests.pages.training_page import TINY, keys, noted, press, said
from tests.ui.training_runs import put
from training.folder import End
from ui import training_store
from ui.training_settings import PARAMETERS, Setup, read

begun = pytest.fixture(autouse=True)(noted)


def test_the_first_paint_tells_the_story_before_anything_is_pressed():
    at = visited("training")
    assert "recorded with the same settings" in said(at)
    header, arrays = part(at)
    assert [chart["key"] for chart in header["scene"]["charts"]][:4] == [
        *("accuracy", "loss", "rank", "gradient")
    ]
    assert arrays["accuracy"][-1, 3] > 0.8 > arrays["accuracy"][-1, 2] > arrays["accuracy"][-1, 0]
    assert mounted(at)["frame"] is None  # the last one
    assert header["scene"]["frames"] == 7
    assert at.button(key="training_start").label == "Train 4 networks (216 steps)"


def test_curves_grow_while_a_run_is_under_way(begun):
    at = press(visited("training", **TINY), "training_start")
    setup = read(TINY)
    begun[0][0].state = "running"
    assert "recorded" in said(at)
    put(setup, epochs=0, only={("none", 0)})
    at.run()
    assert "recorded" not in said(at)
    assert "nothing recorded yet" in findings(at)[1]
    before = part(at)[0]["id"]
    put(setup, epochs=1, only={("contra_norm", 0)})
    at.run()
    assert part(at)[0]["id"] != before
    assert part(at)[0]["scene"]["frames"] == 2
    begun[0][0].state = "done"
    for name in setup.configs():
        training_store.folders(setup)[name].finish(End("finished", "2 epochs were trained"))
    at.run()
    assert "These networks are trained" in said(at)
    assert keys(at) == set()


@pytest.mark.parametrize("count", [0, 5])
def test_without_a_method_or_with_too_many_nothing_is_trained(count):
    at = visited("training")
    at.button_group(key="training_methods").set_value([*METHODS][:count]).run()
    assert not at.exception
    assert "Choose one to four methods" in said(at)
    assert keys(at) == set()


def test_what_is_wrong_with_a_folded_control_s_address_is_said_where_it_is_seen():
    at = visited("training", training_s="nan", training_tau="7", training_form="soup")
    (more,) = [one for one in at.expander if one.label == "More settings"]
    assert not more.info
    named = ("s, strength", "τ, temperature", "Form of ContraNorm")
    assert all(any(name in one.value for one in at.info) for name in named)


@pytest.mark.parametrize("name", [parameter for parameter, _ in PARAMETERS.values()])
def test_every_control_changes_what_is_trained(name):
    at = visited("training")
    before = at.button(key="training_start").label, address(at), said(at)
    control = next(
        one
        for kind in (at.select_slider, at.selectbox)
        for one in kind
        if one.key == name
    )  # fmt: skip
    other = next(option for option in reversed(options_of(at, name)) if option != control.value)
    control.set_value(other).run()
    assert not at.exception
    assert address(at)[name]
    assert read(address(at)) != Setup()
    assert (at.button(key="training_start").label if keys(at) else "", address(at), said(at)) != (
        before
    )


def options_of(at, name):
    return next(options for parameter, options in PARAMETERS.values() if parameter == name)


def address(at):
    return {name: "".join(value) for name, value in at.query_params.items()}


def test_the_methods_are_in_the_address_and_come_back_from_it():
    at = visited("training")
    at.button_group(key="training_methods").set_value(["contra_norm", "rezero"]).run()
    assert address(at) == {"training_methods": "contra_norm,rezero"}
    assert visited("training", **address(at)).button_group(key="training_methods").value == [
        *("contra_norm", "rezero")
    ]


@pytest.mark.parametrize(
    "asked", ["soup", "", "none,soup", "none,layer_norm,rezero,pair_norm,deep_norm"]
)
def test_impossible_methods_in_an_address_are_said_and_the_default_used(asked):
    at = visited("training", training_methods=asked)
    assert tuple(at.button_group(key="training_methods").value) == Setup().methods
    assert "Methods" in at.info[0].value


def test_the_epoch_on_screen_is_in_the_link_and_survives_another_page():
    at = visited("training")
    move(at, "training", frame=2)
    assert address(at) == {"training_epoch": "2"}
    assert mounted(visited("training", training_epoch="2"))["frame"] == 2
    at.switch_page("../pages/receipts.py").run()
    at.query_params.clear()
    at.switch_page("../pages/training.py").run()
    assert mounted(at)["frame"] == 2


def test_a_pinned_run_has_its_settings_and_each_method_s_scores():
    put(read(TINY), epochs=2, ended="finished", accuracy=0.3)
    at = press_pin(visited("training", **TINY))
    row = at.dataframe[0].value.iloc[0]
    assert float(row["ContraNorm, test accuracy"]) == pytest.approx(0.5)
    assert float(row["no norm, effective rank of the last layer"]) == pytest.approx(4.0)


def press_pin(at):
    at.button(key="pin").click().run()
    assert not at.exception
    return at


def test_the_digits_read_wrongly_are_those_of_the_networks_on_screen():
    at = visited("training")
    header, _ = parts(at)[2]
    titles = [chart["titles"][0] for chart in header["scene"]["charts"]]
    for title, name in zip(titles, SHIPPED, strict=True):
        wrong = round(360 * (1 - card(name).test_accuracy))
        assert f": {wrong} of 360" in title
    assert "after all their 8 epochs" in said(at)


def test_the_clouds_are_those_of_the_networks_on_screen_and_their_layer_is_in_the_link():
    at = visited("training")
    header, arrays = parts(at)[1]
    assert [chart["titles"][24] for chart in header["scene"]["charts"]] == [
        f"{METHODS[name].title}, layer 24" for name in SHIPPED
    ]
    assert header["scene"]["frames"] == len(arrays["coordinates"]) == 25
    assert header["mount"]["frame"] is None  # the last one
    moved = {"number": 1, "values": {}, "frame": 3}
    at.session_state["live_training:clouds"] = {"moved": moved}
    at.run()
    assert at.query_params == {"training_layer": "3"}
    assert parts(at)[1][0]["mount"]["frame"] == 3
    assert parts(visited("training", training_layer="3"))[1][0]["mount"]["frame"] == 3


def test_without_kept_weights_or_while_a_run_goes_on_no_digits_are_shown(begun):
    put(read(TINY), epochs=2, ended="finished")
    assert len(parts(visited("training", **TINY))) == 1
    at = press(visited("training", training_epochs="1"), "training_start")
    assert len(parts(at)) == 1
