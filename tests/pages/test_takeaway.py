"""Pinning, saving and opening again, on every page."""

import json
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from tests.pages.live_part import findings, mounted, move, part
from ui.pinned import MOST
from ui.saved import Saved
from ui.takeaway import PAGES

ROOT = Path(__file__).parents[2]
MOVED = {
    "watch": {"s": "0.2"},
    "real": {"real_s": "0.2"},
    "layer": {"layer_s": "1"},
    "origin": {"origin_uniformity": "0.5"},
    "vectors": {"vectors_s": "0.2"},
    "twins": {"twins_depth": "12"},
}
LIVE = tuple(MOVED)


def page(name="watch", **address):
    at = AppTest.from_file(str(ROOT / "ui" / "main.py"), default_timeout=60)
    at.switch_page(str(ROOT / "pages" / f"{name}.py"))
    for parameter, value in address.items():
        at.query_params[parameter] = value
    return at.run()


def open_settings(at, text):
    at.text_area(key="settings paste").set_value(text)
    return next(one for one in at.button if one.label == "Open these settings").click().run()


def arrived(at, name):
    """Tell AppTest, which does not follow `st.switch_page`, which page is on screen."""
    at.switch_page(f"../pages/{name}.py")
    return at


def address(at):
    return {name: "".join(value) for name, value in at.query_params.items()}


def tables(at):
    """The pinned runs, and two of them side by side."""
    both = (one.value for one in (*at.dataframe, *at.table))
    return [table for table in both if {"run", "difference"} & set(table.columns)]


@pytest.mark.parametrize("name", LIVE)
def test_a_pinned_run_has_the_settings_and_the_results_of_its_page(name):
    at = page(name)
    at.button(key="pin").click().run()
    move(at, name, **MOVED[name])
    at.button(key="pin").click().run()
    assert not at.exception
    in_sight, compared = tables(at)[:2]
    assert in_sight["run"].tolist() == ["1", "2"]
    assert compared["difference"].tolist().count("differs") == 1
    assert "same" in compared["difference"].tolist()
    assert any(word.startswith(("higher", "lower")) for word in compared["difference"])


def test_the_results_of_a_pinned_run_are_those_of_its_own_branch_and_measure():
    at = page(depth="3")
    at.button(key="pin").click().run()
    _, arrays = part(at)
    row = tables(at)[0].iloc[0]
    for branch, name in enumerate(("without", "ContraNorm", "partial centring")):
        for title, array in (
            ("Effective rank", "effective_rank"),
            ("Mean cosine similarity", "mean_cosine"),
            ("Attention similarity", "attention_similarity"),
        ):
            shown = row[f"{title} at the last layer, {name}"]
            assert float(shown) == pytest.approx(arrays[array][-1, branch], rel=1e-3)


def test_a_pinned_run_is_opened_again_with_its_long_text_and_from_another_page():
    long = "many words " * 60
    at = page(depth="3")
    at.text_area(key="text").set_value(long).run()
    move(at, "watch", s="0.2")
    before = part(at)[0]["id"]
    at.button(key="pin").click().run()
    at.text_area(key="text").set_value("something else").run()
    move(at, "watch", s="0.5", depth="5")
    assert part(at)[0]["id"] != before
    at.switch_page("../pages/layer.py").run()
    at.query_params.clear()
    at.button(key="run open").click().run()
    assert not at.exception
    assert at.title[0].value == "Watch it collapse"
    assert part(at)[0]["id"] == before
    assert at.text_area(key="text").value == long
    assert mounted(at)["values"] == {"depth": "3", "s": "0.2", "tau": "1"}
    move(arrived(at, "watch"), "watch", s="0.3")  # the controls count again
    assert mounted(at)["values"]["s"] == "0.3"


def test_one_run_or_all_are_forgotten():
    at = page(depth="2")
    for _ in range(3):
        at.button(key="pin").click().run()
    at.selectbox(key="run chosen").set_value("2").run()
    at.button(key="run forget").click().run()
    assert tables(at)[0]["run"].tolist() == ["1", "3"]
    at.button(key="pin").click().run()
    assert tables(at)[0]["run"].tolist() == ["1", "3", "4"]
    at.button(key="runs forget").click().run()
    assert not any("Pinned runs" in one.label for one in at.expander)


def test_no_more_runs_are_kept_than_there_may_be(monkeypatch):
    monkeypatch.setattr("ui.pinned.MOST", 2)
    at = page(depth="2")
    for _ in range(2):
        at.button(key="pin").click().run()
    assert tables(at)[0]["run"].tolist() == ["1", "2"]
    assert at.button(key="pin").disabled
    assert any("At most 2" in one.value for one in at.markdown)
    assert MOST > 2


def test_two_visitors_do_not_see_each_other_s_runs():
    one = page(depth="2")
    one.button(key="pin").click().run()
    assert any("Pinned runs (1)" in expander.label for expander in one.expander)
    assert not any("Pinned runs" in expander.label for expander in page(depth="2").expander)


@pytest.mark.parametrize("name", LIVE)
def test_a_file_of_settings_restores_its_page_from_any_other(name):
    there = page(name)
    move(there, name, frame=2, **MOVED[name])
    said, shown = address(there), part(there)[0]["id"]
    at = open_settings(page("receipts"), Saved(name, said).to_json())
    assert not at.exception
    assert part(at)[0]["id"] == shown
    assert mounted(at)["frame"] == (0 if name == "vectors" else 2)  # vectors have one frame
    assert address(at) == said


def test_settings_opened_on_their_own_page_replace_all_that_was_set():
    at = page(depth="3", seed="4", log="false")
    move(at, "watch", frame=1, s="0.2")
    open_settings(at, Saved("watch", {"depth": "5"}).to_json())
    assert address(at) == {"depth": "5"}
    assert mounted(at)["values"] == {"depth": "5", "s": "1", "tau": "1"}
    assert at.select_slider(key="seed").value == 0
    assert findings(at) == findings(page(depth="5"))


def test_a_layer_of_a_long_text_is_restored_whole():
    long = "a cat and a dog " * 50
    source = {"layer_cloud": "layer", "from": f"depth=2&text={long.replace(' ', '+')}"}
    at = open_settings(page("receipts"), Saved("layer", source).to_json())
    assert not at.exception
    _, arrays = part(at)
    assert arrays["coordinates"].shape[1] == 64
    before = part(at)[0]["id"]
    assert part(arrived(at, "layer").run())[0]["id"] == before
    at.switch_page("../pages/watch.py").run()
    assert at.text_area(key="text").value == long


def test_impossible_settings_are_said_as_for_an_address():
    at = open_settings(page(), Saved("watch", {"s": "-1", "depth": "3", "odd": "1"}).to_json())
    assert not at.exception
    said = " ".join(remark.value for remark in at.info)
    assert "`-1`" in said
    assert "`odd`" in said
    assert mounted(at)["values"]["depth"] == "3"


@pytest.mark.parametrize("text", ["", "{", "[]", json.dumps({"application": "ContraNorm Lab"})])
def test_what_is_no_file_of_settings_changes_nothing_and_is_said(text):
    at = page(depth="3")
    before = address(at)
    open_settings(at, text)
    assert not at.exception
    assert "nothing was changed" in at.warning[0].value
    assert address(at) == before


@pytest.mark.parametrize("name", PAGES)
def test_every_page_has_its_link_its_program_and_its_settings(name):
    at = page(name)
    assert not at.exception
    assert [one.key for one in at.get("bidi_component")].count("share") == 1  # copies the link
    labels = [one.proto.label for one in at.get("download_button")]
    assert {"Python script", "Notebook", "Settings (JSON)"} <= set(labels)
    at.session_state["code"] = True  # its expander is opened
    assert f"# # {at.title[0].value}" in at.run().code[0].value


def shared(at):
    """What the part that copies the link was told."""
    found = [json.loads(one.proto.json) for one in at.get("bidi_component") if one.proto.json]
    return next(one for one in found if "texts" in one)


@pytest.mark.parametrize("name", PAGES)
def test_the_link_of_every_page_can_be_copied(name):
    assert shared(page(name))["texts"]["copy"] == "Copy link"


def test_pinning_and_forgetting_are_said_once():
    at = page(depth="2")
    assert shared(at)["said"] == ""
    at.button(key="pin").click().run()
    assert shared(at)["said"].startswith("Run 1 is pinned")
    assert shared(at.run())["said"] == ""
    at.button(key="runs forget").click().run()
    assert shared(at)["said"] == "Runs still pinned: 0."
