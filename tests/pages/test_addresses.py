"""Whatever an address holds, a page opens, keeps what it understands and says what it did not."""

from pathlib import Path

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from tests.pages.live_part import mounted, parts

ROOT = Path(__file__).parents[2]
START = {  # each page's own parameters in this test, chosen to be quick
    "watch": {"depth": "2", "text": "a cat", "mlp": "false"},
    "real": {"real_text": "a cat"},
    "layer": {},
    "origin": {},
    "training": {},
    "twins": {"twins_depth": "6"},
    "tradeoffs": {},
    "receipts": {},
}
FOLLOWS_DEPTH = "layer"  # the layer on screen stands at the last one
IMPOSSIBLE = st.sampled_from(["", "<b>", "nan", "1e999", "`", "\x00", "🦊" * 20])
ANYTHING = st.text(max_size=60) | st.sampled_from(["0.313", "true", "1_0", "٣", "{x}"])


def opened(name, address):
    at = AppTest.from_file(ROOT / "ui" / "main.py", default_timeout=60)
    at.switch_page(str(ROOT / "pages" / f"{name}.py"))
    for parameter, value in address.items():
        at.query_params[parameter] = value
    return at.run()


def standing(at):
    kinds = (at.select_slider, at.selectbox, at.button_group, at.radio, at.toggle, at.text_area)
    controls = [control for kind in kinds for control in kind if " " not in control.key]
    stands = {control.key: control.value for control in controls}  # no parameter has a space
    return stands | (mounted(at)["values"] if parts(at) else {})


def remarks(at):
    return [remark.value for remark in at.info]


@pytest.fixture(scope="module")
def understood():
    return {name: opened(name, address) for name, address in START.items()}


@pytest.mark.parametrize("name", START)
def test_an_address_that_is_understood_is_not_remarked_upon(understood, name):
    assert not understood[name].exception
    assert remarks(understood[name]) == []


@pytest.mark.parametrize("name", START)
@settings(max_examples=12, phases=[Phase.generate], derandomize=True, deadline=None)
@given(data=st.data())
def test_nonsense_in_one_place_leaves_the_other_controls_alone(understood, name, data):
    expected = standing(understood[name])
    spoilt = data.draw(st.sampled_from(sorted(expected) or ["nothing"]))
    asked = data.draw(IMPOSSIBLE | ANYTHING)
    unknown = data.draw(st.dictionaries(st.text(max_size=8).map("?".__add__), ANYTHING, max_size=7))
    at = opened(name, START[name] | unknown | {spoilt: asked})
    assert not at.exception
    stands = standing(at)
    followers = {spoilt, FOLLOWS_DEPTH} if spoilt in ("depth", "model") else {spoilt}
    for key in expected.keys() - followers:
        assert stands[key] == expected[key], key
    said = [remark for remark in remarks(at) if "no use for" in remark]
    assert len(said) == bool(unknown or spoilt not in expected)


@pytest.mark.parametrize("name", START)
@pytest.mark.parametrize("asked", ["", "<b>`"])
def test_nonsense_everywhere_is_said_for_each_and_changes_nothing(understood, name, asked):
    expected = standing(understood[name])
    spoilt = expected.keys() - {"text"} - START[name].keys()
    at = opened(name, START[name] | dict.fromkeys(spoilt, asked))
    assert not at.exception
    assert standing(at) == expected
    assert len([remark for remark in remarks(at) if "the default is used" in remark]) == len(spoilt)


@pytest.mark.parametrize("name", START)
def test_each_page_names_what_it_does_not_know_and_goes_on(name):
    at = opened(name, {"nothing": "1", "embed": "true"})
    assert not at.exception
    (remark,) = remarks(at)
    assert "`nothing`" in remark


@pytest.mark.parametrize(
    ("name", "parameter"),
    [
        ("watch", "digit"),
        ("watch", "layer"),
        ("watch", "log"),
        ("real", "real_line"),
        ("real", "real_layer"),
        ("real", "real_part"),
        ("real", "real_second"),
        ("real", "real_threshold"),
        ("real", "real_run"),
        ("layer", "from"),
        ("layer", "layer_at"),
        ("layer", "layer_branch"),
        ("layer", "layer_steps"),
        ("origin", "origin_steps"),
        ("training", "training_epoch"),
        ("twins", "twins_layer"),
        ("tradeoffs", "tradeoffs_frame"),
    ],
)
def test_what_a_page_does_not_always_draw_is_no_stranger(name, parameter):
    assert not any("no use for" in remark for remark in remarks(opened(name, {parameter: "1"})))


def test_the_controls_of_one_page_are_strangers_on_another():
    (remark,) = remarks(opened("receipts", {"tau": "1"}))
    assert "`tau`" in remark
