"""How soon the first picture stands: `python -m benchmarks.live.cold`.

Beside ours, in the same run, a page of stock Streamlit with one line on it. What that one needs
no page of Streamlit can do without, so that the difference is what is ours to mend.
"""

import time
from statistics import median

from playwright.sync_api import Browser

from benchmarks.live.stage import chromium, served

VISITS = 5
WEIGHED = """() => performance.getEntriesByType('resource')
  .reduce((sum, { transferSize }) => sum + transferSize, 0) / 1e6"""


def visit(browser: Browser, url: str, ready: str) -> tuple[float, float]:
    """Open a page with an empty cache; return the seconds until `ready`, and MB on the wire."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    begun = time.perf_counter()
    page.goto(url, wait_until="commit")
    page.wait_for_selector(ready, timeout=120_000)
    seconds = time.perf_counter() - begun
    page.wait_for_timeout(1_500)
    weight = page.evaluate(WEIGHED)
    context.close()
    return seconds, weight


def measured(browser: Browser, script: str, ready: str) -> tuple[float, float, float]:
    """Return seconds from the process's start, seconds on a warm server, MB on the wire."""
    begun = time.perf_counter()
    with served(script, rest=0.0) as url:
        visit(browser, url, ready)
        start = time.perf_counter() - begun - 1.5  # the wait before the page is weighed
        time.sleep(4)
        visits = [visit(browser, url, ready) for _ in range(VISITS)]
    return start, median(one for one, _ in visits), visits[-1][1]


def main() -> None:
    """Print one line for each page."""
    with chromium() as browser:
        print("Seconds until something stands: from process start | warm server, empty cache | MB")
        for name, script, ready in (
            ("stock Streamlit, one line", "benchmarks/live/empty.py", "h1"),
            ("ours, first chart", "app.py", ".live .main-svg"),
        ):
            start, warm, weight = measured(browser, script, ready)
            print(f"  {name:26s} {start:5.1f} | {warm:5.2f} | {weight:.2f}")


if __name__ == "__main__":
    main()
