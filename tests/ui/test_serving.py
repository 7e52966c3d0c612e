import gzip
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient
from streamlit.file_util import get_static_dir

from ui import counters, serving, warm
from ui.components.live import STATIC, static_version
from ui.serving import OWN, CompressedOnce, middleware, routes

SCRIPT = b"let answer = 42;\n" * 400


@pytest.fixture
def client():
    with TestClient(Starlette(routes=routes())) as client:
        yield client


def test_a_living_server_is_healthy(client):
    assert client.get("/api/health").json() == {"status": "alive"}


def test_a_server_is_ready_once_it_is_warm(client, monkeypatch):
    monkeypatch.setitem(warm._state, "warm", False)
    assert client.get("/api/ready").status_code == 503
    monkeypatch.setitem(warm._state, "warm", True)
    answer = client.get("/api/ready")
    assert answer.status_code == 200
    assert answer.json()["warm"]


def test_warming_up_computes_the_first_picture_and_finds_the_pretrained_model(monkeypatch):
    monkeypatch.setattr(warm, "_state", {"warm": False, "pretrained": False})
    monkeypatch.setattr(warm.gc, "freeze", lambda: None)
    warm.warm_up()
    assert warm.state() == {"warm": True, "pretrained": True}


def test_the_counts_are_open_metrics_and_follow_what_happens(client):
    def value(name):
        lines = client.get("/api/metrics").text.splitlines()
        assert lines[-1] == "# EOF"
        (line,) = [line for line in lines if line.startswith(f"{name} ")]
        return float(line.split()[1])

    before = value("contranorm_questions_total"), value("contranorm_answer_seconds_count")
    with counters.answering():
        assert value("contranorm_waiting") >= 1
    after = value("contranorm_questions_total"), value("contranorm_answer_seconds_count")
    assert [late - early for early, late in zip(before, after, strict=True)] == [1, 1]


@pytest.fixture
def asked():
    return []


@pytest.fixture
def static(asked):
    async def script(request):
        asked.append(request.headers.get("accept-encoding"))
        return Response(SCRIPT, media_type="text/javascript", headers={"etag": '"1"'})

    async def page(request):
        return HTMLResponse("<p>page</p>")

    async def missing(request):
        asked.append("missing")
        return Response(b"no", status_code=404)

    app = Starlette(
        routes=[
            Route("/static/missing.js", missing),
            Route("/static/{name}", script),
            Route("/api/x.js", script),
            Route("/", page),
        ],
        middleware=middleware(),
    )
    with TestClient(app) as client:
        yield client


def test_a_file_is_fetched_and_compressed_once(static, asked):
    answers = [static.get("/static/a.js") for _ in range(3)]
    assert len(asked) == 1
    for answer in answers:
        assert answer.content == SCRIPT
        assert answer.headers["content-encoding"] == "gzip"
        assert int(answer.headers["content-length"]) == len(gzip.compress(SCRIPT, 6))
        assert answer.headers["etag"] == '"1"'


@pytest.mark.parametrize(
    "headers",
    [
        {"accept-encoding": "identity"},
        {"if-none-match": '"1"'},
        {"range": "bytes=0-3"},
    ],
)
def test_other_questions_pass_through(static, asked, headers):
    static.get("/static/a.js")
    answer = static.get("/static/a.js", headers=headers)
    assert len(asked) == 2
    assert "content-encoding" not in answer.headers


def test_neither_errors_nor_other_routes_are_kept(static, asked):
    for path in ("/static/missing.js", "/api/x.js"):
        for _ in range(2):
            static.get(path)
    assert len(asked) == 4


def test_a_full_memory_keeps_serving(monkeypatch):
    monkeypatch.setattr("ui.serving.FILES_KEPT", 0)

    async def script(request):
        return Response(SCRIPT)

    app = Starlette(routes=[Route("/static/a.js", script)], middleware=[Middleware(CompressedOnce)])
    with TestClient(app) as client:
        for _ in range(2):
            assert client.get("/static/a.js").content == SCRIPT


def test_a_page_names_the_scripts_its_charts_need(static):
    link = static.get("/").headers["link"]
    for name in OWN:
        assert (STATIC / name).is_file()
        assert f"<app/static/{name}?v={static_version()}>" in link
    streamlit = [one for one in link.split(", ") if one.startswith("<static/js/")]
    assert any("BidiComponent" in one for one in streamlit)
    for one in streamlit:
        assert one.endswith("; rel=modulepreload")
        assert (Path(get_static_dir()) / one.partition(">")[0][1:]).is_file()
    assert len(link) < 2_500  # a proxy gives 4 kB to all headers
    assert "link" not in static.get("/static/a.js").headers


def test_own_routes_are_also_under_the_path_prefix(monkeypatch):
    own = {"/live", "/api/first", "/api/health", "/api/ready", "/api/metrics"}
    assert {route.path for route in routes()} == own
    monkeypatch.setattr(serving, "get_option", {"server.baseUrlPath": "/some/lab/"}.get)
    both = routes()
    assert {route.path for route in both} == own | {f"/some/lab{path}" for path in own}
    first, second = (one.endpoint for one in both if one.path.endswith("/live"))
    assert first.__self__ is second.__self__  # so that connections are counted together
