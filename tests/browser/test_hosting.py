"""A page asks no other host for anything, and works under a prefix in a frame of another origin."""

import urllib.request
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import urlsplit

import pytest

from benchmarks.load.crowd import PATHS
from tests.browser.conftest import running
from tests.browser.visit import changed, drawn, numbers, opened

LOCAL = ("http", "https", "ws", "wss")


@pytest.mark.parametrize("path", [*PATHS, "vectors"])
@pytest.mark.slow
def test_a_page_asks_no_other_host_for_anything(browser, address, path):
    context = browser.new_context()
    asked = []
    context.on("request", lambda request: asked.append(request.url))
    page = context.new_page()
    page.on("websocket", lambda socket: asked.append(socket.url))
    page.goto(f"{address}/{path}")
    page.get_by_text("Where this comes from").wait_for(timeout=60_000)
    if path in PATHS[:-1]:  # those with a live part
        drawn(page)
        live = [url for url in asked if urlsplit(url).path == "/live"]
        assert live
    hosts = {urlsplit(url).netloc for url in asked if urlsplit(url).scheme in LOCAL}
    assert hosts == {urlsplit(address).netloc}


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *said):
        pass


@contextmanager
def framing(folder, url):
    """Serve a page of another origin (127.0.0.1, not localhost) that shows a url in a frame."""
    frame = f'<iframe src="{url}" width="1200" height="850" allow="clipboard-write"></iframe>'
    (folder / "index.html").write_text(f"<!doctype html><title>Frame</title>{frame}")
    handler = partial(Quiet, directory=folder)
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/"
    finally:
        server.shutdown()
        server.server_close()


def moved_in(page, frame, way="[data-transport=websocket]"):
    """Move the strength in a page or a frame, and return the numbers before and after."""
    frame.wait_for_selector(f".live[data-drawn]{way}", timeout=60_000)
    before = numbers(frame)
    frame.get_by_role("slider", name="s, strength").focus()
    page.keyboard.press("Home")
    return before, changed(frame, before)


def test_the_lab_works_in_a_frame_of_another_origin(browser, address, tmp_path):
    with framing(tmp_path, address) as url:
        page = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
        page.goto(url)
        (frame,) = page.main_frame.child_frames
        before, after = moved_in(page, frame)
    assert before != after


@pytest.mark.slow
def test_the_lab_works_under_a_path_prefix_over_its_websocket(browser):
    with running(STREAMLIT_SERVER_BASE_URL_PATH="some/lab") as url:
        page = opened(browser, f"{url}/some/lab/")
        before, after = moved_in(page, page)
        with urllib.request.urlopen(f"{url}/some/lab/api/health") as answer:
            assert answer.status == 200
    assert before != after
