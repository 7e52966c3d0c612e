from functools import partial
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from models.cards import CheckpointError
from models.information import information
from tests.pages.live_part import findings, mounted, move, part, parts
from ui import real_page
from ui.real_picture import picture
from ui.real_settings import RealSettings
from ui.text import words

ROOT = Path(__file__).parents[2]


def page(**address):
    at = AppTest.from_file(ROOT / "ui" / "main.py", default_timeout=60)
    at.switch_page(str(ROOT / "pages" / "real.py"))
    for name, value in ({"real_text": "a cat saw a dog\nthe other line"} | address).items():
        at.query_params[name] = value
    return at.run()


def numbers(at):
    """Everything the live part shows: what identifies its charts and arrays."""
    return part(at)[0]["id"]


@pytest.fixture(scope="module")
def first():
    return page()


def test_the_page_opens_says_it_is_a_probe_and_shows_the_numbers(first):
    assert not first.exception
    assert first.title[0].value == "Real Transformers"
    assert any("probe, not an improvement" in one.value for one in first.markdown)
    assert len(findings(first)) == 6
    assert mounted(first)["values"] == {"real_s": "1", "real_tau": "1", "real_head": "1"}


def test_no_more_than_four_controls_are_in_sight(first):
    def keys(place):
        kinds = (place.selectbox, place.select_slider, place.toggle, place.text_area)
        return {one.key for kind in kinds for one in kind}

    hidden = set().union(*(keys(expander) for expander in first.expander))
    in_sight = keys(first) - hidden - {"real_threshold"}  # which is of a part under the charts
    assert in_sight == {"real_text"}
    assert len(in_sight) + len(mounted(first)["controls"]) <= 4


@pytest.mark.parametrize("name", ["real_s", "real_tau", "real_head"])
@pytest.mark.parametrize("end", [0, -1])
def test_both_ends_of_every_moving_control_run_and_change_the_numbers(first, name, end):
    at = page()
    (control,) = [one for one in mounted(at)["controls"] if one["name"] == name]
    if control["options"][end] == mounted(at)["values"][name]:
        end = 1
    move(at, "real", **{name: control["options"][end]})
    assert not at.exception
    assert numbers(at) != numbers(first)
    assert at.query_params[name] in (control["options"][end], [control["options"][end]])


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("real_place", "after_output_layer_norm"),
        ("real_rival", "pair_norm"),
        ("real_form", "plain"),
        ("real_beside", "rival"),
        ("real_model", "minilm_untrained"),
    ],
)
def test_every_menu_changes_what_is_shown_and_its_link_restores_it(first, name, value):
    at = page()
    at.selectbox(key=name).set_value(value).run()
    assert not at.exception
    assert numbers(at) != numbers(first)
    assert numbers(page(**{name: value})) == numbers(at)


def test_the_line_is_chosen_where_there_is_more_than_one(first):
    at = page()
    at.select_slider(key="real_line").set_value(2).run()
    assert numbers(at) != numbers(first)
    assert numbers(page(real_text="the other line")) == numbers(at)
    assert "real_line" not in {one.key for one in page(real_text="one line").select_slider}


@pytest.mark.parametrize(
    "text", ["", "one", "x " * 10_000, "שלום עולם", "🦊 🦊", "<b>x</b> **y** {z} %{x}"]
)
def test_hostile_text_opens(text):
    at = page(real_text=text)
    assert not at.exception
    assert findings(at)


def test_a_text_without_a_word_or_too_long_is_said():
    assert any("no visible word" in one.value for one in page(real_text=" ").info)
    assert any("was cut" in one.value for one in page(real_text="x " * 9_000).info)


def test_a_long_text_is_no_part_of_the_link_but_stays():
    at = page()
    long = "many words " * 60
    at.text_area(key="real_text").set_value(long).run()
    assert "real_text" not in at.query_params
    at.switch_page(str(ROOT / "pages" / "receipts.py")).run()
    at.switch_page(str(ROOT / "pages" / "real.py")).run()
    assert at.text_area(key="real_text").value == long


def test_a_missing_model_is_a_sentence_and_the_page_goes_on(monkeypatch):
    from models.unavailable import ModelUnavailable

    def missing(*args, **kwargs):
        raise ModelUnavailable("it is `gone`")

    monkeypatch.setattr("ui.real_picture.sentence_trace", missing)
    at = page(real_text="a text that nobody asked for before")
    assert not at.exception
    assert "gone" in at.warning[0].value
    assert at.title[0].value == "Real Transformers"


CHARTS = {"twins": 0, "tug": 2, "cost": 0, "information": 0, "models": 2, "causal": 2}


@pytest.mark.parametrize("name", CHARTS)
def test_each_further_part_opens_by_its_link_and_alone(first, name):
    at = page(real_part=name)
    assert not at.exception
    assert at.radio(key="real_part").value == name
    shown = [header["scene"] for header, _ in parts(at)[1:]]
    assert sum(len(scene["charts"]) for scene in shown) == CHARTS[name]
    assert numbers(at) == numbers(first)


def test_the_second_model_is_chosen_and_is_never_the_first():
    at = page(real_part="models", real_model="minilm_untrained")
    assert not at.exception
    assert at.selectbox(key="real_second").value == "minilm"
    assert "minilm_untrained" not in at.selectbox(key="real_second").options
    assert "untrained" in parts(at)[1][0]["scene"]["findings"][0]


def test_a_placement_the_model_lacks_is_named_with_the_reason(first):
    said = [one.value for one in first.expander[0].markdown if "Not in this model" in one.value]
    assert len(said) == 2
    assert all("in this family" in one for one in said)


def test_the_page_says_which_device_ran(first):
    assert any("ran on: CPU" in one.value for one in first.markdown)


def tables(at):
    return [one.value for one in at.dataframe]


def test_the_twins_follow_the_threshold_and_the_strength(first):
    (table,) = tables(first)
    assert len(table.columns) == 9
    said = [one.value for one in first.markdown if "pairs of words reach" in one.value]
    for at in (page(real_threshold="0.5"), page(real_s="0.2")):
        assert not at.exception
        assert [one.value for one in at.markdown if "pairs of words reach" in one.value] != said


def test_the_cost_has_every_line_and_both_norms():
    lines, pairs = tables(page(real_part="cost"))
    assert (len(lines), len(pairs)) == (2, 3)
    weak = tables(page(real_part="cost", real_s="0.05"))
    assert not weak[0].equals(lines)
    assert not weak[1].equals(pairs)


def test_the_information_test_runs_when_it_is_asked_for(monkeypatch):
    quick = partial(information, splits=1)
    monkeypatch.setattr("ui.real_information.information", quick)
    at = page(real_part="information")
    assert len(parts(at)) == 1
    at.toggle(key="real_run").set_value(True).run()
    assert not at.exception
    scene = parts(at)[1][0]["scene"]
    assert len(scene["charts"]) == 4
    assert len(scene["findings"]) == 8


@pytest.mark.parametrize(
    ("model", "offered"),
    [("digits_none_24", ["tug", "models"]), ("digits_contra_norm_6", ["models"])],
)
def test_a_digits_network_is_read_patch_by_patch(model, offered):
    at = page(real_model=model)
    assert not at.exception
    header, _ = part(at)
    depth = int(model.rsplit("_", 1)[1])
    assert header["scene"]["frames"] == depth + 1
    assert "4,4" in str(header["scene"]["charts"][0]["traces"][0]["text"])
    assert not [one for one in at.text_area if one.key == "real_text"]
    said = "\n".join(one.value for one in at.markdown)
    assert "16 patches of one digit" in said
    assert ("trained with a LayerNorm" in said) == (model != "digits_none_24")
    assert sum("mean of the patches" in one for one in findings(at)) == 2
    assert len(at.radio(key="real_part").options) == len(offered)
    (digit,) = [one for one in at.select_slider if one.key == "real_digit"]
    before = numbers(at)
    digit.set_value(5).run()
    assert not at.exception
    assert numbers(at) != before
    assert at.query_params["real_digit"] in ("5", ["5"])


@pytest.mark.parametrize("part_name", ["tug", "models", "cost", "twins"])
def test_every_part_of_a_digits_network_runs_and_those_it_lacks_give_way(part_name):
    at = page(real_model="digits_none_6", real_part=part_name)
    assert not at.exception
    shown = at.radio(key="real_part").value
    assert shown == (part_name if part_name in ("tug", "models") else "tug")
    assert len(parts(at)) == 2


def test_a_digits_network_has_its_like_beside_it():
    at = page(real_model="digits_none_6", real_part="models")
    assert not at.exception
    (second,) = [one for one in at.selectbox if one.key == "real_second"]
    assert len(second.options) == 11
    assert all(option.startswith("digits, ") for option in second.options)


def test_a_text_is_kept_while_a_digits_network_is_looked_at_and_the_digit_too():
    at = page(real_text="my own text", real_model="digits_none_6", real_digit="4")
    assert not at.info  # nothing of the address is called useless
    at.selectbox(key="real_model").set_value("minilm").run()
    assert at.text_area(key="real_text").value == "my own text"
    assert not at.info
    at.selectbox(key="real_model").set_value("digits_none_6").run()
    assert not at.exception
    assert at.select_slider(key="real_digit").value == 4


def test_a_pinned_run_names_only_what_was_used():
    digits, text = RealSettings(model="digits_none_6"), RealSettings("a cat")
    said = [
        real_page.outcome(settings, picture(settings), words("real")).settings
        for settings in (digits, text)
    ]
    about_text, about_digit = words("real")("sentence"), words("real")("digit")
    assert [about_text in one for one in said] == [False, True]
    assert [about_digit in one for one in said] == [True, False]


def test_a_second_network_with_a_norm_of_its_own_is_said_to_have_one():
    at = page(real_model="digits_none_6", real_part="models", real_second="digits_contra_norm_6")
    assert not at.exception
    said = [one.value for one in at.markdown if "trained with a LayerNorm" in one.value]
    assert [("digits, ContraNorm, 6 layers" in one) for one in said] == [True]


def test_a_digits_network_whose_file_is_wrong_is_said_to_be_so(monkeypatch):
    def broken(method, depth):
        raise CheckpointError("its file is not the one on its card")

    monkeypatch.setattr("models.registry.digits_reader", broken)
    at = page(real_model="digits_layer_norm_12")  # no other test has had its answer kept
    assert not at.exception
    assert any("not the one on its card" in one.value for one in at.warning)
