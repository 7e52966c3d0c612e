"""What several files of tests use."""

import runpy

import pytest

from ui.recipe import script


@pytest.fixture
def numbers(tmp_path):
    """Run a recipe's script, and give its numbers."""

    def run(recipe):
        path = tmp_path / "recipe.py"
        path.write_text(script(recipe), encoding="utf-8")
        return runpy.run_path(str(path))["numbers"]

    return run
