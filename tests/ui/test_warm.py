"""What the first visitor waits for: the way to the first picture is short."""

import subprocess
import sys

import pytest

FIRST_PICTURE = """
import sys
from ui.watch import SOURCE
SOURCE.packed(SOURCE.settings({"depth": "2"}))
print("loaded:", *sorted(sys.modules))
"""


@pytest.mark.parametrize("heavy", ["pandas", "jinja2", "sklearn", "transformers"])
def test_the_first_picture_needs_no_library_that_only_other_pages_use(loaded, heavy):
    assert "torch" in loaded
    assert heavy not in loaded


@pytest.fixture(scope="module")
def loaded():
    command = [sys.executable, "-W", "ignore", "-c", FIRST_PICTURE]
    run = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    (line,) = [line for line in run.stdout.splitlines() if line.startswith("loaded:")]
    return set(line.split())
