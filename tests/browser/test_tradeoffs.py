"""A cell of the maps is pressed, and the page speaks of that one."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.visit import PLACE, drawn, opened

TITLE = "Test accuracy at depth 24"


@pytest.mark.parametrize("touch", [False, True], ids=["mouse", "touch"])
def test_a_pressed_cell_is_framed_said_and_in_the_link_and_undone(browser, address, touch):
    page = opened(browser, f"{address}/tradeoffs", has_touch=touch)
    drawn(page)
    page.wait_for_selector(".live-chart .main-svg")
    said = page.get_by_text(re.compile(r"^At depth 24, s ="))
    expect(said).to_contain_text("s = 1 and τ = 0.2")
    x, y = page.evaluate(PLACE, [TITLE, 3, 0])
    (page.touchscreen.tap if touch else page.mouse.click)(x, y)
    expect(said).to_contain_text("s = 3 and τ = 0.05")
    page.wait_for_url("**/tradeoffs?*tradeoffs_s=3*")
    assert "tradeoffs_tau=0.05" in page.url
    for name, text in (("s, strength", "3"), ("τ, temperature", "0.05")):
        slider = page.get_by_role("slider", name=name)
        assert text in slider.get_attribute("aria-valuetext")
    page.get_by_role("button", name="Undo").click()
    expect(said).to_contain_text("s = 1 and τ = 0.2")
