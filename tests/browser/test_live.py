"""Charts that follow the finger: drags, views that stay, the last value, both transports."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import free_port, started
from tests.browser.visit import at_rest, changed, drawn, held_back, numbers, opened, settled, slider

DRAG = """async (values) => {
  const input = [...document.querySelectorAll('.live-controls input')][1];
  const live = document.querySelector('.live');
  const before = Number(live.dataset.count);
  for (const value of values) {
    input.value = value;
    const count = live.dataset.count;
    const patience = performance.now() + 2000;
    input.dispatchEvent(new Event('input', { bubbles: true }));
    do await new Promise((next) => setTimeout(next, 60));
    while (live.dataset.count === count && performance.now() < patience);
  }
  const during = Number(live.dataset.count) - before;
  input.dispatchEvent(new Event('change', { bubbles: true }));
  return during;
}"""


def transport(page):
    return page.locator(".live").get_attribute("data-transport")


def over(page, name):
    page.wait_for_function(
        "name => document.querySelector('.live').dataset.transport === name", arg=name
    )


@pytest.mark.parametrize("way", ["websocket", "reruns"])
def test_charts_follow_while_a_slider_moves_and_the_last_value_is_drawn(
    browser, address, without_websocket, way
):
    page = opened(browser, address if way == "websocket" else without_websocket)
    drawn(page)
    over(page, way)
    during = page.evaluate(DRAG, [30, 25, 20, 18, 16, 14, 12, 10, 8, 6, 4, 2])
    assert during >= 3
    at_rest(page, "s", "0.05")
    after, shown = numbers(page), drawn(page)
    cold = opened(browser, page.url)
    assert drawn(cold) == shown
    assert numbers(cold) == after


def test_a_real_mouse_drags(browser, address):
    page = opened(browser, address)
    drawn(page)
    before = numbers(page)
    box = slider(page, "s, strength").bounding_box()
    middle = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + 0.76 * box["width"], middle)
    page.mouse.down()
    page.mouse.move(box["x"] + 0.2 * box["width"], middle, steps=12)
    while_held = changed(page, before)
    assert "s=" not in page.url
    page.mouse.up()
    page.wait_for_url("**s=0.*")
    assert while_held != before


def test_a_finger_drags(browser, address):
    page = opened(browser, address, width=390, has_touch=True, is_mobile=True)
    drawn(page)
    before = numbers(page)
    box = slider(page, "s, strength").bounding_box()
    page.touchscreen.tap(box["x"] + 0.3 * box["width"], box["y"] + box["height"] / 2)
    assert changed(page, before) != before
    page.wait_for_url("**s=0.*")


def test_zoom_layer_and_hidden_lines_stay_over_every_change(browser, address):
    page = opened(browser, address)
    drawn(page)
    slider(page, "Layer on screen").focus()
    page.keyboard.press("ArrowLeft")
    at_rest(page, "layer", "23")
    box = page.locator(".live-chart .nsewdrag").first.bounding_box()
    page.mouse.move(box["x"] + 0.3 * box["width"], box["y"] + 0.3 * box["height"])
    page.mouse.down()
    page.mouse.move(box["x"] + 0.7 * box["width"], box["y"] + 0.7 * box["height"], steps=5)
    page.mouse.up()
    hide = page.locator(".live-chart", has_text="Singular values at")
    hide.scroll_into_view_if_needed()
    hide.locator(".legendtoggle").first.click()
    look = """() => {
      const plots = [...document.querySelectorAll('.js-plotly-plot')];
      const lines = plots.find(({ data }) => data.length === 3);
      return [plots[0].layout.xaxis.range, plots[0].layout.yaxis.range,
              lines?.data.map(({ visible }) => visible ?? true),
              document.querySelector('.live-player input').value].map(String);
    }"""
    page.wait_for_function(f"() => ({look})()[2].startsWith('legendonly')")
    zoomed = page.evaluate(look)
    assert abs(float(zoomed[0].split(",")[0])) < 8
    for name, label, key in (
        ("s", "s, strength", "ArrowLeft"),
        ("tau", "τ, temperature", "ArrowRight"),
        ("depth", "Depth", "ArrowRight"),
    ):
        before = numbers(page)
        slider(page, label).focus()
        page.keyboard.press(key)
        changed(page, before)
        page.wait_for_function(f"() => location.search.includes('{name}=')")
        settled(page)
        assert page.evaluate(look) == zoomed, name
    page.emulate_media(color_scheme="dark")
    page.wait_for_timeout(1_000)
    assert page.evaluate(look) == zoomed
    page.get_by_role("link", name="Sources and receipts").click()
    expect(page.get_by_role("heading", name="Sources and receipts", level=1)).to_be_visible()
    page.get_by_role("link", name="Watch it collapse").click()
    drawn(page)
    page.locator(".live-chart", has_text="Singular values at").scroll_into_view_if_needed()
    page.wait_for_function(f"() => ({look})()[2].startsWith('legendonly')")
    assert page.evaluate(look) == zoomed


def test_play_runs_to_the_end_without_the_server(browser, address):
    page = opened(browser, f"{address}/?layer=0")
    drawn(page)
    page.context.set_offline(True)
    page.get_by_label("Speed of Play").select_option("fast")
    page.get_by_role("button", name="Play", exact=True).click()
    expect(page.get_by_text("without, layer 24")).to_be_visible()
    expect(page.get_by_role("button", name="Play", exact=True)).to_be_visible()


def test_undo_and_start_values_bring_the_numbers_back(browser, address):
    page = opened(browser, address)
    drawn(page)
    start = numbers(page)
    slider(page, "τ, temperature").focus()
    page.keyboard.press("Home")
    moved = changed(page, start)
    page.get_by_role("button", name="Undo").click()
    assert changed(page, moved) == start
    slider(page, "s, strength").focus()
    page.keyboard.press("Home")
    moved = changed(page, start)
    page.get_by_role("button", name="Start values").click()
    assert changed(page, moved) == start


def test_a_silent_websocket_is_left_for_reruns_within_two_seconds(browser, address):
    page = browser.new_context().new_page()
    page.route_web_socket("**/live", lambda socket: None)  # opens, swallows, never answers
    page.goto(address)
    settled(page)
    drawn(page)
    over(page, "websocket")
    before = numbers(page)
    slider(page, "s, strength").focus()
    page.keyboard.press("Home")
    page.wait_for_function(
        "() => document.querySelector('.live').dataset.transport === 'reruns'", timeout=3_000
    )
    assert changed(page, before) != before


@pytest.mark.slow
def test_an_answer_from_before_the_slider_was_let_go_is_not_drawn(browser, address):
    page = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
    held = held_back(page)
    page.goto(f"{address}/?depth=3")
    settled(page)
    first = drawn(page)
    over(page, "websocket")
    slider(page, "s, strength").focus()
    page.keyboard.press("Home")
    page.keyboard.press("End")  # asked once the first question is answered
    page.wait_for_function(
        "first => document.querySelector('.live').dataset.drawn !== first",
        arg=first,
    )
    last = drawn(page)
    assert page.locator(".live").first.get_attribute("data-answered").startswith("run")
    assert len(held) == 1
    held[0][0].send(held[0][1])
    page.wait_for_timeout(500)
    assert drawn(page) == last


@pytest.mark.slow
@pytest.mark.parametrize("way", ["websocket", "reruns"])
def test_a_server_that_starts_anew_is_asked_again_and_shows_the_same_picture(browser, way):
    port = free_port()
    server = started(port, CONTRANORM_LIVE=way)
    try:
        page = opened(browser, f"http://localhost:{port}/")
        drawn(page)
        before = numbers(page)
        slider(page, "s, strength").focus()
        page.keyboard.press("Home")
        after = changed(page, before)
        page.wait_for_function("() => location.search.includes('s=')")
        server.kill()
        server.wait(20)
        over(page, "reruns")
        server = started(port, CONTRANORM_LIVE=way)
        over(page, way)
        page.wait_for_timeout(6_000 if way == "reruns" else 3_000)
        assert numbers(page) == after
        slider(page, "τ, temperature").focus()
        page.keyboard.press("End")
        slider(page, "s, strength").focus()
        page.keyboard.press("End")
        assert changed(page, after) != before
        at_rest(page, "tau", "10")
    finally:
        server.kill()
        server.wait(20)
