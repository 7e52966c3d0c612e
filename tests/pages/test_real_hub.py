"""A model of the Hub on the page of real models: only where it is open, fetched, and then used."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from models import downloads, registry
from tests.models.fake_hub import fake_hub
from tests.models.tiny import tiny_bert

ROOT = Path(__file__).parents[2]


@pytest.fixture
def hub(monkeypatch, tmp_path):
    monkeypatch.setattr(downloads, "_begun", {})
    monkeypatch.setattr(registry, "_kept", type(registry._kept)())
    monkeypatch.setenv("CONTRANORM_HUB", "1")
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "cache"))
    with fake_hub() as running:
        monkeypatch.setenv("HF_ENDPOINT", running.address)
        running.add("someone/tiny-bert", tiny_bert(tmp_path / "tiny"))
        yield running


def page():
    at = AppTest.from_file(ROOT / "ui" / "main.py", default_timeout=60)
    at.switch_page(str(ROOT / "pages" / "real.py"))
    at.query_params["real_text"] = "a fox"
    at.query_params["real_part"] = "tug"
    return at.run()


def asked(at, name):
    at.text_input(key="real_hub").set_value(name)
    return at.button(key="real_hub_fetch").click().run()


def test_without_the_operators_word_nothing_can_be_asked_for(monkeypatch):
    monkeypatch.delenv("CONTRANORM_HUB", raising=False)
    assert "real_hub" not in {one.key for one in page().text_input}


def test_a_model_is_fetched_and_then_chosen_in_the_menu(hub):
    at = asked(page(), "someone/tiny-bert")
    assert not at.exception
    (download,) = downloads._begun.values()
    assert download.wait(20).state == "done"
    at.run()
    assert any("has arrived" in one.value for one in at.markdown)
    (name,) = [row.name for row in registry.models() if row.origin == "hub"]
    at.selectbox(key="real_model").set_value(name).run()
    assert not at.exception
    assert any("tiny-bert" in one.value and "ran on" in one.value for one in at.markdown)


@pytest.mark.parametrize("name", ["no name", "someone/missing", "<b>`x`</b>/y"])
def test_what_cannot_be_fetched_is_a_sentence(hub, name):
    at = asked(page(), name)
    assert not at.exception
    assert "was not fetched" in at.warning[0].value
    assert downloads._begun == {}
