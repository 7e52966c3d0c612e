import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect, sync_playwright

ROOT = Path(__file__).parents[2]
CHROMIUM = shutil.which("chromium")
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(
        CHROMIUM is None and os.environ.get("CI") != "true",
        reason="no Chromium on this machine; install the package chromium to run browser tests",
    ),
]


@pytest.fixture(scope="module")
def address():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.headless=true"]
    server = subprocess.Popen(
        [*command, f"--server.port={port}"],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        for _ in range(240):
            try:
                with urllib.request.urlopen(f"http://localhost:{port}/_stcore/health"):
                    break
            except OSError:
                assert server.poll() is None, "the app stopped while starting"
                time.sleep(0.5)
        yield f"http://localhost:{port}"
    finally:
        server.terminate()
        server.wait(20)


@pytest.fixture(scope="module")
def browser():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


def opened(browser, url, *, width=1280, scheme="light"):
    context = browser.new_context(
        viewport={"width": width, "height": 900}, color_scheme=scheme, reduced_motion="reduce"
    )
    page = context.new_page()
    page.set_default_timeout(60_000)
    page.goto(url)
    settled(page)
    return page


def settled(page):
    expect(page.get_by_text("Where this comes from")).to_be_visible(timeout=60_000)
    expect(page.locator("[data-testid=stStatusWidget]")).to_have_count(0, timeout=60_000)


def numbers(page):
    return page.locator("[data-testid=stMarkdownContainer] li").all_inner_texts()


def changed(page, before):
    for _ in range(300):
        if numbers(page) not in ([], before):
            settled(page)
            if numbers(page) != before:
                return numbers(page)
        page.wait_for_timeout(100)
    raise AssertionError("the numbers did not change")


def test_the_first_paint_shows_the_collapse_with_nothing_pressed(browser, address):
    page = opened(browser, address)
    assert len(numbers(page)) == 4
    expect(page.locator(".js-plotly-plot").first).to_be_visible()
    assert page.locator(".js-plotly-plot").count() >= 7


@pytest.mark.parametrize(
    ("label", "name"), [("Depth", "depth"), ("s, strength", "s"), ("τ, temperature", "tau")]
)
def test_a_slider_moves_by_keyboard_and_numbers_and_address_follow(browser, address, label, name):
    page = opened(browser, address)
    before = numbers(page)
    slider = page.locator("[data-testid=stSlider]").filter(has_text=label).get_by_role("slider")
    slider.first.focus()
    for _ in range(6):
        page.keyboard.press("ArrowLeft")
    after = changed(page, before)
    expect(page).to_have_url(re.compile(rf"[?&]{name}="))
    again = opened(browser, page.url)
    assert numbers(again) == after


def test_an_own_sentence_changes_the_numbers_and_is_in_the_link(browser, address):
    page = opened(browser, address)
    before = numbers(page)
    page.get_by_label("Your sentence").fill("every visitor may write something else here")
    page.keyboard.press("Control+Enter")
    after = changed(page, before)
    expect(page).to_have_url(re.compile("[?&]text=every"))
    assert numbers(opened(browser, page.url)) == after


def test_minilm_is_one_menu_away_and_a_pasted_link_restores_it(browser, address):
    page = opened(browser, address)
    before = numbers(page)
    page.get_by_text("More settings").click()
    page.get_by_role("combobox").first.click()
    page.get_by_role("option", name=re.compile("MiniLM")).click()
    after = changed(page, before)
    expect(page).to_have_url(re.compile("[?&]model="))
    assert numbers(opened(browser, page.url)) == after


@pytest.mark.parametrize("path", ["", "layer", "origin", "receipts"])
@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (1280, "dark"), (390, "light")])
def test_every_page_opens_cold_fits_and_is_accessible(browser, address, path, width, scheme):
    page = opened(browser, f"{address}/{path}", width=width, scheme=scheme)
    assert page.locator("[data-testid=stException]").count() == 0
    sideways = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    assert sideways <= 0
    violations = Axe().run(page).response["violations"]
    assert [
        (found["id"], [node["html"][:160] for node in found["nodes"]]) for found in violations
    ] == []
