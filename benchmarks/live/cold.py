"""How soon the first picture stands: `python -m benchmarks.live.cold`.

Beside ours, in the same run, a page of stock Streamlit with one line on it. What that one needs
no page of Streamlit can do without. The page itself takes the time, at the frame that shows what
is waited for: whoever asks it from outside is answered when it has nothing else to do.
"""

import time
from statistics import median

from playwright.sync_api import Browser

from benchmarks.live.stage import chromium, served

VISITS = 5
PAGES = (  # name, script, what is waited for
    ("stock Streamlit, one line", "benchmarks/live/empty.py", "h1"),
    ("ours, first chart", "app.py", ".live .main-svg"),
    ("ours, Streamlit's controls", "app.py", "h1"),
)
WATCH = """(() => {
  const look = () => {
    const stands = document.querySelector(SELECTOR);
    if (stands) window.stands = performance.timeOrigin + performance.now();
    else requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
})()"""
WEIGHED = """() => performance.getEntriesByType('resource')
  .reduce((sum, { transferSize }) => sum + transferSize, 0) / 1e6"""


def visit(browser: Browser, url: str, shown: str) -> tuple[float, float, float]:
    """Open a page with an empty cache.

    Returns:
        The time at which `shown` stood, seconds from the visit's start to that, and MB on the wire.
    """
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.add_init_script(WATCH.replace("SELECTOR", repr(shown)))
    page.goto(url, wait_until="commit")
    page.wait_for_function("() => window.stands", timeout=120_000)
    page.wait_for_timeout(1_500)
    stood = page.evaluate("() => window.stands") / 1000
    seconds = stood - page.evaluate("() => performance.timeOrigin") / 1000
    weight = page.evaluate(WEIGHED)
    context.close()
    return stood, seconds, weight


def measured(browser: Browser, script: str, shown: str) -> tuple[float, float, float]:
    """Return seconds from the process's start, seconds on a warm server, MB on the wire."""
    begun = time.time()
    with served(script, rest=0.0) as url:
        stood, _, _ = visit(browser, url, shown)
        time.sleep(4)
        visits = [visit(browser, url, shown) for _ in range(VISITS)]
    return stood - begun, median(one for _, one, _ in visits), visits[-1][2]


def main() -> None:
    """Print one line for each page."""
    with chromium() as browser:
        print("Seconds until something stands: from process start | warm server, empty cache | MB")
        for name, script, shown in PAGES:
            start, warm, weight = measured(browser, script, shown)
            print(f"  {name:26s} {start:5.1f} | {warm:5.2f} | {weight:.2f}")


if __name__ == "__main__":
    main()
