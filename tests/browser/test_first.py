"""The first picture of a visit: there before Streamlit is, alive, and then the page's own."""

import time

import pytest
from playwright.sync_api import expect

from tests.browser.test_live import DRAG, over
from tests.browser.visit import changed, drawn, numbers, opened, settled, violations

COVER = "#first"
MARK = "() => { document.querySelector('.live').marked = true; }"
HAND_OVER = """() => {
  const look = () => {
    const cover = document.getElementById('first');
    if (cover?.querySelector('.live')) requestAnimationFrame(look);
    else window.covered = cover !== null;
  };
  look();
}"""
# Whether the charts are on screen, frame by frame until Streamlit's page is there.
SEEN = """() => {
  window.unseen = 0;
  const look = () => {
    if (!document.querySelector('.live .main-svg')) window.unseen += 1;
    if (document.querySelector('#first')) requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
}"""
FORBID = """Object.defineProperty(window, 'localStorage', {
  get() { throw new DOMException('denied', 'SecurityError'); } });"""
THROW = """window.addEventListener('load', () => {}, true);
  let library;
  Object.defineProperty(window, 'Plotly', {
    configurable: true,
    get: () => library,
    set: (found) => {
      const react = found.react;
      found.react = (...given) => { found.react = react; throw new Error('one chart'); };
      library = found;
    },
  });"""
MARKED = "() => document.querySelector('.live').marked === true"


def visitor(browser, scheme="light", width=1280):
    context = browser.new_context(
        viewport={"width": width, "height": 900}, color_scheme=scheme, reduced_motion="reduce"
    )
    page = context.new_page()
    page.set_default_timeout(60_000)
    return page


def held(page):
    """Keep Streamlit's own script from the page until the returned function is called."""
    waiting, free = [], []

    def route(asked):
        if free:
            asked.continue_()
        else:
            waiting.append(asked)

    def let_go():
        free.append(True)
        for asked in waiting:
            asked.continue_()

    page.route("**/static/js/index.*.js", route)
    return let_go


def before_streamlit(browser, url, **options):
    page = visitor(browser, **options)
    let_go = held(page)
    page.goto(url, wait_until="commit")
    page.wait_for_selector(f"{COVER} .live[data-drawn] .main-svg")
    return page, let_go


@pytest.mark.parametrize("width", [390, 800, 1280])
def test_the_picture_is_there_before_streamlit_and_its_page_takes_it_over(browser, address, width):
    page, let_go = before_streamlit(browser, address, width=width)
    before, said = page.locator(".live").bounding_box(), numbers(page)
    plot = page.locator(".live-plot").first.bounding_box()["width"]
    shown = drawn(page)
    page.evaluate(MARK)
    page.evaluate(HAND_OVER)
    page.evaluate(SEEN)
    let_go()
    settled(page)
    expect(page.locator(COVER)).to_have_count(0)
    assert page.evaluate(MARKED)
    assert page.evaluate("() => window.covered") is False
    assert page.evaluate("() => window.unseen") == 0
    live = page.locator(".live[data-drawn]")
    assert live.get_attribute("data-count") == "1"
    assert live.get_attribute("data-answered") == "run 0"  # nobody has moved anything
    assert (drawn(page), numbers(page)) == (shown, said)
    page.get_by_role(
        "textbox", name="Your sentence"
    ).wait_for()  # it stands above, and comes a moment later
    after = live.bounding_box()
    assert [after[name] for name in "xy"] == pytest.approx([before[name] for name in "xy"], abs=2)
    assert after["width"] == pytest.approx(before["width"], abs=1)
    assert page.locator(".live-plot").first.bounding_box()["width"] == plot


def test_sliders_that_move_before_streamlit_is_there_are_not_lost(browser, address):
    page, let_go = before_streamlit(browser, address)
    over(page, "websocket")
    first = drawn(page)
    page.evaluate(DRAG, [20, 10, 8])
    page.wait_for_function(
        "first => document.querySelector('.live').dataset.drawn !== first", arg=first
    )
    page.wait_for_timeout(600)  # the rest of the page would be told by now
    let_go()
    settled(page)
    page.wait_for_url("**/?*s=*")
    cold = opened(browser, page.url)
    assert drawn(cold) == drawn(page)
    assert numbers(cold) == numbers(page)


def held_down(browser, address):
    """Hold a slider that was drawn before its page, and let the page come; where it is held."""
    page, let_go = before_streamlit(browser, address)
    box = page.get_by_role("slider", name="s, strength").bounding_box()
    middle = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + 0.79 * box["width"], middle)
    page.mouse.down()
    let_go()
    settled(page)
    page.wait_for_selector(f"{COVER}[data-taken]")
    return page, box["x"] + 0.2 * box["width"], middle


@pytest.mark.parametrize("seconds", [0, pytest.param(4, marks=pytest.mark.slow)])
def test_a_slider_that_is_held_is_not_lost_when_the_page_comes(browser, address, seconds):
    page, *there = held_down(browser, address)
    before = numbers(page)
    page.wait_for_timeout(1000 * seconds)  # longer than a page may leave the picture alone
    page.mouse.move(*there, steps=12)
    stood = page.get_by_role("slider", name="s, strength").input_value()
    changed(page, before)
    expect(page.locator(COVER)).to_have_count(1)
    page.mouse.up()
    expect(page.locator(COVER)).to_have_count(0)
    page.wait_for_url("**/?*s=*")
    settled(page)
    assert page.get_by_role("slider", name="s, strength").input_value() == stood
    cold = opened(browser, page.url)
    assert (drawn(cold), numbers(cold)) == (drawn(page), numbers(page))


@pytest.mark.parametrize("end", ["blur", "contextmenu"])
def test_a_release_that_nobody_tells_leaves_no_page_covered(browser, address, end):
    page, *_ = held_down(browser, address)
    page.evaluate("end => dispatchEvent(new Event(end))", end)
    expect(page.locator(COVER)).to_have_count(0)
    assert drawn(page)


def test_a_link_is_shown_as_it_stands(browser, address):
    link = f"{address}/?depth=5&s=0.2&layer=2&text=one+two+three"
    page, let_go = before_streamlit(browser, link)
    values = page.evaluate(
        "() => [...document.querySelectorAll('.live input[type=range]')].map("
        "input => input.getAttribute('aria-valuetext'))"
    )
    assert values[:2] == ["5", "0.2"]
    shown = drawn(page)
    let_go()
    settled(page)
    assert drawn(page) == shown
    assert page.locator(".live[data-drawn]").get_attribute("data-count") == "1"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_is_drawn_twice_in_either_theme(browser, address, scheme):
    page, let_go = before_streamlit(browser, address, scheme=scheme, width=390)
    colour = page.evaluate("() => getComputedStyle(document.getElementById('first')).color")
    let_go()
    settled(page)
    after = page.evaluate("() => getComputedStyle(document.querySelector('.live')).color")
    assert colour == after
    assert page.locator(".live[data-drawn]").get_attribute("data-count") == "1"


def test_a_theme_that_was_chosen_counts_more_than_the_system(browser, address):
    page = visitor(browser)
    page.add_init_script("localStorage.setItem('stActiveTheme-/-v2', '\"Dark\"')")
    held(page)
    page.goto(address, wait_until="commit")
    page.wait_for_selector(f"{COVER} .live[data-drawn]")
    assert page.locator(COVER).get_attribute("data-scheme") == "dark"


def test_a_page_without_a_first_picture_is_not_covered(browser, address):
    page = visitor(browser)
    page.route("**/api/first*", lambda route: route.fulfill(status=503))
    page.goto(address)
    settled(page)
    expect(page.locator(COVER)).to_have_count(0)
    drawn(page)
    page.goto(f"{address}/receipts")
    settled(page)
    expect(page.locator(COVER)).to_have_count(0)


def test_an_answer_that_comes_after_the_page_is_not_drawn(browser, address):
    page = visitor(browser)
    late, sockets = [], []
    page.on("websocket", lambda socket: sockets.append(socket.url))
    page.route("**/api/first*", lambda route: late.append(route))
    page.goto(address)
    settled(page)
    late[0].continue_()
    drawn(page)
    time.sleep(1)
    assert page.locator(".live[data-drawn]").count() == 1
    assert page.locator(COVER).count() == 0
    assert sum(url.endswith("/live") for url in sockets) == 1  # nothing unseen is connected


@pytest.mark.parametrize("status", [200, 503])
def test_a_page_that_has_no_charts_is_uncovered(browser, address, status):
    page = visitor(browser)
    page.route("**/BidiComponent*.js", lambda route: route.abort())
    if status == 503:
        page.route("**/api/first*", lambda route: route.fulfill(status=503))
    page.goto(address)
    settled(page)
    expect(page.locator(COVER)).to_have_count(0, timeout=15_000)


def test_where_a_visitor_has_scrolled_to_and_what_has_the_focus_stay(browser, address):
    page, let_go = before_streamlit(browser, address, width=390)
    slider = page.get_by_role("slider").nth(1)
    slider.focus()
    page.evaluate("() => { document.getElementById('first').scrollTop = 300; }")
    before = slider.bounding_box()["y"]
    let_go()
    settled(page)
    page.get_by_role("textbox", name="Your sentence").wait_for(state="attached")
    page.wait_for_timeout(200)
    assert slider.bounding_box()["y"] == pytest.approx(before, abs=2)
    expect(slider).to_be_focused()


def test_another_page_is_not_covered_though_the_first_one_was_never_taken_over(browser, address):
    page = visitor(browser)
    page.route("**/BidiComponent*.js", lambda route: route.abort())
    page.goto(address)
    page.wait_for_selector(f"{COVER} .live[data-drawn]")
    page.get_by_role("link", name="Sources and receipts").click()
    expect(page.locator(COVER)).to_have_count(0, timeout=2_000)


def test_where_nothing_may_be_remembered_there_is_a_first_picture_too(browser, address):
    page = visitor(browser)
    page.add_init_script(FORBID)
    held(page)
    page.goto(address, wait_until="commit")
    page.wait_for_selector(f"{COVER} .live[data-drawn] .main-svg")
    assert page.locator(COVER).get_attribute("data-scheme") == "light"


def test_a_chart_that_cannot_be_drawn_keeps_no_other_from_it(browser, address):
    page = visitor(browser)
    page.add_init_script(THROW)
    page.goto(address)
    settled(page)
    expect(page.locator(".live-plot .main-svg").nth(3)).to_be_attached()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_first_picture_can_be_read_by_everybody(browser, address, scheme):
    page, _ = before_streamlit(browser, address, scheme=scheme)
    assert violations(page) == []
