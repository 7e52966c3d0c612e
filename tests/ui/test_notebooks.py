"""Every page's notebook, executed as Jupyter would: it gives the numbers of the script."""

import json
import runpy
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from ui import (
    closeup,
    origin,
    real_recipe,
    receipts,
    tradeoffs,
    training_live,
    training_page,
    twins,
    vectors_recipe,
    vectors_store,
    watch,
)
from ui.closeup import LAYER, CloudSettings, Source
from ui.closeup_example import ExampleSettings
from ui.origin import Descent
from ui.origin_derivation import Step
from ui.real_settings import RealSettings
from ui.recipe import FOLDER, notebook, script
from ui.settings import Settings
from ui.training_settings import Setup
from ui.vectors_settings import View

ROOT = Path(__file__).parents[2]
HOSTILE = Settings(text="a 🦊 \"'''\\ cat\n%%bash\n{{ 1 }} </script> \ud83d", depth=2)
TRAINED = Setup(depth=2, methods=("contra_norm",), epochs=1)
RECIPES = {
    "watch": watch.recipe(HOSTILE),
    "layer": closeup.recipe(CloudSettings(LAYER, source=Source(HOSTILE)), ExampleSettings()),
    "origin": origin.recipe(Descent("sphere", overlap=0.3), Step(0.2, 0.3)),
    "real": real_recipe.recipe(RealSettings(HOSTILE.text, line=2, head=3)),
    "receipts": receipts.recipe(),
    "training": training_page.recipe(TRAINED, training_live.View(TRAINED)),
    "twins": twins.recipe(twins.View(6)),
    "tradeoffs": tradeoffs.recipe(tradeoffs.View()),
    "vectors": vectors_recipe.recipe(vectors_store.example("clusters"), View(data="clusters")),
}


def test_every_template_is_executed():
    assert {f"{page}.py.jinja" for page in RECIPES} == {
        path.name for path in FOLDER.iterdir() if path.name.endswith(".py.jinja")
    }


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")
@pytest.mark.parametrize(
    "page",
    [page if page == "watch" else pytest.param(page, marks=pytest.mark.slow) for page in RECIPES],
)
def test_a_notebook_gives_the_numbers_of_the_script(page, tmp_path, monkeypatch):
    monkeypatch.setenv("CONTRANORM_SAVE", str(tmp_path / "notebook.json"))
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path))
    made = nbformat.reads(notebook(RECIPES[page]), as_version=4)
    NotebookClient(made, timeout=120, resources={"metadata": {"path": str(ROOT)}}).execute()
    (tmp_path / "recipe.py").write_text(script(RECIPES[page]), encoding="utf-8")
    monkeypatch.setenv("CONTRANORM_SAVE", str(tmp_path / "script.json"))
    runpy.run_path(str(tmp_path / "recipe.py"))
    by_notebook, by_script = (
        json.loads((tmp_path / f"{name}.json").read_text()) for name in ("notebook", "script")
    )
    assert by_notebook == by_script
