"""Record one drag as pictures: `python -m benchmarks.live.pictures FOLDER`.

Five of them: before, three while the finger is down, and after it was lifted.
"""

import sys
from pathlib import Path

from playwright.sync_api import Page

from benchmarks.live.stage import chromium, served

MOMENTS = (0.75, 0.5, 0.25)  # where on the slider the finger is, as a share of its length
LABEL = "s, strength"


def record(page: Page, folder: Path) -> None:
    """Drag the slider of s to the left, and keep what is on screen."""
    slider = page.get_by_role("slider", name=LABEL)
    box = slider.bounding_box()
    if box is None:
        raise RuntimeError(f"there is no slider {LABEL!r} on this page")
    middle = box["y"] + box["height"] / 2
    page.screenshot(path=folder / "0-before.png")
    start = float(slider.input_value()) / float(slider.get_attribute("max") or 1)
    page.mouse.move(box["x"] + 8 + start * (box["width"] - 16), middle)
    page.mouse.down()
    for number, share in enumerate(MOMENTS, start=1):
        page.mouse.move(box["x"] + share * box["width"], middle, steps=8)
        page.wait_for_timeout(400)
        page.screenshot(path=folder / f"{number}-held.png")
    page.mouse.up()
    page.wait_for_timeout(2_000)
    page.screenshot(path=folder / "4-after.png")


def main(folder: Path) -> None:
    """Record a drag on the first page."""
    folder.mkdir(parents=True, exist_ok=True)
    with chromium() as browser, served("app.py") as url:
        page = browser.new_page(viewport={"width": 1280, "height": 1100})
        page.goto(f"{url}/?depth=12")
        page.wait_for_selector(".live .main-svg", timeout=120_000)
        page.wait_for_timeout(2_500)
        record(page, folder)
    print(*sorted(path.name for path in folder.glob("*.png")), sep="\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
