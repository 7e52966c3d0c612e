"""The first picture: the page's own, kept for the next start, and put into the main page alone."""

import os
import subprocess
import sys
import threading
import tomllib

import anyio
import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient

from models.unavailable import ModelUnavailable
from tests.pages.live_part import ROOT, part, visited
from ui import first, first_kept, warm, watch
from ui.compute import Crowded, at_once
from ui.scene import unpacked

OWN = ("number", "session")  # of one visit
STARTING = """
import sys
import ui.serving, ui.warm
from ui import first_kept
print("torch" in sys.modules, first_kept.recall(), len(first_kept.at_hand() or b""))
print("torch" in sys.modules)
"""


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("CONTRANORM_RUNS", str(tmp_path / "kept"))
    monkeypatch.setattr(first_kept, "_at_hand", None)
    monkeypatch.setattr(first_kept, "_origin", b"")
    first.sent.clear()
    return tmp_path / "kept"


@pytest.fixture
def client():
    with TestClient(Starlette(routes=[Route("/api/first", first.Opening().answer)])) as client:
        yield client


def settle():
    first_kept.settle(lambda: first.computed({}))


def begun_again(monkeypatch):
    """Forget what is at hand, as a new start does, and recall it; what is at hand then."""
    monkeypatch.setattr(first_kept, "_at_hand", None)
    assert first_kept.recall() == (first_kept._at_hand is not None)
    return first_kept._at_hand


@pytest.mark.parametrize(
    "address",
    [
        {},
        {"s": "0.35", "tau": "0.2", "depth": "7", "layer": "3", "log": "false"},
        {"model": "digits_6", "digit": "9", "depth": "4"},
        {"text": "one two three", "rival": "pair_norm", "s": "nonsense", "layer": "-1"},
        {"model": "nonsense", "depth": "1000", "seed": "4"},
    ],
)
def test_a_visit_begins_with_what_its_page_will_draw(address):
    header, arrays = unpacked(watch.opening(address))
    drawn, numbers = part(visited("watch", **address))
    for name in OWN:
        del header["mount"][name], drawn["mount"][name]
    assert header == drawn
    assert [arrays[name].tobytes() for name in numbers] == [
        one.tobytes() for one in numbers.values()
    ]


def test_the_first_picture_is_kept_for_the_next_start(monkeypatch, folder):
    assert not first_kept.recall()
    settle()
    assert unpacked(first_kept._at_hand)[0]["scene"]["page"] == "watch"
    assert begun_again(monkeypatch) == watch.opening({})
    assert [file.name for file in folder.iterdir()] == [first_kept.FILE]


def test_a_kept_picture_that_was_changed_is_not_shown(monkeypatch, folder):
    settle()
    kept = bytearray((folder / first_kept.FILE).read_bytes())
    for place in (0, len(kept) - 1):
        (folder / first_kept.FILE).write_bytes(
            kept[:place] + bytes([kept[place] ^ 1]) + kept[place + 1 :]
        )
        assert begun_again(monkeypatch) is None
    (folder / first_kept.FILE).write_bytes(kept)
    assert begun_again(monkeypatch) is not None


def test_a_picture_of_other_sources_or_settings_is_not_shown_and_is_replaced(monkeypatch, tmp_path):
    settle()
    monkeypatch.setenv("CONTRANORM_DEPTH", "30")
    assert begun_again(monkeypatch) is None
    settle()
    assert begun_again(monkeypatch) is not None
    monkeypatch.setattr(first_kept, "ROOT", tmp_path)
    for name in ("text/en/page.yaml", "models/encoder.py"):
        (tmp_path / name).parent.mkdir(parents=True)
        (tmp_path / name).write_text("one")
        assert begun_again(monkeypatch) is None
        settle()
        assert begun_again(monkeypatch) is not None
        (tmp_path / name).write_text("two")
        assert begun_again(monkeypatch) is None


def test_a_folder_of_another_user_is_not_read(monkeypatch):
    settle()
    monkeypatch.setattr(os, "getuid", lambda: 12345)
    assert begun_again(monkeypatch) is None


def test_without_a_place_to_keep_it_the_first_picture_is_still_at_hand(monkeypatch, tmp_path):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("CONTRANORM_RUNS", str(tmp_path / "file" / "folder"))
    settle()
    assert first_kept._at_hand == watch.opening({})


def test_a_start_replaces_a_kept_picture_that_is_not_what_the_engine_says(monkeypatch):
    monkeypatch.setattr(first_kept, "_at_hand", b"what an older start computed")
    settle()
    assert first_kept._at_hand == begun_again(monkeypatch) == watch.opening({})


def test_a_server_starts_and_finds_its_first_picture_without_torch():
    settle()
    run = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", STARTING],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
        cwd=ROOT,
    )
    assert run.stdout.split() == ["False", "True", str(len(first_kept._at_hand)), "False"]


def test_torch_waits_for_the_first_visitor_only_if_there_is_something_to_show(monkeypatch):
    waits = []
    monkeypatch.setattr(first.sent, "wait", waits.append)
    monkeypatch.setattr(warm, "_state", {"warm": False, "pretrained": False})
    monkeypatch.setattr(warm.gc, "freeze", lambda: None)
    warm.warm_up()
    assert waits == []
    warm.warm_up()
    assert waits == [warm.SECONDS_FOR_THE_FIRST]


def test_the_route_answers_the_page_as_it_is_and_any_link(client):
    assert client.get("/api/first").content == watch.opening({})
    assert first.sent.is_set()
    assert client.get("/api/first?s=0.2&embed=true").content == watch.opening({"s": "0.2"})


def test_what_is_at_hand_is_the_answer_to_the_page_as_it_is_and_to_no_link(client, monkeypatch):
    monkeypatch.setattr(first_kept, "_at_hand", b"kept")
    assert client.get("/api/first").content == b"kept"
    assert client.get("/api/first?embed=true&embed_options=dark_theme").content == b"kept"
    assert client.get("/api/first?depth=3").content == watch.opening({"depth": "3"})


@pytest.mark.parametrize("reason", [Crowded, ModelUnavailable])
def test_the_page_itself_says_why_there_is_no_picture(client, monkeypatch, reason):
    def refused(asked):
        raise reason("no")

    monkeypatch.setattr(watch, "opening", refused)
    assert client.get("/api/first").status_code == 503


def test_few_compute_at_once_and_only_some_wait(monkeypatch):
    go, begun = threading.Event(), []

    def slow(asked):
        begun.append(asked)
        go.wait(20)
        return b"computed"

    monkeypatch.setattr(first, "computed", slow)
    monkeypatch.setattr(first, "MOST_WAITING", 3)
    found = []

    async def ask(route, number):
        scope = {"type": "http", "query_string": f"s={number}".encode(), "headers": []}
        scope |= {"path": "/api/first", "server": ("host", 80)}
        found.append((await route.answer(Request(scope))).status_code)

    async def everybody():
        route = first.Opening()
        async with anyio.create_task_group() as tasks:
            for number in range(9):
                tasks.start_soon(ask, route, number)
            while len(found) < 9 - 3 - at_once():
                await anyio.sleep(0.01)
            assert len(begun) == at_once()
            go.set()
        assert route.asking == 0

    anyio.run(everybody)
    assert sorted(found) == [200] * (at_once() + 3) + [503] * (9 - 3 - at_once())


def test_a_picture_beside_the_sources_counts_too(monkeypatch, tmp_path, folder):
    settle()
    monkeypatch.setattr(first_kept, "ROOT", tmp_path)
    assert begun_again(monkeypatch) is None
    settle()
    (folder / first_kept.FILE).replace(tmp_path / first_kept.FILE)
    monkeypatch.setenv("CONTRANORM_RUNS", str(tmp_path / "other"))  # where it lies changes nothing
    assert begun_again(monkeypatch) is not None


def test_an_address_that_is_too_long_is_not_answered(client, monkeypatch):
    many = "&".join(f"p{number}=1" for number in range(first.MOST_PARAMETERS + 1))
    assert client.get(f"/api/first?{many}").status_code == 414
    monkeypatch.setenv("CONTRANORM_QUESTION", "100")
    assert client.get(f"/api/first?text={'a' * 100}").status_code == 414
    assert client.get(f"/api/first?text={'a' * 90}").status_code == 200


PAGE = "<html><head><title>t</title></head><body><p>body</p></body></html>"


@pytest.fixture
def pages():
    async def page(request):
        if request.headers.get("if-none-match") or "gzip" in request.headers.get(
            "accept-encoding", ""
        ):
            return Response(status_code=304)
        return HTMLResponse(PAGE, headers={"etag": '"1"', "last-modified": "yesterday"})

    async def lost(request):
        return HTMLResponse(PAGE, status_code=404)

    around = [Middleware(first.FirstPicture, paths=("/", "/lost"))]
    routes = [Route("/", page), Route("/lost", lost), Route("/other", page)]
    with TestClient(Starlette(routes=routes, middleware=around)) as client:
        yield client


def test_the_main_page_asks_for_its_first_picture(pages):
    answer = pages.get("/?s=0.2", headers={"if-none-match": '"1"'})
    after = answer.text.split("<body>")[1]
    assert 'fetch("api/first" + location.search)' in after
    assert after.index("api/first") < after.index('id="first"') < after.index("first.js")
    assert "Watch it collapse" in after
    assert after.endswith("<p>body</p></body></html>")
    assert answer.headers["content-encoding"] == "gzip"
    plain = pages.get("/", headers={"accept-encoding": "identity"})
    assert int(plain.headers["content-length"]) == len(plain.content)
    assert int(answer.headers["content-length"]) < len(plain.content)
    assert answer.headers["link"] == "<api/first?s=0.2>; rel=preload; as=fetch; crossorigin"
    assert not {"etag", "last-modified"} & set(answer.headers)


@pytest.mark.parametrize(("method", "path"), [("get", "/other"), ("head", "/"), ("get", "/lost")])
def test_nothing_is_added_to_any_other_answer(pages, method, path):
    answer = getattr(pages, method)(path, headers={"accept-encoding": "identity"})
    assert answer.text in (PAGE, "")


@pytest.mark.parametrize(
    ("query", "links"),
    [
        (b"s=0.2", 1),
        (b"x=1>; rel=stylesheet", 0),
        (b"t=" + 498 * b"a", 1),
        (b"t=" + 499 * b"a", 0),  # with all else a proxy would refuse such a header
    ],
)
def test_a_header_repeats_a_query_only_if_it_is_short_and_harmless(query, links):
    sent = []

    async def send(message):
        sent.append(message)

    scope = {"type": "http", "method": "GET", "path": "/", "query_string": query, "headers": []}
    anyio.run(first.FirstPicture(HTMLResponse(PAGE)), scope, None, send)
    assert [name for name, _ in sent[0]["headers"]].count(b"link") == links


def test_the_place_of_the_first_picture_has_the_colours_of_the_page():
    config = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text())
    style = (ROOT / "ui" / "static" / "live" / "live.css").read_text()
    light, dark = style[style.index("#first {") :].split('#first[data-scheme="dark"]')
    colours = {
        "primaryColor": "primary-color",
        "backgroundColor": "background-color",
        "secondaryBackgroundColor": "secondary-background-color",
        "textColor": "text-color",
    }
    for scheme, rules in (("light", light), ("dark", dark)):
        for key, name in colours.items():
            assert f"--st-{name}: {config['theme'][scheme][key]};" in rules
