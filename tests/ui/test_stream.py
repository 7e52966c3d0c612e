import json
import string
from concurrent.futures import ThreadPoolExecutor
from types import MappingProxyType

import anyio
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.applications import Starlette
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from ui import stream
from ui.live import remembered
from ui.scene import unpacked
from ui.sources import SOURCES
from ui.stream import Answering, Refusal, live_routes, question

GOOD = {"seq": 3, "page": "watch", "address": {"depth": "2", "text": "one two three"}}


@pytest.fixture
def client():
    with TestClient(Starlette(routes=live_routes(lambda: SOURCES))) as client:
        yield client


def test_a_question_is_answered_with_its_number_and_the_pages_scene(client):
    with client.websocket_connect("/live") as socket:
        socket.send_text(json.dumps(GOOD))
        header, arrays = unpacked(socket.receive_bytes())
    assert header["seq"] == 3
    assert header["scene"]["page"] == "watch"
    assert arrays["coordinates"].shape == (3, 3, 3, 2)


def test_the_answer_is_that_of_the_page_itself(client):
    moved = GOOD | {"address": GOOD["address"] | {"s": "0.3"}}
    with client.websocket_connect("/live") as socket:
        ids = []
        for asked in (GOOD, moved):
            socket.send_text(json.dumps(asked))
            ids.append(unpacked(socket.receive_bytes())[0]["id"])
    source = SOURCES["watch"]
    expected = [
        remembered(source, source.settings(asked["address"])).digest for asked in (GOOD, moved)
    ]
    assert ids == expected
    assert ids[0] != ids[1]


BAD = [
    "",
    "nothing",
    "[]",
    "{}",
    "[" * 60_000,
    "x" * 70_000,
    json.dumps(GOOD | {"seq": "3"}),
    json.dumps(GOOD | {"seq": True}),
    json.dumps(GOOD | {"seq": -1}),
    json.dumps(GOOD | {"page": "__class__"}),
    json.dumps(GOOD | {"page": ["watch"]}),
    json.dumps(GOOD | {"address": []}),
    json.dumps(GOOD | {"address": {"s": 1}}),
    json.dumps(GOOD | {"address": {str(n): "" for n in range(99)}}),
]


@pytest.mark.parametrize("text", BAD)
def test_a_malformed_question_gets_a_sentence_and_the_connection_goes_on(client, text):
    with client.websocket_connect("/live") as socket:
        socket.send_text(text)
        assert len(json.loads(socket.receive_text())["error"]) > 20
        socket.send_text(json.dumps(GOOD))
        assert unpacked(socket.receive_bytes())[0]["seq"] == 3


def test_bytes_are_no_question(client):
    with client.websocket_connect("/live") as socket:
        socket.send_bytes(b"\xff" * 100)
        assert "error" in json.loads(socket.receive_text())


def test_whoever_only_makes_mistakes_is_sent_away(client):
    with client.websocket_connect("/live") as socket:
        for _ in range(stream.MOST_MISTAKES):
            socket.send_text("?")
            socket.receive_text()
        with pytest.raises(WebSocketDisconnect):
            socket.receive_text()


@pytest.mark.parametrize(
    "origin",
    ["http://evil.example", "null", "http://testserver.evil", "", "http://[", "testserver"],
)
def test_a_page_of_another_host_is_refused(client, origin):
    with (
        pytest.raises(WebSocketDisconnect),
        client.websocket_connect("/live", headers={"origin": origin}),
    ):
        pass


def test_a_page_of_this_host_is_let_in(client):
    with client.websocket_connect("/live", headers={"origin": "http://testserver"}) as socket:
        socket.send_text(json.dumps(GOOD))
        assert socket.receive_bytes()


@pytest.mark.parametrize(
    ("origin", "forwarded", "lets_in"),
    [
        ("https://lab.example", "lab.example", True),
        ("https://lab.example", "lab.example, inner.example", True),
        ("https://evil.example", "lab.example", False),
        ("https://inner.example", "lab.example, inner.example", False),
        ("null", "", False),
        ("http://testserver", "lab.example", True),
    ],
)
def test_behind_a_proxy_the_host_that_was_asked_for_counts(client, origin, forwarded, lets_in):
    headers = {"origin": origin, "x-forwarded-host": forwarded}
    try:
        with client.websocket_connect("/live", headers=headers) as socket:
            socket.send_text(json.dumps(GOOD))
            assert socket.receive_bytes()
    except WebSocketDisconnect:
        assert not lets_in
    else:
        assert lets_in


def test_an_answer_that_is_kept_is_sent_without_a_thread(client, monkeypatch):
    with client.websocket_connect("/live") as socket:
        socket.send_text(json.dumps(GOOD))
        first, _ = unpacked(socket.receive_bytes())
        monkeypatch.setattr(stream, "_computed", None)
        for number in (4, 5):
            socket.send_text(json.dumps(GOOD | {"seq": number}))
            again, _ = unpacked(socket.receive_bytes())
            assert (again["seq"], again["id"]) == (number, first["id"])


def test_numbers_of_questions_may_come_in_any_order(client):
    with client.websocket_connect("/live") as socket:
        for number in (7, 2, 2, 0):
            socket.send_text(json.dumps(GOOD | {"seq": number}))
            assert unpacked(socket.receive_bytes())[0]["seq"] == number


def test_connections_are_counted_capped_and_given_back(client, monkeypatch):
    monkeypatch.setenv("CONTRANORM_PER_VISITOR", "2")
    for _ in range(2):
        with (
            client.websocket_connect("/live"),
            client.websocket_connect("/live"),
            pytest.raises(WebSocketDisconnect),
            client.websocket_connect("/live"),
        ):
            pass


def test_a_visitor_who_never_reads_is_left(monkeypatch):
    monkeypatch.setattr(stream, "SECONDS_TO_READ", 0.05)
    answering = Answering(lambda: SOURCES)

    class Deaf:
        client = None
        headers = MappingProxyType({})

        async def accept(self):
            pass

        async def receive(self):
            return {"type": "websocket.receive", "text": json.dumps(GOOD)}

        async def send_bytes(self, data):
            await anyio.sleep(30)

    async def served():
        with anyio.fail_after(20):
            await answering.serve(Deaf())

    with ThreadPoolExecutor(1) as other:  # this thread may have a browser's event loop
        other.submit(anyio.run, served).result(30)
    assert answering.visitors.total() == 0


ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=12,
)


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.text(max_size=200) | ANY_JSON.map(lambda value: json.dumps(value)))
def test_the_parser_gives_a_question_or_a_refusal_and_nothing_else(text):
    try:
        asked = question(text, SOURCES)
    except Refusal as refusal:
        assert str(refusal)
    else:
        assert asked.page in SOURCES


@settings(max_examples=200, deadline=None, derandomize=True)
@given(
    st.dictionaries(
        st.sampled_from(["s", "tau", "depth", "model", "text", "seed", "log", "x"]),
        st.text(max_size=30) | st.sampled_from(["nan", "-0", "1e999", "0x1", "١", "²"]),
    )
)
def test_every_address_of_text_is_a_view(address):
    asked = question(json.dumps(GOOD | {"address": address}), SOURCES)
    view = SOURCES["watch"].settings(asked.address)
    hash(view)
    assert view.settings.scale >= 0
    assert set(view.settings.model) <= set(string.ascii_lowercase)
