"""Measure keys, drags, the layer slider and Play: `python -m benchmarks.live`."""

from itertools import pairwise
from statistics import median, quantiles
from typing import Any

from playwright.sync_api import Browser, Page

from benchmarks.live import cold
from benchmarks.live.stage import chromium, served

KEYS, SECONDS = 24, 3.0

# Every answer drawn plus two animation frames, by the page's own clock.
WATCH = """() => {
  window.painted = [];
  const note = () => requestAnimationFrame(() => requestAnimationFrame(
    () => window.painted.push(performance.now())));
  const live = document.querySelector('.live');
  if (live) new MutationObserver(note).observe(live,
    { attributes: true, attributeFilter: ['data-count'] });
}"""

DRAG = """async (seconds) => {
  const input = document.querySelectorAll('.live-controls input')[1];
  const live = document.querySelector('.live');
  const moved = [], drawn = [], begun = performance.now(), since = new Map();
  let last = null;
  new MutationObserver((changes) => changes.forEach(({ attributeName }) => {
    if (attributeName === 'data-asked') since.set(live.dataset.asked, last);
    if (attributeName !== 'data-count') return;
    const from = since.get(live.dataset.answered);
    requestAnimationFrame(() => requestAnimationFrame(
      () => { if (from) drawn.push(performance.now() - from); }));
  })).observe(live, { attributes: true });
  let step = 0;
  const most = Number(input.max);
  while (performance.now() - begun < 1000 * seconds) {
    await new Promise(requestAnimationFrame);
    step = (step + 7) % (2 * most);
    input.value = step > most ? 2 * most - step : step;
    last = performance.now();
    moved.push(last);
    input.dispatchEvent(new Event('input', { bubbles: true }));
  }
  const during = drawn.length;
  input.value = 12;
  input.dispatchEvent(new Event('input', { bubbles: true }));
  input.dispatchEvent(new Event('change', { bubbles: true }));
  await new Promise((next) => setTimeout(next, 1500));
  return { moved: moved.length, during, drawn, shown: input.value };
}"""

PLAY = """async () => {
  const speed = document.querySelector('.live-player select');
  speed.value = 'fast';
  document.querySelector('.live-player input').value = 0;
  document.querySelector('.live-player input').dispatchEvent(new Event('input'));
  const value = document.querySelector('.live-player .live-value');
  const at = [];
  new MutationObserver(() => at.push(performance.now())).observe(value,
    { childList: true, characterData: true, subtree: true });
  [...document.querySelectorAll('.live-player button')][0].click();
  await new Promise((next) => setTimeout(next, 2500));
  return at;
}"""


def summary(times: list[float]) -> str:
    """Return median and 90th percentile of times in ms."""
    if len(times) < 2:
        return "too few"
    return f"{median(times):5.0f} / {quantiles(times, n=10)[-1]:.0f} ms"


def opened(browser: Browser, url: str, ready: str) -> Page:
    """Open a page and wait until its charts stand."""
    page = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
    page.goto(url)
    page.wait_for_selector(ready, timeout=120_000)
    page.wait_for_timeout(2500)
    page.evaluate(WATCH)
    return page


def key_to_paint(page: Page, ready: str) -> list[float]:
    """Press arrow keys on s, one after the other, and time each until its charts are painted."""
    page.locator(ready).first.focus()
    times = []
    for index in range(KEYS):
        page.evaluate("() => { window.painted = []; }")
        page.evaluate(
            "() => addEventListener('keydown', () => { window.pressed = performance.now(); },"
            " { once: true, capture: true })"
        )
        page.keyboard.press("ArrowLeft" if index < KEYS / 2 else "ArrowRight")
        page.wait_for_function("() => window.painted.length > 0")
        times.append(page.evaluate("() => window.painted[0] - window.pressed"))
        page.wait_for_timeout(450)
    return times


STOCK = """() => {
  let last = '';
  const look = () => {
    const plots = [...document.querySelectorAll('.js-plotly-plot .gtitle')];
    const said = plots.map((one) => one.textContent).join();
    if (plots.length === 3 && new Set(plots.map((one) => one.textContent)).size === 1
        && said !== last) {
      if (last) requestAnimationFrame(() => requestAnimationFrame(
        () => window.painted.push(performance.now())));
      last = said;
    }
    requestAnimationFrame(look);
  };
  look();
}"""


def ours(browser: Browser, mode: str) -> dict[str, Any]:
    """Measure the main page with one of its two ways to the server."""
    with served("app.py", CONTRANORM_LIVE=mode) as url:
        page = opened(browser, f"{url}/?depth=12", ".live .js-plotly-plot")
        keys = key_to_paint(page, ".live-controls .live-slider:nth-child(2) input")
        drag = page.evaluate(DRAG, SECONDS)
        frames = page.evaluate(PLAY)
    return {
        "key": keys,
        "rate": drag["during"] / SECONDS,
        "drag": drag["drawn"],
        "play": [later - early for early, later in pairwise(frames)],
    }


def main() -> None:
    """Print one table: stock Streamlit, then both of our ways, with ratios."""
    with chromium() as browser:
        with served("benchmarks/live/stock.py") as url:
            page = opened(browser, f"{url}/?depth=12", ".js-plotly-plot")
            page.evaluate(STOCK)
            page.wait_for_timeout(500)
            stock = key_to_paint(page, 'input[type="range"], [role="slider"]')
        print("Three clouds of 19 tokens, 12 layers, three branches (median / 90th percentile)")
        print(f"  stock Streamlit      key to paint {summary(stock)}; nothing while dragging")
        for mode in ("websocket", "reruns"):
            found = ours(browser, mode)
            ratio = median(stock) / median(found["key"])
            play = 1000 / median(found["play"]) if found["play"] else 0.0
            print(
                f"  ours over {mode:10s} key to paint {summary(found['key'])} "
                f"({ratio:.1f} times sooner); drag {found['rate']:.1f} updates/s, "
                f"input to paint {summary(found['drag'])}; Play {play:.0f} frames/s"
            )
    cold.main()


if __name__ == "__main__":
    main()
