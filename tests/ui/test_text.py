import re
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
PAGES = sorted((ROOT / "text" / "en").glob("*.yaml"))
CODE = "\n".join(
    path.read_text(encoding="utf-8")
    for folder in ("ui", "pages")
    for path in (ROOT / folder).rglob("*.py")
)


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_every_sentence_is_used(path):
    entries = yaml.safe_load(path.read_text(encoding="utf-8"))
    families = re.findall(r'f"([a-z_]*)\{[^"{}]*\}([a-z_]*)"', CODE)
    patterns = [re.compile(f"{head}[a-z_0-9]+{tail}") for head, tail in families if head or tail]
    unused = [
        name
        for name in entries
        if f'"{name}"' not in CODE and not any(p.fullmatch(name) for p in patterns)
    ]
    assert unused == []


def test_every_sentence_asked_for_exists():
    known = {name for path in PAGES for name in yaml.safe_load(path.read_text(encoding="utf-8"))}
    asked = set(re.findall(r'\bwords\(\s*"([a-z_0-9]+)"', CODE)) - {p.stem for p in PAGES}
    assert asked
    assert asked <= known


@pytest.mark.parametrize("path", [p for p in PAGES if p.stem != "shared"], ids=lambda p: p.stem)
def test_a_page_has_title_question_and_source(path):
    entries = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert {"title", "question", "source"} <= set(entries)
