"""The close-up and the origin in a real browser: clouds that turn and stay turned, steps, Play."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.visit import (
    changed,
    drawn,
    held_back,
    numbers,
    opened,
    settled,
    slider,
    violations,
)

SLOW = pytest.mark.slow  # the same again on the second page, and what goes wrong seldom
PAGES = [("layer", 3, 20), pytest.param("origin", 160, 320, marks=SLOW)]
CAMERA = """() => {
  const { eye } = document.querySelector('.live-plot')._fullLayout.scene._scene.getCamera();
  return [eye.x, eye.y, eye.z].map((value) => value.toFixed(4)).join();
}"""
ON_SCREEN = """() => {
  const { data } = document.querySelector('.live-plot');
  return JSON.stringify(data.slice(-3).map(({ x, y, z }) => [[...x], [...y], [...(z ?? [])]]));
}"""
CLOUDS = [
    ("layer?layer_dimension=3", "Step size s", "Temperature τ"),
    pytest.param(
        *("origin?origin_space=sphere", "Weight of alignment", "Temperature τ of the loss"),
        marks=SLOW,
    ),
]


def button(page, name):
    return page.get_by_role("button", name=name, exact=True)


def stands(page, step, last):
    says = re.compile(f"^{step} of {last}$")
    expect(slider(page, "Steps")).to_have_attribute("aria-valuetext", says, timeout=20_000)
    return True


def turned(page):
    """Turn the 3-D cloud with the mouse, and return where its camera ended."""
    page.locator(".live-plot").first.scroll_into_view_if_needed()
    page.locator(".live-plot canvas").first.wait_for()
    before = page.evaluate(CAMERA)
    box = page.locator(".live-plot").first.bounding_box()
    page.mouse.move(box["x"] + 0.5 * box["width"], box["y"] + 0.5 * box["height"])
    page.mouse.down()
    page.mouse.move(box["x"] + 0.75 * box["width"], box["y"] + 0.6 * box["height"], steps=8)
    page.mouse.up()
    page.wait_for_function(f"before => ({CAMERA})() !== before", arg=before)
    page.wait_for_timeout(500)
    return page.evaluate(CAMERA)


def redrawn(page, before):
    """Wait until other numbers are drawn, and return them."""
    page.wait_for_function(f"before => ({ON_SCREEN})() !== before", arg=before)
    page.wait_for_timeout(300)
    return page.evaluate(ON_SCREEN)


@pytest.mark.parametrize(("path", "first", "second"), CLOUDS)
def test_a_cloud_that_was_turned_stays_so_over_every_change(browser, address, path, first, second):
    page = opened(browser, f"{address}/{path}")
    drawn(page)
    camera = turned(page)
    for label, key in ((first, "ArrowLeft"), (second, "ArrowRight"), ("Steps", "ArrowLeft")):
        seen = page.evaluate(ON_SCREEN)
        page.get_by_role("slider", name=label, exact=label != "Steps").first.focus()
        page.keyboard.press(key)
        redrawn(page, seen)
        assert page.evaluate(CAMERA) == camera, label
        settled(page)
    page.emulate_media(color_scheme="dark")
    page.wait_for_function(
        "() => getComputedStyle(document.body).colorScheme"
        " && document.querySelector('.live-plot').layout.font.color !== '#1a1d21'"
    )
    assert page.evaluate(CAMERA) == camera
    button(page, "Play").click()
    page.wait_for_timeout(1_000)
    assert page.evaluate(CAMERA) == camera
    button(page, "Pause").click()
    page.get_by_role("link", name="Sources and receipts").click()
    expect(page.get_by_role("heading", name="Sources and receipts", level=1)).to_be_visible()
    page.go_back()
    drawn(page)
    page.locator(".live-plot canvas").first.wait_for()
    assert page.evaluate(CAMERA) == camera


def test_a_cloud_can_be_turned_while_it_plays(browser, address):
    page = opened(browser, f"{address}/layer?layer_dimension=3&layer_steps=0")
    drawn(page)
    button(page, "Play").click()
    camera = turned(page)
    assert stands(page, 20, 20)
    assert page.evaluate(CAMERA) == camera


@pytest.mark.slow
def test_a_cloud_that_a_finger_turned_stays_so_when_a_slider_moves(browser, address):
    page = opened(browser, f"{address}/layer?layer_dimension=3", has_touch=True)
    drawn(page)
    page.locator(".live-plot").first.scroll_into_view_if_needed()
    page.locator(".live-plot canvas").first.wait_for()
    page.wait_for_timeout(1_000)
    before, seen = page.evaluate(CAMERA), page.evaluate(ON_SCREEN)
    box = page.locator(".live-plot canvas").first.bounding_box()
    touch = page.context.new_cdp_session(page)
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    for kind, far in (("touchStart", 0), *(("touchMove", 10 * n) for n in range(1, 9))):
        point = {"x": x + far, "y": y}
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [point]})
        page.wait_for_timeout(50)
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    page.wait_for_timeout(500)
    camera = page.evaluate(CAMERA)
    assert camera != before
    slider(page, "Step size s").focus()
    page.keyboard.press("ArrowLeft")
    redrawn(page, seen)
    assert page.evaluate(CAMERA) == camera


@pytest.mark.slow
def test_flat_and_deep_are_one_menu_apart_and_each_keeps_its_view(browser, address):
    page = opened(browser, f"{address}/layer?layer_dimension=3")
    errors = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    drawn(page)
    camera = turned(page)
    for chosen, has_depth in (("2-D", False), ("3-D", True), ("2-D", False), ("3-D", True)):
        page.get_by_role("combobox").nth(2).click()
        page.get_by_role("option", name=chosen).click()
        kind = "scatter3d" if has_depth else "scatter"
        page.wait_for_function(
            "kind => document.querySelector('.live-plot').data?.[0].type === kind", arg=kind
        )
        settled(page)
    assert page.evaluate(CAMERA) == camera
    assert errors == []


@pytest.mark.parametrize(("path", "step", "last"), PAGES)
def test_steps_go_by_keyboard_and_the_link_restores_them(browser, address, path, step, last):
    page = opened(browser, f"{address}/{path}")
    assert stands(page, step, last)
    seen = page.evaluate(ON_SCREEN)
    button(page, "Step").focus()
    page.keyboard.press("Enter")
    assert stands(page, step + 1, last)
    on = redrawn(page, seen)
    expect(page).to_have_url(re.compile(f"{path}_steps={step + 1}"))
    expect(page.get_by_text(f"at step {step + 1}").first).to_be_visible()
    assert f"step {step + 1} " in numbers(page)[0]
    cold = opened(browser, page.url)
    assert stands(cold, step + 1, last)
    assert redrawn(cold, "") == on
    button(page, "Step back").focus()
    page.keyboard.press("Space")
    assert stands(page, step, last)
    assert redrawn(page, on) == seen


@pytest.mark.parametrize(("path", "step", "last"), PAGES)
def test_play_starts_when_asked_only_and_stops_at_the_end(browser, address, path, step, last):
    page = opened(browser, f"{address}/{path}?{path}_steps={last - 3}")
    page.wait_for_timeout(1_500)
    assert stands(page, last - 3, last)
    page.context.set_offline(True)
    button(page, "Play").focus()
    page.keyboard.press("Enter")
    assert stands(page, last, last)
    expect(button(page, "Play")).to_be_visible()
    assert f"step {last} " in numbers(page)[0]


@pytest.mark.parametrize("path", ["layer", pytest.param("origin", marks=SLOW)])
def test_what_is_on_screen_is_the_step_s_own_row_of_the_message(browser, address, path):
    page = opened(browser, f"{address}/{path}?{path}_steps=2")
    drawn(page)
    page.set_viewport_size({"width": 1280, "height": 2400})  # what is out of sight is not drawn
    ringed = """node => {
      const plot = node.querySelector('.live-plot');
      const ring = plot.data.findLast(({ mode }) => mode === 'markers');
      const curve = plot.data[plot.data.indexOf(ring) - plot.data.length / 2];
      return [ring.x[0], ring.y[0] - curve.y[ring.x[0]]];
    }"""
    page.wait_for_function(
        "() => [...document.querySelectorAll('.live-plot')].every(({ data }) => data)"
    )
    for step in (2, 1, 0):
        found = page.evaluate(
            f"() => ({ringed})([...document.querySelectorAll('.live-chart')].at(-1))"
        )
        assert found == [step, 0]
        button(page, "Step back").click()
        page.wait_for_timeout(300)


@pytest.mark.parametrize(
    ("path", "label"),
    [("layer", "Step size s"), pytest.param("origin", "Weight of alignment", marks=SLOW)],
)
def test_charts_and_sentences_follow_while_a_slider_is_held(browser, address, path, label):
    page = opened(browser, f"{address}/{path}")
    drawn(page)
    before, seen = numbers(page), page.evaluate(ON_SCREEN)
    box = slider(page, label).bounding_box()
    middle = box["y"] + box["height"] / 2
    share = float(slider(page, label).input_value()) / float(
        slider(page, label).get_attribute("max")
    )
    page.mouse.move(box["x"] + 8 + share * (box["width"] - 16), middle)
    page.mouse.down()
    page.mouse.move(box["x"] + 0.9 * box["width"], middle, steps=10)
    while_held = changed(page, before)
    redrawn(page, seen)
    assert "?" not in page.url
    page.mouse.up()
    page.wait_for_function("() => location.search !== ''")
    settled(page)
    cold = opened(browser, page.url)
    drawn(cold)
    assert numbers(cold) == numbers(page) != before
    assert while_held != before


@pytest.mark.slow
def test_a_late_answer_about_another_cloud_is_not_drawn(browser, address):
    page = browser.new_context().new_page()
    held = held_back(page)
    page.goto(f"{address}/layer")
    settled(page)
    drawn(page)
    page.wait_for_function("() => document.querySelector('.live').dataset.transport !== 'reruns'")
    slider(page, "Step size s").focus()
    page.keyboard.press("End")
    page.wait_for_function("() => location.search.includes('layer_s=')")
    page.get_by_role("combobox").first.click()
    page.get_by_role("option", name="Ring").click()
    page.wait_for_function("() => location.search.includes('layer_cloud=ring')")
    settled(page)
    page.wait_for_timeout(500)
    ring = drawn(page)
    assert held
    for socket, message in held:
        socket.send(message)
    page.wait_for_timeout(500)
    assert drawn(page) == ring


@pytest.mark.parametrize(("path", "first", "second"), CLOUDS)
@pytest.mark.parametrize(
    ("width", "scheme"), [pytest.param(1280, "light", marks=SLOW), (390, "dark")]
)
def test_pages_with_a_deep_cloud_are_accessible(
    browser, address, path, first, second, width, scheme
):
    page = opened(browser, f"{address}/{path}", width=width, scheme=scheme)
    drawn(page)
    page.locator(".live-plot").first.scroll_into_view_if_needed()
    page.locator(".live-plot canvas").first.wait_for()
    assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0
    assert violations(page) == []


@pytest.mark.slow
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
