"""Each control against a small app: where it starts, what it says, what it leaves in the link."""

import pytest
from streamlit.testing.v1 import AppTest

from ui import controls


def app():
    import streamlit as st

    from ui import controls

    controls.start(also=("digit",))
    names = {"lab": "lab encoder", "minilm": "MiniLM (real)", "digits": "digits"}
    model = controls.choice(
        "model", "Model", options=names, default="minilm", then=lambda: controls.put(s=0.5)
    )
    steps = (0, 1, 2) if model == "digits" else (0, 0.25, 0.5, 1, 5)
    s = controls.number("s", "Strength", options=steps, default=1)
    on = controls.switch("on", "Residual", default=True)
    text, linked = controls.sentence("text", "Text", default="a cat", longest=10)
    st.json({"model": model, "s": s, "on": on, "text": text, "linked": linked})
    controls.remark_unknown()
    controls.remark_unknown()  # says nothing twice


def opened(**address):
    at = AppTest.from_function(app)
    for name, value in address.items():
        at.query_params[name] = value
    return at.run()


def values(at):
    assert not at.exception
    return {
        "model": at.selectbox(key="model").value,
        "s": at.select_slider(key="s").value,
        "on": at.toggle(key="on").value,
        "text": at.text_area(key="text").value,
    }


def remarks(at):
    return [remark.value for remark in at.info]


DEFAULTS = {"model": "minilm", "s": 1, "on": True, "text": "a cat"}


def test_without_an_address_every_control_is_at_its_default_and_writes_nothing():
    at = opened()
    assert values(at) == DEFAULTS
    assert at.query_params == {}
    assert remarks(at) == []


@pytest.mark.parametrize(
    ("name", "asked", "stands"),
    [
        ("model", "lab", "lab"),
        ("model", "digits", "digits"),
        ("s", "0", 0),
        ("s", "5", 5),
        ("s", "0.25", 0.25),
        ("on", "false", False),
        ("text", "", ""),
        ("text", "ten signs!", "ten signs!"),
    ],
)
def test_a_link_restores_a_control_without_a_remark_and_stays_the_same(name, asked, stands):
    at = opened(**{name: asked})
    assert values(at) == DEFAULTS | {name: stands}
    assert remarks(at) == []
    assert at.query_params == {name: asked}


@pytest.mark.parametrize(
    ("name", "asked", "stands", "written"),
    [
        ("model", "lab encoder", "lab", "lab"),
        ("s", "0.50", 0.5, "0.5"),
        ("s", ["5", "0.5"], 0.5, "0.5"),
        ("on", "FALSE", False, "false"),
    ],
)
def test_another_way_of_saying_the_same_is_understood_without_a_remark(
    name, asked, stands, written
):
    at = opened(**{name: asked})
    assert values(at) == DEFAULTS | {name: stands}
    assert remarks(at) == []
    assert at.query_params == {name: written}


@pytest.mark.parametrize(
    ("name", "asked"),
    [
        ("model", "minilm"),
        ("model", "MiniLM (real)"),
        ("s", "1"),
        ("s", "1.0"),
        ("on", "true"),
        ("text", "a cat"),
    ],
)
def test_a_default_leaves_the_address(name, asked):
    at = opened(**{name: asked})
    assert values(at) == DEFAULTS
    assert remarks(at) == []
    assert at.query_params == {}


@pytest.mark.parametrize(
    ("name", "asked", "label"),
    [
        ("model", "gpt", "Model"),
        ("model", "", "Model"),
        ("s", "nan", "Strength"),
        ("s", "-0.01", "Strength"),
        ("s", "5.01", "Strength"),
        ("s", "inf", "Strength"),
        ("s", "", "Strength"),
        ("on", "1", "Residual"),
        ("on", "", "Residual"),
    ],
)
def test_what_is_not_possible_is_said_once_and_the_default_used(name, asked, label):
    at = opened(**{name: asked})
    assert values(at) == DEFAULTS
    (remark,) = remarks(at)
    assert f"{label} = " in remark and "the default is used" in remark
    assert at.query_params == {}
    assert remarks(at.run()) == []


@pytest.mark.parametrize(
    ("asked", "used"), [("0.3", 0.25), ("0.44", 0.5), ("4.9", 5), ("0.01", 0), ("2.9", 1)]
)
def test_a_number_between_two_steps_goes_to_the_nearest_and_says_so(asked, used):
    at = opened(s=asked)
    assert values(at) == DEFAULTS | {"s": used}
    (remark,) = remarks(at)
    assert f"`{asked}`" in remark and f"nearest step, {used:g}," in remark
    assert at.query_params == ({} if used == 1 else {"s": f"{used:g}"})


def test_a_choice_made_is_written_and_a_return_to_the_default_is_not():
    at = opened(foo="1")
    at.selectbox(key="model").set_value("lab").run()
    at.select_slider(key="s").set_value(0.25).run()
    at.toggle(key="on").set_value(False).run()
    assert at.query_params == {"foo": "1", "model": "lab", "s": "0.25", "on": "false"}
    assert values(at) == DEFAULTS | {"model": "lab", "s": 0.25, "on": False}
    at.selectbox(key="model").set_value("minilm").run()
    at.select_slider(key="s").set_value(1).run()
    at.toggle(key="on").set_value(True).run()
    assert at.query_params == {"foo": "1"}


def test_choosing_runs_what_belongs_to_the_choice():
    at = opened()
    at.selectbox(key="model").set_value("lab").run()
    assert values(at) == DEFAULTS | {"model": "lab", "s": 0.5}


def test_a_number_moves_to_the_nearest_step_when_its_grid_changes():
    at = opened(s="5")
    at.session_state["model"] = "digits"
    assert values(at.run())["s"] == 2


def test_text_is_carried_by_a_link_up_to_its_limit_and_no_further():
    at = opened()
    at.text_area(key="text").set_value("ten signs!").run()
    assert at.query_params == {"text": "ten signs!"}
    at.text_area(key="text").set_value("eleven sign").run()
    assert at.query_params == {}
    assert values(at)["text"] == "eleven sign"
    assert '"linked": false' in at.json[0].value


@pytest.mark.parametrize("text", ["a\x00b", "x" * 600, "word " * 20_000, "🦊" * 5, "a&s=0.5#+%00"])
def test_no_text_in_an_address_breaks_the_page(text):
    at = opened(text=text)
    assert values(at) == DEFAULTS | {"text": text[:20_000]}
    assert any("first 20000 characters" in one.value for one in at.info) == (len(text) > 20_000)
    assert at.query_params == ({"text": text} if len(text) <= 10 else {})


def broken():
    from ui import controls

    controls.put(text="a\ud800b\udfff")
    controls.sentence("text", "Text", default="", longest=10)


def test_half_characters_are_left_out_of_the_text_and_of_the_link():
    at = AppTest.from_function(broken).run()
    assert not at.exception
    assert at.text_area(key="text").value == "ab"
    assert at.query_params == {"text": "ab"}


@pytest.mark.parametrize(
    "asked",
    ["<b>x</b>", "https://evil.example", "[x](y)", "a`b", "\x1b[31m\u202e", "{name}", "x" * 600],
)
@pytest.mark.parametrize("name", ["model", "s", "on"])
def test_what_an_address_asked_is_shown_as_code_and_cut(name, asked):
    (remark,) = remarks(opened(**{name: asked}))
    start, end = remark.index("`"), remark.rindex("`") + 1
    seen = "".join(sign for sign in asked if sign.isprintable())[:40]
    assert remark[start:end] == controls.markdown_text(seen)
    assert "x" * 41 not in remark
    assert remark.isprintable()


def test_unknown_names_are_named_in_one_sentence_and_stay_in_the_address():
    at = opened(foo="1", s="0.5", **{"<b>": "2"})
    (remark,) = remarks(at)
    assert "`foo`, `<b>`," in remark
    assert values(at) == DEFAULTS | {"s": 0.5}
    assert at.query_params == {"foo": "1", "s": "0.5", "<b>": "2"}


def test_a_control_that_is_not_drawn_now_and_streamlits_own_are_not_unknown():
    assert remarks(opened(digit="3", embed="true", embed_options="dark_theme")) == []


def test_a_name_in_another_case_is_unknown():
    (remark,) = remarks(opened(S="0.5"))
    assert "`S`" in remark


@pytest.mark.parametrize(("count", "more"), [(5, None), (6, "1 more"), (900, "895 more")])
def test_at_most_five_unknown_names_are_shown(count, more):
    (remark,) = remarks(opened(**{f"k{index}" + "y" * 60: "1" for index in range(count)}))
    assert remark.count("`") == 2 * 5
    assert "`k4" in remark and "`k5" not in remark
    assert ("more" in remark) == (more is not None)
    assert more is None or f"and {more}" in remark
    assert "y" * 38 in remark and "y" * 39 not in remark


def test_an_address_too_long_to_be_read_leaves_every_default():
    assert values(opened(text="x" * 600_000)) == DEFAULTS


def two_pages():
    from ui import controls

    controls.start()
    page = "b" if controls.kept("second") else "a"
    controls.keep("second", True)
    controls.switch(page, "On", default=False)
    controls.remark_unknown()


def test_the_names_of_the_page_before_are_forgotten():
    at = AppTest.from_function(two_pages)
    at.query_params["a"] = "true"
    assert remarks(at.run()) == []
    (remark,) = remarks(at.run())
    assert "`a`" in remark


def keeping():
    import streamlit as st

    from ui import controls

    on = controls.switch("on", "On", default=False)
    before = controls.kept("on")
    controls.keep("on", {"a": 1})
    st.json({"on": on, "before": before, "after": controls.kept("on"), "never": controls.kept("x")})


def test_a_kept_value_outlives_a_run_and_never_meets_a_control_of_the_same_name():
    at = AppTest.from_function(keeping).run()
    assert not at.exception
    assert '"before": null' in at.json[0].value and '"after": {"a": 1}' in at.json[0].value
    at.toggle(key="on").set_value(True).run()
    assert '"before": {"a": 1}' in at.json[0].value
    assert '"on": true' in at.json[0].value and '"never": null' in at.json[0].value


def test_the_back_button_moves_the_controls_to_the_address(monkeypatch):
    at = opened(model="lab", s="5", on="false", text="now")
    at.query_params.clear()
    at.query_params["s"] = "0.5"
    monkeypatch.setattr(controls, "went_back", lambda: True)
    assert values(at.run()) == DEFAULTS | {"s": 0.5}
    assert at.query_params == {"s": "0.5"}


@pytest.mark.parametrize(
    ("asked", "used", "says"),
    [
        ("0.3", "0.25", "nearest step, 0.25,"),
        ("x", None, "the default is used"),
        ("0.50", "0.5", None),
    ],
)
def test_a_remark_is_made_only_when_something_else_is_used(asked, used, says):
    def remarking(asked, used):
        from ui import controls

        controls.remark("Strength", asked, used)

    at = AppTest.from_function(remarking, args=(asked, used)).run()
    assert not at.exception
    assert len(at.info) == (says is not None)
    assert says is None or says in at.info[0].value
