"""The browser's modules one by one, on an empty page and without a server."""

import json
from pathlib import Path

import numpy as np
import pytest

from ui.scene import FRAME, SELECTED, Chart, Column, Scene, Take, packed

LIVE = Path(__file__).parents[2] / "ui" / "static" / "live"
ARRAYS = {
    "odd": np.arange(3.0),
    "points": np.arange(60, dtype=float).reshape(3, 5, 4) / 8,
}
TAKES = [
    Take("points", (FRAME, None, 1)),
    Take("points", (None, SELECTED, 2)),
    Take("points", (1, SELECTED, None)),
    Take("points", (FRAME, SELECTED, 3)),
    Take("points", (FRAME, None, None)),
    Take("odd", (None,)),
    Take("odd", (SELECTED,)),
]
SCENE = Scene(
    "page",
    ARRAYS,
    (Chart("one", ("é – 日本",), ("",), (), {}, tuple(Column("", take) for take in TAKES)),),
    frames=3,
)
STREAM = """async () => {
  const { Stream } = await import('/stream.js');
  window.sent = []; window.drawn = []; window.said = []; window.ways = []; window.runs = [];
  class Socket {
    constructor() { window.socket = this; }
    send(text) { window.sent.push(JSON.parse(text)); }
    close() { this.closed = true; }
  }
  window.WebSocket = Socket;
  window.stream = new Stream({
    mode: 'websocket', page: 'watch',
    onMessage: (data, asked) => { window.drawn.push([data.seq, asked?.s]); return data.seq; },
    onRefusal: (sentence) => window.said.push(sentence),
    rerun: () => { window.runs.push(window.runs.length + 1); return window.runs.length; },
    onTransport: (name) => window.ways.push(name),
    onSent: () => {},
  });
  window.socket.onopen();
}"""


@pytest.fixture
def page(browser):
    page = browser.new_context().new_page()

    def serve(route):
        name = route.request.url.split("//parts.test/")[1].split("?")[0]
        if name:
            text = (LIVE / name).read_text(encoding="utf-8")
            route.fulfill(body=text, content_type="text/javascript")
        else:
            route.fulfill(body="<!doctype html><body>", content_type="text/html")

    page.route("**/*", serve)
    page.goto("http://parts.test/")
    return page


@pytest.mark.parametrize(("frame", "selected"), [(0, 0), (2, 1)])
def test_a_take_is_the_same_numbers_in_the_browser_as_in_python(page, frame, selected):
    found = page.evaluate(
        """async ([bytes, frame, selected]) => {
          const { decode, take } = await import('/wire.js');
          const whole = new Uint8Array([9, ...bytes]).subarray(1);  // not aligned
          const { scene, arrays } = decode(whole);
          const [chart] = scene.charts;
          const takes = chart.columns.map(([, one]) => take(one, arrays, frame, selected));
          return [chart.titles[0], takes];
        }""",
        [list(packed(SCENE).message(seq=1)), frame, selected],
    )
    assert found[0] == "é – 日本"
    for take, numbers in zip(TAKES, found[1], strict=True):
        np.testing.assert_array_equal(numbers, take.of(ARRAYS, frame, selected))


def test_one_question_is_under_way_and_the_latest_is_next(page):
    page.evaluate(STREAM)
    page.evaluate("() => ['1', '2', '3'].forEach((s) => stream.ask({ s }))")
    assert page.evaluate("sent.map(({ address }) => address.s)") == ["1"]
    page.evaluate("() => socket.onmessage({ data: { seq: sent.at(-1).seq } })")
    assert page.evaluate("sent.map(({ address }) => address.s)") == ["1", "3"]
    assert page.evaluate("drawn") == [[1, "1"]]
    page.evaluate("() => socket.onmessage({ data: { seq: sent.at(-1).seq } })")
    assert page.evaluate("[sent.length, stream.busy]") == [2, False]
    assert page.evaluate("sent.every(({ page }) => page === 'watch')")


def test_an_answer_to_another_question_leaves_the_one_under_way(page):
    page.evaluate(STREAM)
    page.evaluate("() => { stream.ask({ s: '1' }); stream.ask({ s: '2' }); }")
    page.evaluate("() => socket.onmessage({ data: { seq: 77 } })")
    assert page.evaluate("sent.length") == 1
    page.evaluate("() => socket.onmessage({ data: { seq: 1 } })")
    assert page.evaluate("sent.length") == 2


def test_a_refusal_is_said_and_the_next_question_goes_out(page):
    page.evaluate(STREAM)
    page.evaluate("() => { stream.ask({ s: '1' }); stream.ask({ s: '2' }); }")
    refused = json.dumps({"error": "too many"})
    page.evaluate("data => socket.onmessage({ data })", refused)
    assert page.evaluate("said") == ["too many"]
    assert page.evaluate("sent.length") == 2


def test_a_lost_socket_hands_its_question_to_reruns_and_is_not_heard_again(page):
    page.evaluate(STREAM)
    page.evaluate("() => { window.old = socket; stream.ask({ s: '1' }); old.onclose(); }")
    assert page.evaluate("[ways.at(-1), runs.length]") == ["reruns", 1]
    page.evaluate("() => old.onmessage({ data: { seq: 1 } })")
    assert page.evaluate("drawn") == []
    page.evaluate("() => { stream.ask({ s: '2' }); stream.reran(0); }")
    assert page.evaluate("runs.length") == 1
    page.evaluate("() => stream.reran(1)")
    assert page.evaluate("runs.length") == 2


def test_without_a_socket_only_the_part_of_the_script_that_answers_is_run(page):
    page.evaluate(STREAM)
    page.evaluate("() => { stream.rerunAlone = (text) => sent.push(JSON.parse(text)); }")
    page.evaluate("() => { socket.onclose(); ['1', '2', '3'].forEach((s) => stream.ask({ s })); }")
    assert page.evaluate("[runs.length, ...sent.map(({ address }) => address.s)]") == [0, "1"]
    assert page.evaluate("[sent[0].page, sent[0].seq]") == ["watch", 1]
    page.evaluate("() => stream.replied({ seq: 0 }, 0)")  # it comes again with every script run
    assert page.evaluate("[drawn.length, sent.length]") == [0, 1]
    page.evaluate("() => stream.replied({ seq: 1 }, 1)")
    assert page.evaluate("drawn") == [[1, "1"]]
    assert page.evaluate("sent.map(({ address }) => address.s)") == ["1", "3"]
    page.evaluate("() => stream.replied(JSON.stringify({ error: 'too long' }), undefined)")
    assert page.evaluate("[...said, stream.busy, runs.length]") == ["too long", False, 0]


def test_a_socket_that_is_silent_is_left_after_two_seconds(page):
    page.evaluate(STREAM)
    page.evaluate("() => { window.silent = socket; stream.ask({ s: '1' }); }")
    page.wait_for_timeout(1_200)
    assert page.evaluate("ways.at(-1)") == "websocket"
    page.wait_for_function("() => ways.at(-1) === 'reruns'", timeout=4_000)
    assert page.evaluate("[silent.closed, runs.length]") == [True, 1]


def test_play_begins_anew_at_the_end_and_steps_stay_inside(page):
    page.evaluate(
        """async () => {
          const { Player } = await import('/sliders.js');
          window.frames = []; window.settled = 0;
          window.player = new Player({ texts: {}, onFrame: (frame) => frames.push(frame),
                                       onSettle: () => { window.settled += 1; } });
          player.show(['0 of 3', '1 of 3', '2 of 3', '3 of 3'], 'Layer', 3);
          player.speed.value = 'fast';
        }"""
    )
    page.evaluate("() => player.step(1)")
    assert page.evaluate("[frames.at(-1), settled]") == [3, 1]
    page.evaluate("() => { frames.length = 0; player.toggle(); }")
    page.wait_for_function("() => settled === 2")
    assert page.evaluate("frames") == [0, 1, 2, 3]
    page.evaluate("() => { player.step(-1); player.step(-9); }")
    assert page.evaluate("frames.slice(-2)") == [2, 0]
    assert page.evaluate("player.slider.range.getAttribute('aria-valuetext')") == "0 of 3"
