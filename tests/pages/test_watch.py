from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

MAIN = str(Path(__file__).parents[2] / "ui" / "main.py")


def page(**address):
    at = AppTest.from_file(MAIN, default_timeout=60)
    for name, value in address.items():
        at.query_params[name] = value
    return at.run()


def said(at):
    return [block.value for block in at.markdown if block.value.startswith("- ")]


def specs(at):
    return [chart.proto.spec for chart in at.get("plotly_chart")]


@pytest.fixture(scope="module")
def first():
    return page()


def test_the_first_paint_tells_the_story(first):
    assert not first.exception
    assert first.title[0].value == "Watch it collapse"
    assert "Fewer than 2" in said(first)[0]
    assert "partial centring" in said(first)[2]
    assert len(said(first)) == 4
    assert len(specs(first)) >= 7


@pytest.mark.parametrize("name", ["depth", "s", "tau"])
@pytest.mark.parametrize("end", [0, -1])
def test_both_ends_of_every_slider_run_and_change_the_numbers(first, name, end):
    at = page()
    slider = at.select_slider(key=name)
    slider.set_value(float(slider.options[end]) if name != "depth" else int(slider.options[end]))
    at.run()
    assert not at.exception
    assert said(at) != said(first)


@pytest.mark.parametrize(
    ("name", "value"),
    [("seed", 1), ("gain", 2.0), ("width", 64), ("heads", 1), ("heat", 0.2)],
)
def test_every_further_slider_changes_the_numbers(first, name, value):
    at = page()
    at.select_slider(key=name).set_value(value)
    assert said(at.run()) != said(first)


@pytest.mark.parametrize("name", ["residual", "mlp", "positions"])
def test_every_switch_changes_the_numbers(first, name):
    at = page()
    at.toggle(key=name).set_value(False)
    assert said(at.run()) != said(first)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("model", "minilm"),
        ("model", "digits"),
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
    assert said(at) != said(first)


@pytest.mark.parametrize(("tau", "zone"), [("0.03", "below"), ("0.2", "in its"), ("5", "above")])
def test_the_temperatures_live_zone_is_said_beside_it(tau, zone):
    (remark,) = [one.value for one in page(tau=tau).markdown if "live zone" in one.value]
    assert zone in remark


def test_a_placement_that_cannot_act_is_said():
    at = page(mlp="false", placement="feed_forward_output")
    assert any("never act" in remark.value for remark in at.info)
    at.toggle(key="mlp").set_value(True).run()
    assert not any("never act" in remark.value for remark in at.info)


def test_the_placement_changes_minilm():
    at = page()
    at.selectbox(key="model").set_value("minilm").run()
    before = said(at)
    at.selectbox(key="placement").set_value("after_output_layer_norm").run()
    assert said(at) != before


def test_the_layer_moves_the_pictures_and_not_the_sentences(first):
    at = page()
    at.select_slider(key="layer").set_value(2).run()
    assert said(at) == said(first)
    moved = [a != b for a, b in zip(specs(at), specs(first), strict=True)]
    assert all(moved[:4])


def test_the_logarithm_changes_the_spectrum(first):
    at = page()
    at.toggle(key="log").set_value(False).run()
    assert specs(at)[3] != specs(first)[3]


def test_choosing_the_digits_starts_them_where_they_were_trained():
    at = page()
    at.selectbox(key="model").set_value("digits").run()
    assert at.select_slider(key="tau").value == 0.2
    assert at.select_slider(key="s").value == 1.0
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
    assert len(said(at)) == 4


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
    assert said(at) == said(first)


@pytest.mark.parametrize("asked", ["minilm", "MiniLM (pretrained, real)"])
def test_a_menu_is_restored_from_the_link_without_a_remark(first, asked):
    at = page(model=asked)
    assert at.selectbox(key="model").value == "minilm"
    assert not at.info
    assert said(at) != said(first)


def test_an_off_step_value_moves_to_its_nearest_step_and_others_keep_theirs():
    at = page(s="0.313", depth="12")
    assert at.select_slider(key="s").value == pytest.approx(0.32)
    assert at.select_slider(key="depth").value == 12
    assert any("0.32" in note.value for note in at.info)


def test_the_receipts_name_every_measure():
    at = page()
    at.switch_page("../pages/receipts.py").run()
    assert not at.exception
    assert len(at.table) == 4
