"""Own text through a real model, and one token marked everywhere by mouse, finger and keyboard."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.visit import PLACE, at_rest, changed, drawn, numbers, opened, violations
from ui.real_parts import PARTS

MARKED = """key => {
  const titles = [...document.querySelectorAll('.live-chart figcaption')];
  const found = titles.find((title) => title.textContent.startsWith(key));
  const plot = found.closest('figure').querySelector('.js-plotly-plot');
  if (!plot) return null;
  const last = plot.data.at(-1);
  return { x: [...last.x], y: [...last.y] };
}"""
RINGED = """([key, row]) => {
  const titles = [...document.querySelectorAll('.live-chart figcaption')];
  const found = titles.find((title) => title.textContent.startsWith(key));
  const [cloud, ring] = found.closest('figure').querySelector('.js-plotly-plot').data;
  return ring.x[0] === cloud.x[row] && ring.y[0] === cloud.y[row];
}"""
DRAWN = ("tug", "information", "models", "causal")  # parts that are charts
PLACES = {
    "Attention input": "attention_input",
    "After the output LayerNorm": "after_output_layer_norm",
}


def seen(page, title):
    """Bring a chart into view, so that it is drawn."""
    page.get_by_text(title).first.scroll_into_view_if_needed()
    page.wait_for_function(f"key => !!({MARKED})(key)", arg=title)


def expect_marked(page, title, row):
    """Wait until the row, and no other, is outlined in the matrix of this title."""
    seen(page, title)
    page.wait_for_function(
        f"([key, row]) => {{ const {{ y }} = ({MARKED})(key);"
        " return Math.min(...y) === row - 0.5 && Math.max(...y) === row + 0.5; }",
        arg=[title, row],
        timeout=20_000,
    )


def menu(page):
    return page.get_by_label("Marked token", exact=True)


def test_own_text_goes_through_minilm_with_a_norm_at_two_placements(browser, address):
    page = opened(browser, f"{address}/real")
    drawn(page)
    before = numbers(page)
    page.get_by_label("Your text").fill("every visitor may bring a sentence of their own")
    page.keyboard.press("Control+Enter")
    before = changed(page, before)
    page.get_by_text("More settings").click()
    for title, place in PLACES.items():
        at_rest(page, "real_text", "every visitor may bring a sentence of their own")
        page.wait_for_timeout(1000)  # a run that draws the page anew would close the menu
        page.get_by_role("combobox", name=re.compile("Placement")).click()
        page.get_by_role("option", name=title, exact=True).click()
        before = changed(page, before)
        expect(page).to_have_url(re.compile(f"[?&]real_place={place}"))
        again = opened(browser, page.url)
        drawn(again)
        assert numbers(again) == before


@pytest.mark.parametrize(
    ("title", "row"),
    [("without, layer", 16), ("Similarity of hidden states, without", 4)],  # 16 stands apart
)
@pytest.mark.slow
def test_a_press_of_the_mouse_marks_a_token_in_every_chart(browser, address, title, row):
    page = opened(browser, f"{address}/real")
    drawn(page)
    seen(page, title)
    x, y = page.evaluate(PLACE, [title, row, 7])
    page.mouse.click(x, y)
    expect(menu(page)).to_have_value(str(row))
    expect_marked(page, "Attention, without", row)
    expect_marked(page, "Similarity of hidden states, ContraNorm", row)
    seen(page, "ContraNorm, layer")
    page.wait_for_function(RINGED, arg=["ContraNorm, layer", row], timeout=20_000)


def test_a_finger_marks_a_token(browser, address):
    page = opened(browser, f"{address}/real", width=390, has_touch=True, is_mobile=True)
    drawn(page)
    title = "Similarity of hidden states, without"
    seen(page, title)
    page.touchscreen.tap(*page.evaluate(PLACE, [title, 5, 2]))
    expect(menu(page)).to_have_value("5")


def test_the_keyboard_marks_a_token_and_it_stays_over_layer_and_strength(browser, address):
    page = opened(browser, f"{address}/real")
    drawn(page)
    before = numbers(page)
    expect_marked(page, "Attention, without", 1)
    menu(page).focus()
    for _ in range(3):
        page.keyboard.press("ArrowDown")
    expect(menu(page)).to_have_value("4")
    expect_marked(page, "Attention, without", 4)
    page.get_by_role("slider", name="s, strength").focus()
    page.keyboard.press("Home")
    changed(page, before)
    page.get_by_role("slider", name="Layer on screen").focus()
    page.keyboard.press("ArrowLeft")
    expect(menu(page)).to_have_value("4")
    expect_marked(page, "Attention, without: layer 5", 4)


@pytest.mark.slow
def test_another_text_starts_with_its_own_first_word(browser, address):
    page = opened(browser, f"{address}/real")
    drawn(page)
    menu(page).select_option("9")
    before = numbers(page)
    page.get_by_label("Your text").fill("few words")
    page.keyboard.press("Control+Enter")
    changed(page, before)
    expect(menu(page)).to_have_value("1")
    assert menu(page).locator("option").all_inner_texts() == [
        "1 [CLS]",
        "2 few",
        "3 words",
        "4 [SEP]",
    ]


@pytest.mark.slow
@pytest.mark.parametrize("part", PARTS)
def test_every_further_part_is_accessible(browser, address, part):
    page = opened(browser, f"{address}/real?real_part={part}&real_run=true")
    drawn(page)
    page.get_by_role("radiogroup", name="Part shown").scroll_into_view_if_needed()
    page.wait_for_selector(".live[data-drawn] >> nth=1" if part in DRAWN else ".stDataFrame")
    assert violations(page) == []
