"""What bad visitors do to the live route of a running server, and that good ones do not feel it."""

import json
import random
import socket
import struct
import urllib.request
from contextlib import ExitStack, suppress

import pytest
from websockets.exceptions import WebSocketException
from websockets.sync.client import connect

from ui.scene import unpacked

ASKED = {"seq": 1, "page": "watch", "address": {"depth": "2", "text": "one two three"}}


def route(address):
    return address.replace("http://", "ws://") + "/live"


def answered(address, **changes):
    """Ask one question over a connection of one's own, and return the answer's header."""
    with connect(route(address), open_timeout=20) as visitor:
        visitor.send(json.dumps(ASKED | changes))
        return unpacked(visitor.recv(timeout=20))[0]


@pytest.fixture(autouse=True)
def alive(address):
    yield
    assert answered(address, seq=5)["seq"] == 5
    with urllib.request.urlopen(f"{address}/api/health", timeout=10) as answer:
        assert answer.status == 200


def test_a_thousand_connections_from_one_client_end_at_the_limit(address):
    opened, refused = 0, 0
    with ExitStack() as all_open:
        for _ in range(1000):
            try:
                all_open.enter_context(connect(route(address), open_timeout=20))
                opened += 1
            except (WebSocketException, OSError):
                refused += 1
                if refused > 300:
                    break
        assert opened <= 150
        assert refused > 300


def test_a_tab_closed_in_the_middle_of_a_drag_harms_nobody(address):
    for number in range(20):
        with suppress(WebSocketException, OSError), connect(route(address)) as visitor:
            for step in range(5):
                asked = ASKED | {"seq": step, "address": {"seed": str(number)}}
                visitor.send(json.dumps(asked))
            linger = struct.pack("ii", 1, 0)  # the connection is cut, not closed
            visitor.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            visitor.socket.shutdown(socket.SHUT_RDWR)
        if number % 5 == 0:
            assert answered(address, seq=number)["seq"] == number


def test_visitors_who_never_read_leave_the_others_their_answers(address):
    with ExitStack() as deaf:
        for _ in range(10):
            visitor = deaf.enter_context(connect(route(address), max_queue=1, close_timeout=0.1))
            for step in range(30):
                visitor.send(json.dumps(ASKED | {"seq": step}))
        assert answered(address, seq=9)["seq"] == 9


def test_random_bytes_and_broken_questions_get_sentences(address):
    chance = random.Random(0)
    good = json.dumps(ASKED)
    with connect(route(address)) as visitor:
        for _ in range(15):
            cut = chance.randrange(len(good))
            noise = chr(chance.randrange(32, 0xD7FF))
            visitor.send(good[:cut] + noise + noise + good[cut + 3 :])
            said = visitor.recv(timeout=20)
            assert isinstance(said, bytes) or "error" in json.loads(said)


def test_a_message_too_long_for_the_server_ends_that_connection_only(address):
    with connect(route(address)) as visitor:
        visitor.send("x" * 100_000)
        assert "longer" in json.loads(visitor.recv(timeout=20))["error"]
        visitor.send(json.dumps(ASKED))
        assert unpacked(visitor.recv(timeout=20))[0]["seq"] == 1


def test_answers_come_in_the_order_of_the_questions(address):
    with connect(route(address)) as visitor:
        for number in range(12):
            depth = str(1 + number % 3)
            visitor.send(json.dumps(ASKED | {"seq": number, "address": {"depth": depth}}))
        for number in range(12):
            header, _ = unpacked(visitor.recv(timeout=20))
            assert header["seq"] == number
            assert header["scene"]["frames"] == 2 + number % 3


@pytest.mark.parametrize("origin", ["http://evil.example", "null"])
def test_a_page_of_another_host_cannot_open_it(address, origin):
    with pytest.raises(WebSocketException), connect(route(address), origin=origin):
        pass
