"""Questions that the live part asks by script runs, where there is no WebSocket."""

import json
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from tests.pages.live_part import findings, mounted, move, parts
from ui.scene import unpacked

MAIN = str(Path(__file__).parents[2] / "ui" / "main.py")
KEY = "live_watch_between"


def asking(at, text, after=None):
    """Ask as the browser's part does, and return what it is told."""
    after = mounted(at)["number"] if after is None else after
    at.session_state[KEY] = {"asked": {"text": text, "after": after}}
    at.run()
    assert not at.exception
    return at.get("bidi_component")[1].proto


def said(proto):
    return json.loads(json.loads(proto.json))


def question(at, page="watch", **values):
    address = mounted(at)["address"] | mounted(at)["values"] | values
    return json.dumps({"seq": 7, "page": page, "address": address})


@pytest.fixture
def app():
    return AppTest.from_file(MAIN, default_timeout=60).run()


def test_a_question_is_answered_with_the_numbers_of_its_settings(app):
    before = findings(app)
    header, arrays = unpacked(asking(app, question(app, s="0.3")).bytes)
    assert header["seq"] == 7
    assert "mount" not in header
    assert findings(app) == before  # nothing else of the page has moved
    move(app, "watch", s="0.3")
    told = parts(app)
    assert len(told) == 1  # the page has followed, so the answer is not sent again
    assert told[0][0]["scene"]["findings"] == header["scene"]["findings"] != before
    for name, array in told[0][1].items():
        np.testing.assert_array_equal(array, arrays[name], err_msg=name)


@pytest.mark.parametrize(
    "text",
    ["{", "[]", json.dumps({"seq": 1, "page": "layer", "address": {}}), "9" * 100_000],
)
def test_what_is_no_question_about_this_page_gets_a_sentence(app, text):
    told = said(asking(app, text))
    assert told["page"] == "watch"
    assert "reload the page" in told["error"] or "64000" in told["error"]


@pytest.mark.parametrize("asked", [None, 3, {}, {"text": "{}"}, {"after": "0"}])
def test_an_asked_that_is_none_is_not_answered(app, asked):
    app.session_state[KEY] = {"asked": asked}
    app.run()
    assert not app.exception
    assert said(app.get("bidi_component")[1].proto) == {"page": "watch"}
