import re

import pytest
from playwright.sync_api import expect

from tests.browser.visit import changed, drawn, numbers, opened, slider, violations


def test_the_first_paint_shows_the_collapse_with_nothing_pressed(browser, address):
    page = opened(browser, address)
    drawn(page)
    assert len(numbers(page)) == 4
    assert page.locator(".live-chart").count() >= 7
    assert "Fewer than 2" in numbers(page)[0]


@pytest.mark.parametrize(
    ("label", "name"), [("Depth", "depth"), ("s, strength", "s"), ("τ, temperature", "tau")]
)
def test_a_slider_moves_by_keyboard_and_numbers_and_address_follow(browser, address, label, name):
    page = opened(browser, address)
    drawn(page)
    before = numbers(page)
    slider(page, label).focus()
    for _ in range(6):
        page.keyboard.press("ArrowLeft")
    after = changed(page, before)
    expect(page).to_have_url(re.compile(rf"[?&]{name}="))
    after = numbers(page)
    again = opened(browser, page.url)
    drawn(again)
    assert numbers(again) == after


def test_the_layer_moves_by_keyboard_and_is_in_the_link(browser, address):
    page = opened(browser, address)
    drawn(page)
    slider(page, "Layer on screen").focus()
    for _ in range(3):
        page.keyboard.press("ArrowLeft")
    expect(page.get_by_text("without, layer 21")).to_be_visible()
    expect(page).to_have_url(re.compile("[?&]layer=21"))
    again = opened(browser, page.url)
    drawn(again)
    expect(again.get_by_text("without, layer 21")).to_be_visible()
    slider(again, "Layer on screen").focus()
    again.keyboard.press("End")
    expect(again.get_by_text("without, layer 24")).to_be_visible()
    slider(again, "Depth").focus()
    again.keyboard.press("ArrowRight")  # whoever is at the last layer stays at the last one
    expect(again.get_by_text(re.compile("without, layer 2[5-9]"))).to_be_visible()


def test_an_own_sentence_changes_the_numbers_and_is_in_the_link(browser, address):
    page = opened(browser, address)
    drawn(page)
    before = numbers(page)
    page.get_by_label("Your sentence").fill("every visitor may write something else here")
    page.keyboard.press("Control+Enter")
    after = changed(page, before)
    expect(page).to_have_url(re.compile("[?&]text=every"))
    again = opened(browser, page.url)
    drawn(again)
    assert numbers(again) == after


def test_minilm_is_one_menu_away_and_a_pasted_link_restores_it(browser, address):
    page = opened(browser, address)
    drawn(page)
    before = numbers(page)
    page.get_by_text("More settings").click()
    models, minilm = (
        page.get_by_role("combobox").first,
        page.get_by_role("option", name=re.compile("MiniLM")),
    )
    models.scroll_into_view_if_needed()
    page.wait_for_timeout(500)  # the heading is still unfolding, and a menu closes when it moves
    models.click()
    minilm.click()
    after = changed(page, before)
    expect(page).to_have_url(re.compile("[?&]model=minilm"))
    again = opened(browser, page.url)
    drawn(again)
    assert numbers(again) == after


PAGES = ["", "real", "vectors", "layer", "origin", "training", "twins", "tradeoffs", "receipts"]


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize(
    ("width", "scheme"),
    [
        (1280, "light"),
        pytest.param(390, "dark", marks=pytest.mark.slow),
        pytest.param(1280, "dark", marks=pytest.mark.slow),
        pytest.param(390, "light", marks=pytest.mark.slow),
    ],
)
def test_every_page_opens_cold_fits_and_is_accessible(browser, address, path, width, scheme):
    page = opened(browser, f"{address}/{path}", width=width, scheme=scheme)
    assert page.locator("[data-testid=stException]").count() == 0
    if path != "receipts":  # the one page without a live part
        drawn(page)
    sideways = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    assert sideways <= 0
    assert violations(page) == []
