"""A file of settings, read as carefully as an address."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ui.saved import Saved, Unreadable, longest, saved
from ui.takeaway import PAGES

GOOD = {
    "application": "ContraNorm Lab",
    "version": 1,
    "page": "watch",
    "address": {"s": "0.2", "text": "a\n🦊 word"},
}


@given(st.dictionaries(st.text(max_size=20), st.text(max_size=50), max_size=10))
def test_what_is_written_is_read_again(address):
    kept = {
        name.encode("utf-8", "ignore").decode(): value.encode("utf-8", "ignore").decode()
        for name, value in address.items()
    }
    assert saved(Saved("layer", address).to_json(), PAGES) == Saved("layer", kept)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"application": "another"}, "settings_form"),
        ({"version": 2}, "settings_version"),
        ({"page": "../../etc/passwd"}, "settings_page"),
        ({"page": ["watch"]}, "settings_page"),
        ({"address": ["s"]}, "settings_form"),
        ({"address": {"s": 0.2}}, "settings_form"),
        ({"address": {"s": {"a": "b"}}}, "settings_form"),
        ({"address": {"x" * 41: "1"}}, "settings_form"),
        ({"address": {str(n): "1" for n in range(65)}}, "settings_form"),
    ],
)
def test_a_file_with_one_thing_wrong_is_refused_with_its_reason(change, reason):
    assert saved(json.dumps(GOOD), PAGES).address == GOOD["address"]
    with pytest.raises(Unreadable, match=f"^{reason}$"):
        saved(json.dumps(GOOD | change), PAGES)


@pytest.mark.parametrize(
    "text", ["", "null", "[]", "{", "[" * 100_000, "\x00", "NaN", '"settings"']
)
def test_what_is_no_settings_at_all_is_refused(text):
    with pytest.raises(Unreadable, match="settings_form"):
        saved(text, PAGES)


def test_a_file_too_long_is_not_even_read():
    text = json.dumps(GOOD | {"address": {"text": "x" * longest()}})
    with pytest.raises(Unreadable, match="settings_long"):
        saved(text, PAGES)


def test_the_longest_text_there_may_be_fits(monkeypatch):
    monkeypatch.setenv("CONTRANORM_TEXT", "20000")
    text = "🦊" * 10_000 + "\\" * 10_000
    assert saved(Saved("watch", {"text": text}).to_json(), PAGES).address["text"] == text


@given(
    st.recursive(
        st.none() | st.text() | st.integers(),
        lambda one: st.lists(one) | st.dictionaries(st.text(), one),
    )
)
def test_no_json_at_all_breaks_the_reader(value):
    with pytest.raises(Unreadable):
        saved(json.dumps(value), PAGES)
