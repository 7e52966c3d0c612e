"""Training in a browser: curves that grow, a stop, and a link that finds the run again."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import running
from tests.browser.visit import drawn, numbers, opened, settled

TINY = "training_depth=2&training_methods=none,contra_norm&training_epochs=30"


@pytest.fixture
def lab(tmp_path):
    """A server whose runs are in a folder of the test."""
    with running(CONTRANORM_RUNS=str(tmp_path / "runs")) as url:
        yield f"{url}/training"


def newer(page, before):
    """Wait until other numbers are drawn, and return what identifies them."""
    page.wait_for_function(
        "before => document.querySelector('.live').dataset.drawn !== before", arg=before
    )
    return drawn(page)


@pytest.mark.slow
def test_a_run_grows_is_found_again_by_its_link_and_is_stopped(browser, lab):
    lab += f"?{TINY}"
    page = opened(browser, lab)
    recorded = drawn(page)
    expect(page.get_by_text("Nothing was trained here yet")).to_be_visible()
    page.get_by_role("button", name="Train 2 networks").click()
    expect(page.get_by_role("button", name="Stop")).to_be_visible()
    first = newer(page, recorded)
    newer(page, first)
    assert "ContraNorm" in numbers(page)[1]
    page.reload()
    settled(page)
    newer(page, drawn(page))  # it still grows
    other = opened(browser, lab)
    drawn(other)
    expect(other.get_by_role("button", name="Stop")).to_be_visible()
    other.context.close()
    stopped = page.get_by_text("The training was stopped")
    for _ in range(20):  # not before the server has seen the others leave
        page.get_by_role("button", name="Stop").click()
        stopped.or_(page.get_by_text("Others are looking on")).first.wait_for()
        if stopped.is_visible():
            break
    expect(stopped).to_be_visible()
    kept = drawn(page)
    page.reload()
    settled(page)
    assert drawn(page) == kept
    expect(page.get_by_role("button", name="Go on from the last checkpoint")).to_be_visible()


def test_the_focus_stays_where_the_button_was_that_had_it(browser, lab):
    page = opened(browser, f"{lab}?{TINY}")
    drawn(page)
    here = page.locator(":focus")
    page.get_by_role("button", name="Train 2 networks").focus()
    page.keyboard.press("Enter")
    expect(here).to_have_text("Stop")
    page.keyboard.press("Enter")
    expect(here).to_have_text(re.compile("Go on|Train 2 networks"))
    page.locator(":focus").click()
    expect(page.get_by_role("button", name="Stop")).to_be_visible()
    page.wait_for_timeout(1000)
    expect(here).to_have_count(0)  # or the next key would press it


@pytest.mark.slow
def test_the_default_run_grows_beside_another_that_is_cancelled(browser, lab):
    page = opened(browser, lab)
    recorded = drawn(page)
    page.get_by_role("button", name="Train 4 networks (216 steps)").click()
    expect(page.get_by_role("button", name="Stop")).to_be_visible()
    other = opened(browser, f"{lab}?{TINY}")
    other.get_by_role("button", name="Train 2 networks").click()
    expect(other.get_by_text("before this one")).to_be_visible()  # the default run has the workers
    other.get_by_role("button", name="Stop").click()
    expect(other.get_by_text("The training was stopped")).to_be_visible(timeout=2_000)
    expect(other.get_by_role("button", name="Train 2 networks")).to_be_visible()
    other.context.close()
    newer(page, newer(page, recorded))
    page.reload()
    settled(page)
    expect(page.get_by_role("button", name="Stop")).to_be_visible()
    newer(page, drawn(page))  # it still grows
    expect(page.get_by_text("These networks are trained")).to_be_visible(timeout=300_000)
    assert all("after epoch 6" in said for said in numbers(page)[:4])
