"""The close-up and the origin in a real browser: buttons by keyboard, Play, links opened cold."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.visit import opened, slider

PAGES = [("layer", 3, 20), ("origin", 160, 320)]


def button(page, name):
    return page.get_by_role("button", name=name, exact=True)


def stands(page, step):
    expect(slider(page, "Steps")).to_have_attribute("aria-valuetext", str(step), timeout=20_000)
    return True


@pytest.mark.parametrize(("path", "step", "last"), PAGES)
def test_steps_go_by_keyboard_and_the_link_restores_them(browser, address, path, step, last):
    page = opened(browser, f"{address}/{path}")
    assert stands(page, step)
    button(page, "Step").focus()
    page.keyboard.press("Enter")
    assert stands(page, step + 1)
    expect(page).to_have_url(re.compile(f"{path}_steps={step + 1}"))
    expect(page.get_by_text(f"at step {step + 1}").first).to_be_visible()
    assert stands(opened(browser, page.url), step + 1)
    button(page, "Step back").focus()
    page.keyboard.press("Space")
    assert stands(page, step)


@pytest.mark.parametrize(("path", "step", "last"), PAGES)
def test_play_starts_when_asked_only_and_stops_at_the_end(browser, address, path, step, last):
    page = opened(browser, f"{address}/{path}?{path}_steps={last - 1}")
    page.wait_for_timeout(2000)
    assert stands(page, last - 1)
    button(page, "Play").focus()
    page.keyboard.press("Enter")
    assert stands(page, last)
    expect(button(page, "Play")).to_be_visible()
    expect(button(page, "Step")).to_be_disabled()


def test_a_layer_of_the_first_page_comes_along_and_its_link_opens_cold(browser, address):
    page = opened(browser, f"{address}/?seed=5&depth=4")
    page.get_by_role("link", name="One layer, close up").click()
    page.get_by_role("combobox").first.click()
    page.get_by_role("option", name="A layer of the first page").click()
    expect(page.get_by_text(re.compile("4 layers, seed 5"))).to_be_visible()
    expect(page).to_have_url(re.compile("from=depth%3D4%26seed%3D5"))
    cold = opened(browser, page.url)
    expect(cold.get_by_text(re.compile("4 layers, seed 5"))).to_be_visible()
    assert "layer_cloud=layer" in cold.url
