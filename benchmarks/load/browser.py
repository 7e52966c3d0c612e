"""One real browser, whose slider is dragged."""

import shutil

from playwright.async_api import async_playwright

ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]

# Input events at the screen's own rate, over the whole slider and back; counts what was drawn.
DRAG = """async (seconds) => {
  const live = document.querySelector('.live');
  const input = live.querySelectorAll('.live-controls input')[1];
  const most = Number(input.max);
  const before = Number(live.dataset.count);
  const begun = performance.now();
  let step = 0;
  while (performance.now() - begun < 1000 * seconds) {
    await new Promise(requestAnimationFrame);
    step = (step + 1) % (2 * most);
    input.value = step > most ? 2 * most - step : step;
    input.dispatchEvent(new Event('input', { bubbles: true }));
  }
  const drawn = Number(live.dataset.count) - before;
  input.dispatchEvent(new Event('change', { bubbles: true }));
  return drawn;
}"""


async def drag_among(url: str, seconds: float) -> float:
    """Open the main page, drag the strength, and return how many updates a second were drawn."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=ARGUMENTS
        )
        page = await browser.new_page(viewport={"width": 1280, "height": 900})
        await page.goto(url)
        await page.wait_for_selector(".live[data-drawn][data-transport=websocket]")
        await page.wait_for_timeout(2_000)
        drawn: int = await page.evaluate(DRAG, seconds)
        await browser.close()
    return drawn / seconds
