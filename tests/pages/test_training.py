"""The training lab: recorded curves at once, a run under way, every way it can end, its link."""

import pytest

from models.cards import SHIPPED, card
from models.methods import METHODS
from tests.pages.live_part import findings, mounted, move, part, parts, visited
from tests.ui.training_runs import pretend, put
from training.folder import End, FolderError
from training.together import Progress
from ui import jobs, training_store
from ui.training_settings import PARAMETERS, Setup, read

TINY = {"training_depth": "2", "training_methods": "none,contra_norm", "training_epochs": "2"}


@pytest.fixture(autouse=True)
def begun(monkeypatch, tmp_path):
    """Note the jobs that are put into the queue, in their order."""
    monkeypatch.setenv("CONTRANORM_JOBS", "1")
    return pretend(monkeypatch, tmp_path / "kept")


def said(at):
    kinds = (at.markdown, at.warning, at.error, at.info)
    return "\n".join(one.value for kind in kinds for one in kind)


def keys(at):
    return {one.key for one in at.button if (one.key or "").startswith("training_")}


def press(at, key):
    at.button(key=key).click().run()
    assert not at.exception
    return at


def bars(at):
    return [bar.proto.text for bar in at.get("progress")]


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


def test_a_press_puts_the_runs_into_the_queue_and_says_the_place(begun):
    at = press(visited("training", **TINY), "training_start")
    assert bars(at) == ["Waiting for a worker; 0 before this one."]
    assert keys(at) == {"training_stop"}
    begun[0][0].state = "running"
    assert bars(at.run()) == ["A worker has begun; its speed is not known yet."]
    begun[0][0].share, begun[0][0].partial = 0.5, Progress(18, 36, 0, 6.0)
    assert bars(at.run()) == ["50 % of all steps; 3.0 steps a second; about 6 s left."]


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


def test_a_run_is_stopped_at_once_keeps_its_curve_and_can_go_on(begun):
    at = press(visited("training", **TINY), "training_start")
    begun[0][0].state = "running"
    put(read(TINY), epochs=1)
    press(at, "training_stop")
    assert begun[0][0].state == "cancelled"
    assert "The training was stopped." in said(at)
    assert "after epoch 1" in findings(at)[0]
    press(at, "training_start")
    assert len(begun) == 2
    assert keys(at) == {"training_stop"}


@pytest.mark.parametrize(
    ("state", "error", "sentence"),
    [
        ("late", None, "more than 900 seconds"),
        ("killed", None, "more than the 4000 MB"),
        ("failed", MemoryError(), "more than the 4000 MB"),
        ("failed", RuntimeError("DefaultCPUAllocator: can't allocate memory"), "the 4000 MB"),
        ("failed", FolderError("the disk is full"), "could not go on: `the disk is full`"),
        ("failed", ValueError("odd"), "a reason this page does not know"),
    ],
)
def test_however_a_run_ends_it_is_said_and_can_go_on(begun, state, error, sentence):
    at = press(visited("training", **TINY), "training_start")
    put(read(TINY), epochs=1)
    begun[0][0].state, begun[0][0].error = state, error
    at.run()
    assert sentence in said(at)
    assert "after epoch 1" in findings(at)[0]
    assert at.button(key="training_start").label == "Go on from the last checkpoint"


def test_a_link_finds_a_run_that_was_begun_before_the_server_was_restarted():
    put(read(TINY), epochs=1)
    at = visited("training", **TINY)
    assert "begun and not finished" in said(at)
    assert "after epoch 1" in findings(at)[0]
    assert at.button(key="training_start").label == "Go on from the last checkpoint"


def test_another_visitor_with_the_same_link_sees_the_run_and_does_not_begin_another(begun):
    press(visited("training", **TINY), "training_start")
    other = visited("training", **TINY)
    assert keys(other) == {"training_stop"}
    press(other, "training_stop")
    assert "Others are looking on" in said(other)
    assert not begun[0][0].over
    assert len(begun) == 1


def test_a_diverged_run_says_so_in_the_engine_s_words():
    put(read(TINY), epochs=1, ended="diverged")
    at = visited("training", **TINY)
    assert "the loss must stay a finite number" in findings(at)[2]
    assert "These networks are trained" in said(at)


def test_a_broken_folder_is_said_and_can_be_trained_anew():
    setup = read(TINY)
    put(setup, epochs=1)
    (training_store.folders(setup)["none", 0].path / "metrics.jsonl").write_text("{\n")
    at = visited("training", **TINY)
    assert "cannot be read" in said(at)
    assert not parts(at)
    press(at, "training_anew")
    assert not training_store.folders(setup)["none", 0].path.exists()
    assert "recorded" in said(at)


def test_too_many_steps_and_a_full_queue_are_said(begun, monkeypatch):
    monkeypatch.setenv("CONTRANORM_TRAIN_STEPS", "30")
    at = visited("training", **TINY)
    assert "36 training steps; at most 30" in said(at)
    assert keys(at) == set()
    monkeypatch.delenv("CONTRANORM_TRAIN_STEPS")

    def full(*arguments, **further):
        raise jobs.Full

    monkeypatch.setattr(jobs, "start", full)
    assert "More than 20 long computations wait" in said(press(at.run(), "training_start"))


@pytest.mark.parametrize("count", [0, 5])
def test_without_a_method_or_with_too_many_nothing_is_trained(count):
    at = visited("training")
    at.button_group(key="training_methods").set_value([*METHODS][:count]).run()
    assert not at.exception
    assert "Choose one to four methods" in said(at)
    assert keys(at) == set()


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
