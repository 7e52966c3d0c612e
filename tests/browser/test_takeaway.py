"""What a visitor takes away: files with content, links that restore, runs side by side."""

import csv
import http.server
import io
import json
import re
import threading
import xml.etree.ElementTree as ElementTree
from contextlib import contextmanager

import nbformat
import numpy as np
import pytest
from nbclient import NotebookClient
from playwright.sync_api import expect

from tests.browser.conftest import ROOT, free_port, running
from tests.browser.visit import (
    at_rest,
    changed,
    drawn,
    numbers,
    opened,
    settled,
    slider,
    violations,
)
from ui.saved import saved
from ui.takeaway import PAGES

PNG = b"\x89PNG\r\n\x1a\n"
SPREADSHEETS = ['say "x",\ny', "=1+1", "＝1+1", "\u200b-1", "\t1", " @x", "a=1", "−1", "🦊", ""]
FRAMING = """<!doctype html><title>a page around the lab</title><iframe src="{url}"
style="width:1200px;height:800px"></iframe><script>window.told = [];
addEventListener("message", ({{ data, origin }}) => {{
  if ("queryString" in data) told.push([data.queryString, origin]);
}});</script>"""


def downloaded(page, press):
    with page.expect_download() as waiting:
        press()
    return waiting.value.path().read_bytes()


def button(page, name):
    return page.get_by_role("button", name=name, exact=True)


def rows(content):
    return list(csv.reader(io.StringIO(content.decode("utf-8"), newline="")))


def unfolded(page, heading):
    page.get_by_text(heading, exact=True).click()


@pytest.fixture
def chart(browser, address):
    """The first cloud of a short run in the dark theme, its numbers unfolded."""
    text = "%3D1%2B1 <b>cat</b>"
    page = opened(browser, f"{address}/?depth=3&s=0.5&layer=2&text={text}", scheme="dark")
    drawn(page)
    figure = page.locator(".live-chart").first
    figure.locator("summary").click()
    return figure


def test_a_chart_hands_out_the_numbers_it_draws(chart):
    page = chart.page
    found = rows(downloaded(page, button(chart, "CSV").click))
    points = chart.locator(".js-plotly-plot").evaluate(
        "plot => ['text', 'x', 'y'].map(name => [...plot._fullData[0][name]])"
    )
    assert len(found) == 1 + len(points[0])
    assert found[1][0] == "'="
    for column in (1, 2):
        assert [float(row[column]) for row in found[1:]] == pytest.approx(points[column], abs=1e-7)
    every = rows(downloaded(page, button(chart, "CSV of every step of the slider").click))
    assert [row[1:] for row in every if row[0] == "2"] == found[1:]
    assert {row[0] for row in every[1:]} == set("0123")


def test_a_chart_hands_out_its_picture_on_white_with_title_and_settings(chart):
    page = chart.page
    svg = downloaded(page, button(chart, "SVG").click).decode()
    root = ElementTree.fromstring(svg)
    assert root.tag.endswith("svg")
    words = " ".join(root.itertext())
    assert "without, layer 2" in words
    assert "s = 0.5" in words
    assert "fill: rgb(255, 255, 255)" in svg
    assert "<b>" not in svg
    described = saved(root.find("{http://www.w3.org/2000/svg}desc").text, PAGES)
    assert described.page == "watch"
    assert described.address["text"] == "=1+1 <b>cat</b>"
    png = downloaded(page, button(chart, "PNG").click)
    assert png.startswith(PNG)
    corner = page.evaluate(
        """async bytes => {
          const image = await createImageBitmap(new Blob([new Uint8Array(bytes)]));
          const canvas = new OffscreenCanvas(image.width, image.height);
          canvas.getContext("2d").drawImage(image, 0, 0);
          return [image.width, ...canvas.getContext("2d").getImageData(2, 2, 1, 1).data];
        }""",
        list(png),
    )
    assert corner == [1280, 255, 255, 255, 255]


def test_the_settings_of_a_chart_open_the_same_screen(chart, browser, address):
    page = chart.page
    shown = drawn(page)
    file = downloaded(page, button(chart, "Settings (JSON)").click)
    assert saved(file.decode(), PAGES).address["layer"] == "2"
    other = opened(browser, f"{address}/receipts")
    unfolded(other, "Settings as a file")
    other.locator("input[type=file]").set_input_files(
        {"name": "settings.json", "mimeType": "application/json", "buffer": file}
    )
    expect(other.get_by_text("settings.json")).to_be_visible()
    button(other, "Open these settings").click()
    expect(other.get_by_role("heading", name="Watch it collapse")).to_be_visible()
    settled(other)
    other.wait_for_selector(f".live[data-drawn='{shown}']")
    expect(other.get_by_text("without, layer 2")).to_be_visible()


def test_browser_and_server_make_the_same_cells_plain(chart):
    from ui.escape import spreadsheet_text

    found = chart.page.evaluate(
        """async texts => {
          const url = new URL("app/static/live/export.js", document.baseURI).href;
          const { csv, plain } = await import(url);
          return [texts.map(plain), csv([['a "title", long', texts]])];
        }""",
        SPREADSHEETS,
    )
    wanted = [spreadsheet_text(text) for text in SPREADSHEETS]
    assert found[0] == wanted
    assert rows(found[1].encode()) == [['a "title", long'], *([text] for text in wanted)]


def test_a_downloaded_notebook_runs_and_gives_the_numbers_of_the_csv(chart, tmp_path, monkeypatch):
    page = chart.page
    drawn_now = rows(downloaded(page, button(chart, "CSV").click))[1:]
    unfolded(page, "The program of these numbers")
    notebook = downloaded(page, button(page, "Notebook").click)
    monkeypatch.setenv("CONTRANORM_SAVE", str(tmp_path / "numbers.json"))
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    made = nbformat.reads(notebook.decode(), as_version=4)
    NotebookClient(made, timeout=120, resources={"metadata": {"path": str(ROOT)}}).execute()
    found = json.loads((tmp_path / "numbers.json").read_text())
    expected = np.array([[float(row[1]), float(row[2])] for row in drawn_now])
    assert np.array(found["coordinates"][0][2]) == pytest.approx(expected, abs=1e-5)


def test_the_link_is_copied_said_and_restores_the_screen_on_a_cold_server(browser, address):
    page = opened(browser, address, permissions=["clipboard-read", "clipboard-write"])
    drawn(page)
    before = numbers(page)
    slider(page, "s, strength").focus()
    page.keyboard.press("ArrowLeft")
    expected = changed(page, before)
    at_rest(page, "s", "0.9")
    button(page, "Copy link").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("status").filter(has_text="The link is copied.")).to_be_visible()
    link = page.evaluate("navigator.clipboard.readText()")
    assert link == page.url
    with running() as cold:
        again = opened(browser, link.replace(address, cold))
        drawn(again)
        assert numbers(again) == expected


@pytest.mark.slow
def test_without_permission_to_copy_the_link_is_shown_selected(browser, address):
    page = opened(browser, f"{address}/receipts")
    page.evaluate("() => { navigator.clipboard.writeText = () => Promise.reject(Error('no')); }")
    button(page, "Copy link").click()
    link = page.get_by_label("Link to this page as it stands")
    expect(link).to_be_visible()
    expect(page.get_by_role("status").filter(has_text="Ctrl+C")).to_be_visible()
    assert page.evaluate("document.activeElement.value") == page.url
    selected = "[document.activeElement.selectionStart, document.activeElement.selectionEnd]"
    assert page.evaluate(selected) == [0, len(page.url)]
    assert violations(page) == []


def test_runs_are_pinned_compared_and_opened_again_by_keyboard(browser, address):
    page = opened(browser, f"{address}/?depth=3")
    drawn(page)
    button(page, "Pin this run").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("status").filter(has_text="Run 1 is pinned")).to_be_visible()
    slider(page, "s, strength").focus()
    page.keyboard.press("ArrowLeft")
    at_rest(page, "s", "0.9")
    button(page, "Pin this run").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Pinned runs (2)")).to_be_visible()
    unfolded(page, "Pinned runs (2)")
    expect(page.get_by_role("cell", name="differs", exact=True)).to_have_count(1)
    for heading in ("The program of these numbers", "Settings as a file"):
        unfolded(page, heading)
    expect(page.get_by_role("button", name="Open these settings")).to_be_visible()
    expect(page.get_by_role("status").filter(has_text="is pinned")).to_have_count(0)
    settled(page)
    page.wait_for_timeout(1_000)  # what was pale while the script ran is not any more
    assert violations(page) == []
    file = rows(downloaded(page, button(page, "CSV: all pinned runs").click))
    assert [row[0] for row in file] == ["run", "1", "2"]
    assert file[2][-1] == page.url
    page.get_by_role("combobox", name=re.compile("One run")).focus()
    page.keyboard.type("run 1")
    page.keyboard.press("Enter")
    button(page, "Open run 1 again").click()
    expect(slider(page, "s, strength")).to_have_attribute("aria-valuetext", "1")
    expect(page.get_by_text("Pinned runs (2)")).to_be_visible()


@contextmanager
def around(url):
    """A page on another origin that shows the lab in a frame and keeps what it is told."""

    class Page(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header("content-type", "text/html")
            self.end_headers()
            self.wfile.write(FRAMING.format(url=url).encode())

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", FRAME_PORT), Page)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{FRAME_PORT}"
    finally:
        server.shutdown()
        server.server_close()


FRAME_PORT = free_port()


def framed(browser, site):
    page = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
    page.goto(site)
    lab = page.frame_locator("iframe")
    lab.locator(".live[data-drawn]").wait_for(timeout=60_000)
    return page, lab


@pytest.mark.slow
def test_the_address_of_the_one_site_allowed_follows_and_no_other_is_told(browser, address):
    parent = f"http://127.0.0.1:{FRAME_PORT}"
    with running(CONTRANORM_PARENT=parent) as url, around(url) as site:
        page, lab = framed(browser, site)
        lab.get_by_role("slider", name="s, strength").focus()
        page.keyboard.press("ArrowLeft")
        page.wait_for_function("told.some(([query]) => query.includes('s=0.9'))")
        assert {origin for _, origin in page.evaluate("told")} == {url}
    with around(address) as site:
        page, lab = framed(browser, site)
        lab.get_by_role("slider", name="s, strength").focus()
        page.keyboard.press("ArrowLeft")
        lab.get_by_role("button", name="Undo").click()
        page.wait_for_timeout(1000)  # three looks at the address
        assert page.evaluate("told") == []
