"""A file of one's own in a browser: uploaded, normalised, downloaded again; or refused."""

import io
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
import torch
from playwright.sync_api import expect

from contranorm import contra_norm
from tests.browser.visit import drawn, numbers, opened, settled, slider
from tests.models.vectors import files

ROWS, COLUMNS = 120, 6
VALUES = np.random.default_rng(3).normal(size=(ROWS, COLUMNS)).astype(np.float32) + 1
LABELS = [f"{'=' if row == 0 else ''}group {row % 3}" for row in range(ROWS)]


def expected(scale, temperature):
    return contra_norm(torch.from_numpy(VALUES), scale=scale, temperature=temperature).numpy()


def upload(page, name, data):
    page.locator("[data-testid=stFileUploader] input[type=file]").first.set_input_files(
        {"name": name, "mimeType": "application/octet-stream", "buffer": data}
    )


def downloaded(page):
    settled(page)
    page.get_by_role("button", name="to all 120 rows").click()
    button = page.get_by_role("button", name="Save all rows as")
    expect(button).to_be_visible(timeout=60_000)
    with page.expect_download() as started:
        button.click()
    return Path(started.value.path()).read_bytes(), started.value.suggested_filename


def test_a_csv_is_uploaded_normalised_and_downloaded_again(browser, address):
    rows = [
        f"{label},{','.join(map(repr, row.tolist()))}"
        for label, row in zip(LABELS, VALUES, strict=True)
    ]
    text = "\n".join(["name," + ",".join(f"x{k}" for k in range(COLUMNS)), *rows])
    page = opened(browser, f"{address}/vectors?vectors_s=1&vectors_tau=0.5")
    upload(page, "mine.csv", text.encode())
    expect(page.get_by_text("120 rows of 6 numbers")).to_be_visible(timeout=60_000)
    drawn(page)
    data, name = downloaded(page)
    assert name == "contranorm-contra_norm.csv"
    lines = data.decode().splitlines()
    assert len(lines) == ROWS + 1
    assert lines[1].startswith('"\'=group 0"')
    found = np.array([[float(cell) for cell in line.split(",")[1:]] for line in lines[1:]])
    np.testing.assert_allclose(found, expected(1.0, 0.5), rtol=1e-5, atol=1e-5)
    assert "mine.csv" not in page.url


def test_a_parquet_is_uploaded_normalised_and_downloaded_again(browser, address):
    data = files.parquet(name=LABELS, **{f"x{k}": VALUES[:, k] for k in range(COLUMNS)})
    page = opened(browser, f"{address}/vectors")
    upload(page, "mine.parquet", data)
    expect(page.get_by_text("120 rows of 6 numbers")).to_be_visible(timeout=60_000)
    drawn(page)
    before = numbers(page)
    slider(page, "s, strength").press("Home")
    page.wait_for_function("new URLSearchParams(location.search).get('vectors_s') === '0'")
    settled(page)
    assert numbers(page) != before
    saved, _ = downloaded(page)
    table = pq.read_table(io.BytesIO(saved))
    assert table.column("name").to_pylist() == LABELS
    found = np.stack([table.column(f"x{k}").to_numpy() for k in range(COLUMNS)], 1)
    np.testing.assert_array_equal(found, expected(0.0, 0.2))


def test_a_hostile_npy_is_refused(browser, address):
    page = opened(browser, f"{address}/vectors")
    upload(page, "vectors.npy", files.pickled_npy())
    expect(page.get_by_text("pickled Python objects")).to_be_visible(timeout=60_000)
    assert page.locator(".live").count() == 0
    assert page.locator("[data-testid=stException]").count() == 0


@pytest.mark.slow
def test_another_visitor_sees_nothing_of_an_upload(browser, address):
    page = opened(browser, f"{address}/vectors")
    upload(page, "secret.npy", files.npy(VALUES))
    expect(page.get_by_text("120 rows of 6 numbers")).to_be_visible(timeout=60_000)
    drawn(page)
    other = opened(browser, page.url)
    drawn(other)
    assert "secret" not in other.content()
    expect(other.get_by_text("A narrow cone.", exact=True)).to_be_visible(timeout=60_000)


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.slow
def test_a_drag_by_keyboard_is_followed_by_the_charts_of_an_upload(browser, address, width):
    page = opened(browser, f"{address}/vectors", width=width)
    upload(page, "mine.npy", files.npy(VALUES))
    expect(page.get_by_text("120 rows of 6 numbers")).to_be_visible(timeout=60_000)
    before = drawn(page)
    slider(page, "τ, temperature").press("End")
    page.wait_for_function(
        "before => document.querySelector('.live').dataset.drawn !== before", arg=before
    )
    assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0
