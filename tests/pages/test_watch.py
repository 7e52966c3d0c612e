from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from models.cards import card
from models.digits import TWINS
from tests.pages.live_part import findings, mounted, move, part

MAIN = str(Path(__file__).parents[2] / "ui" / "main.py")


def page(**address):
    at = AppTest.from_file(MAIN, default_timeout=60)
    for name, value in address.items():
        at.query_params[name] = value
    return at.run()


def charts(at):
    return {chart["key"]: chart for chart in part(at)[0]["scene"]["charts"]}


@pytest.fixture(scope="module")
def first():
    return page()


def test_the_first_paint_tells_the_story(first):
    assert not first.exception
    assert first.title[0].value == "Watch it collapse"
    assert "Fewer than 2" in findings(first)[0]
    assert "partial centring" in findings(first)[2]
    assert len(findings(first)) == 4
    assert len(charts(first)) == 10


@pytest.mark.parametrize("name", ["depth", "s", "tau"])
@pytest.mark.parametrize("end", [0, -1])
def test_both_ends_of_every_moving_control_run_and_change_the_numbers(first, name, end):
    at = page()
    (control,) = [one for one in mounted(at)["controls"] if one["name"] == name]
    move(at, "watch", **{name: control["options"][end]})
    assert not at.exception
    assert findings(at) != findings(first)
    assert at.query_params[name] in (control["options"][end], [control["options"][end]])


@pytest.mark.parametrize(
    ("name", "value"),
    [("seed", 1), ("gain", 2.0), ("width", 64), ("heads", 1), ("heat", 0.2)],
)
def test_every_further_slider_changes_the_numbers(first, name, value):
    at = page()
    at.select_slider(key=name).set_value(value)
    assert findings(at.run()) != findings(first)


@pytest.mark.parametrize("name", ["residual", "mlp", "positions"])
def test_every_switch_changes_the_numbers(first, name):
    at = page()
    at.toggle(key=name).set_value(False)
    assert findings(at.run()) != findings(first)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("model", "minilm"),
        ("model", "digits"),
        ("model", "digits_12"),
        ("rival", "pair_norm"),
        ("form", "plain"),
        ("layernorm", "pre"),
        ("placement", "after_attention_residual"),
    ],
)
def test_every_menu_changes_the_numbers(first, name, value):
    at = page()
    at.selectbox(key=name).set_value(value)
    at.run()
    assert not at.exception
    assert findings(at) != findings(first)


def test_the_temperatures_live_zone_is_marked_on_its_slider(first):
    zones = {one["name"]: one["zone"] for one in mounted(first)["controls"]}
    assert zones == {"depth": None, "s": None, "tau": ["0.05", "0.5"]}


def test_a_placement_that_cannot_act_is_findings():
    at = page(mlp="false", placement="feed_forward_output")
    assert any("never act" in remark.value for remark in at.info)
    at.toggle(key="mlp").set_value(True).run()
    assert not any("never act" in remark.value for remark in at.info)


def test_a_placement_before_a_layer_norm_that_is_not_there_is_findings_too():
    at = page(placement="before_attention_layer_norm")
    assert any("never act" in remark.value for remark in at.info)
    before = findings(at)
    at.selectbox(key="layernorm").set_value("pre").run()
    assert not at.info
    assert findings(at) != before


def test_minilm_is_offered_only_the_placements_it_has():
    at = page(model="minilm", placement="before_attention_layer_norm")
    assert not at.exception
    menu = at.selectbox(key="placement")
    assert menu.value == "after_attention_residual"
    assert not [option for option in menu.options if option.startswith("Before")]


def test_the_placement_changes_minilm():
    at = page()
    at.selectbox(key="model").set_value("minilm").run()
    before = findings(at)
    at.selectbox(key="placement").set_value("after_output_layer_norm").run()
    assert findings(at) != before


def test_the_layer_is_kept_in_the_link_and_leaves_the_numbers_alone(first):
    at = move(page(), "watch", frame=2)
    assert mounted(at)["frame"] == 2
    assert at.query_params["layer"] in ("2", ["2"])
    assert part(at)[0]["id"] == part(first)[0]["id"]
    assert mounted(page(layer="2"))["frame"] == 2


def test_the_logarithm_changes_the_spectrum(first):
    at = page()
    at.toggle(key="log").set_value(False).run()
    before, after = charts(first)["spectrum"], charts(at)["spectrum"]
    assert before["layout"]["yaxis"]["type"] == "log"
    assert "type" not in after["layout"]["yaxis"]
    assert before["traces"][0]["y"] != after["traces"][0]["y"]


def test_what_the_browser_reports_is_never_trusted():
    at = page()
    reports = (
        {"moved": {"number": 1, "values": {"s": "nan", "depth": "1e9", "tau": "0.2"}}},
        {"moved": {"number": 2, "values": "x", "frame": "y"}},
        {"moved": {"number": "3", "values": {"s": ["0.2"]}, "frame": -1}},
        {"moved": None},
    )
    for report in reports:
        at.session_state["live_watch"] = report
        at.run()
        assert not at.exception
        assert mounted(at)["values"] == {"depth": "24", "s": "1", "tau": "0.2"}


def test_an_old_report_does_not_undo_a_new_one():
    at = move(move(page(), "watch", s="0.2"), "watch", s="0.3")
    at.session_state["live_watch"] = {"moved": {"number": 1, "values": {"s": "0.2"}}}
    assert mounted(at.run())["values"]["s"] == "0.3"


def test_choosing_the_digits_starts_them_where_they_were_trained():
    at = page()
    at.selectbox(key="model").set_value("digits").run()
    assert mounted(at)["values"] == {"depth": "24", "s": "1", "tau": "0.2"}
    (table,) = [one.value for one in at.dataframe if len(one.value) == 3]
    now, on_card = table.iloc[:, 1], table.iloc[:, 2]
    assert (now - on_card).abs().max() <= 1 / 360 + 1e-9


@pytest.mark.parametrize(
    "text",
    ["", "word", "x " * 5_000, "👩‍🔬 🦊", "שלום עולם", "\x00\x1b[31m", "<script>alert(1)</script>"],
)
@pytest.mark.parametrize("model", ["lab", "minilm"])
def test_no_text_breaks_the_page(text, model):
    at = page()
    at.selectbox(key="model").set_value(model).run()
    at.text_area(key="text").set_value(text).run()
    assert not at.exception
    assert len(findings(at)) == 4


def test_long_text_is_cut_with_a_sentence_and_kept_out_of_the_link():
    at = page()
    at.text_area(key="text").set_value("word " * 200).run()
    assert any("first 64 tokens" in note.value for note in at.info)
    assert "text" not in at.query_params
    assert any("more than 500" in note.value for note in at.markdown)


def test_own_text_is_in_the_link():
    at = page()
    at.text_area(key="text").set_value("my own words").run()
    assert at.query_params["text"] in ("my own words", ["my own words"])


@pytest.mark.parametrize(
    ("name", "value"),
    [("s", "nan"), ("s", "-1"), ("tau", "0"), ("depth", "1e9"), ("s", "<b>"), ("model", "gpt")],
)
def test_nonsense_in_the_address_is_said_and_the_default_used(first, name, value):
    at = page(**{name: value})
    assert not at.exception
    assert len(at.info) >= 1
    assert findings(at) == findings(first)


@pytest.mark.parametrize("asked", ["minilm", "MiniLM (pretrained, real)"])
def test_a_menu_is_restored_from_the_link_without_a_remark(first, asked):
    at = page(model=asked)
    assert at.selectbox(key="model").value == "minilm"
    assert not at.info
    assert findings(at) != findings(first)


def test_an_off_step_value_moves_to_its_nearest_step_and_others_keep_theirs():
    at = page(s="0.313", depth="12")
    assert mounted(at)["values"] == {"depth": "12", "s": "0.32", "tau": "1"}
    assert any("0.32" in note.value for note in at.info)


def test_the_receipts_name_every_measure():
    at = page()
    at.switch_page("../pages/receipts.py").run()
    assert not at.exception
    assert len(at.table) == 4


def test_everything_is_kept_while_another_page_is_visited():
    at = page(layernorm="pre", seed="3")
    long = "many words " * 60
    at.text_area(key="text").set_value(long).run()
    move(at, "watch", frame=5, s="0.2")
    before = part(at)[0]["id"]
    at.switch_page("../pages/receipts.py").run()
    at.query_params.clear()
    at.switch_page("../pages/watch.py").run()
    assert mounted(at)["values"]["s"] == "0.2"
    assert mounted(at)["frame"] == 5
    assert at.text_area(key="text").value == long
    assert part(at)[0]["id"] == before


def test_the_depth_the_networks_were_trained_with_can_be_chosen():
    shallow, deep = page(model="digits_6"), page(model="digits", depth="6")
    assert part(shallow)[0]["id"] != part(deep)[0]["id"]
    (control,) = [one for one in mounted(shallow)["controls"] if one["name"] == "depth"]
    assert control["options"][-1] == "6"
    assert "of depth 6 trained" in " ".join(one.value for one in shallow.markdown)
    shown = shallow.dataframe[0].value
    now, on_card = (shown[shown.columns[place]].tolist() for place in (1, 2))
    assert now == on_card  # as each was trained
    assert now != [card(name).test_accuracy for name in TWINS]
