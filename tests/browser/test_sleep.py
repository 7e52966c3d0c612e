"""A server or a laptop that stops in the middle of a drag and goes on: the last value is shown."""

import signal

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import free_port, started
from tests.browser.test_live import over
from tests.browser.visit import at_rest, changed, drawn, numbers, opened, slider

LONGER_THAN_ITS_PATIENCE = 4_000  # ms
DRAWN = ".live[data-drawn]"

MOVE = """async (values) => {
  const input = [...document.querySelectorAll('.live-controls input')][1];
  for (const value of values) {
    input.value = value;
    input.dispatchEvent(new Event('input', { bubbles: true }));
    await new Promise((next) => setTimeout(next, 30));
  }
}"""
RELEASE = """() => [...document.querySelectorAll('.live-controls input')][1]
  .dispatchEvent(new Event('change', { bubbles: true }))"""


def picture_at(page, value):
    """Wait until the address carries s, and the page shows what one that is opened cold shows."""
    at_rest(page, "s", value)
    over(page, "websocket")
    cold = opened(page.context.browser, page.url)
    expect(page.locator(DRAWN)).to_have_attribute("data-drawn", drawn(cold), timeout=10_000)
    assert numbers(cold) == numbers(page)


@pytest.mark.slow
def test_a_server_that_stops_in_the_middle_of_a_drag_and_goes_on_shows_the_last_value(browser):
    port = free_port()
    server = started(port)
    try:
        page = opened(browser, f"http://localhost:{port}/")
        drawn(page)
        over(page, "websocket")
        page.evaluate(MOVE, [30, 25, 20])
        server.send_signal(signal.SIGSTOP)
        page.evaluate(MOVE, [15, 10, 5])
        page.wait_for_timeout(LONGER_THAN_ITS_PATIENCE)
        assert page.locator(DRAWN).get_attribute("data-transport") == "reruns"
        page.evaluate(MOVE, [4, 2])
        server.send_signal(signal.SIGCONT)
        page.evaluate(RELEASE)
        picture_at(page, "0.05")
    finally:
        server.kill()
        server.wait(20)


@pytest.mark.slow
def test_a_laptop_that_sleeps_in_the_middle_of_a_drag_shows_the_last_value(browser, address):
    page = opened(browser, address)
    drawn(page)
    over(page, "websocket")
    machine = page.context.new_cdp_session(page)
    page.evaluate(MOVE, [30, 20, 6])
    machine.send("Page.setWebLifecycleState", {"state": "frozen"})
    page.wait_for_timeout(LONGER_THAN_ITS_PATIENCE)
    machine.send("Page.setWebLifecycleState", {"state": "active"})
    page.evaluate(MOVE, [4, 2])
    page.evaluate(RELEASE)
    picture_at(page, "0.05")


@pytest.mark.slow
def test_a_network_that_is_gone_for_a_while_comes_back_with_the_last_value(browser, address):
    page = opened(browser, address)
    drawn(page)
    over(page, "websocket")
    before = numbers(page)
    page.evaluate(MOVE, [30, 25])
    page.context.set_offline(True)
    page.evaluate(MOVE, [20, 6, 4])
    page.wait_for_timeout(LONGER_THAN_ITS_PATIENCE)
    page.context.set_offline(False)
    slider(page, "s, strength").focus()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    assert changed(page, before) != before
    picture_at(page, "0.05")
