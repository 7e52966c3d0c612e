"""The papers say what is so: commands exist, words are explained, links lead somewhere."""

import ast
import re
from pathlib import Path

import pytest

from contranorm import MEASURES, NORMS

ROOT = Path(__file__).parent.parent
PAPERS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
DECISIONS = sorted(path.name for path in (ROOT / "docs" / "decisions").iterdir())
LINK = re.compile(r"\]\(([^)\s]+)\)")
MACHINE = re.compile(r"/(?:home|Users|root|tmp|work|mnt)/|[A-Z]:\\Users")
SUFFIXES = {".py", ".md", ".toml", ".txt", ".yaml", ".cff", ".json", ".js", ".css", ""}
ROOTS = ("contranorm", "models", "training", "ui", "pages", "text", "tests", "benchmarks", "docs")


def commands(text):
    """The lines inside a text's fenced blocks, in order."""
    blocks = re.findall(r"^```\w*\n(.*?)^```", text, flags=re.MULTILINE | re.DOTALL)
    return [line for block in blocks for line in block.splitlines() if line.strip()]


def entries(text):
    """What a glossary explains: the bold words that open its list items."""
    return set(re.findall(r"^- \*\*(.+?)\*\*", text, flags=re.MULTILINE))


def dead_links(paper):
    targets = [link.partition("#")[0] for link in LINK.findall(paper.read_text(encoding="utf-8"))]
    near = [target for target in targets if target and "://" not in target]
    return [target for target in near if not (paper.parent / target).exists()]


def project_files():
    found = [path for path in ROOT.iterdir() if path.is_file() and path.name != ".git"]
    for name in (*ROOTS, ".ci", ".streamlit"):
        found += [path for path in (ROOT / name).rglob("*") if path.is_file()]
    return [path for path in found if path.suffix in SUFFIXES and "__pycache__" not in path.parts]


def readme():
    return (ROOT / "README.md").read_text(encoding="utf-8")


def glossary():
    return (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")


def makefile():
    return (ROOT / "Makefile").read_text(encoding="utf-8")


def test_the_first_two_commands_of_the_readme_are_app_and_test():
    assert commands(readme())[:2] == ["make app", "make test"]


def test_every_make_command_in_the_papers_is_a_target():
    targets = set(re.findall(r"^([a-z][\w-]*):", makefile(), flags=re.MULTILINE))
    named = {
        name for paper in PAPERS for name in re.findall(r"`make ([\w-]+)", paper.read_text("utf-8"))
    }
    named |= {line.split()[1] for line in commands(readme()) if line.startswith("make ")}
    assert {"app", "test", "check"} <= named
    assert named <= targets


def pip_installs(text):
    """What each `pip install` line of a text installs, with the Makefile's names spelled out."""
    wheels = re.search(r"^TORCH_WHEELS := (\S+)", makefile(), flags=re.MULTILINE).group(1)
    spelled = text.replace("$(TORCH_WHEELS)", wheels)
    return [line.strip() for line in re.findall(r"pip install (-.*)$", spelled, flags=re.MULTILINE)]


def test_the_plain_commands_install_exactly_what_the_makefile_does():
    torch, app, dev = pip_installs(makefile())
    assert pip_installs("\n".join(commands(readme()))) == [torch, app, torch, app, dev]


def test_the_plain_test_command_is_that_of_the_makefile():
    line = re.search(r"^test: .*\n\t(.*)$", makefile(), flags=re.MULTILINE).group(1)
    assert line.replace("$(BIN)", ".venv/bin") in commands(readme())


def test_the_example_of_the_readme_runs_and_shows_what_it_says(capsys):
    example = re.search(r"^```python\n(.*?)^```", readme(), flags=re.MULTILINE | re.DOTALL).group(1)
    exec(compile(ast.parse(example), "README.md", "exec"), {})
    before, after = map(float, re.findall(r"tensor\(([\d.]+)\)", capsys.readouterr().out))
    assert after > before


@pytest.mark.parametrize("row", [*MEASURES.values(), *NORMS.values()], ids=lambda row: row.name)
def test_the_glossary_explains_every_measure_and_norm_by_its_title(row):
    assert row.title in entries(glossary())


def test_the_glossary_explains_the_words_of_the_lab():
    words = {"Complete collapse", "Rank collapse", "Dimensional collapse", "Oversmoothing"}
    words |= {"Scale", "Temperature", "Placement", "Anchor half", "Twin", "Packet"}
    assert words - entries(glossary()) == set()


def test_decisions_are_numbered_without_gaps():
    numbers = [int(re.fullmatch(r"(\d{4})-[a-z0-9-]+\.md", name).group(1)) for name in DECISIONS]
    assert numbers == list(range(1, len(DECISIONS) + 1))


@pytest.mark.parametrize("name", DECISIONS)
def test_a_decision_opens_with_its_number_and_fits_half_a_page(name):
    text = (ROOT / "docs" / "decisions" / name).read_text(encoding="utf-8")
    assert text.startswith(f"# {int(name[:4])}. ")
    assert len(text.split()) <= 350


@pytest.mark.parametrize("paper", PAPERS, ids=lambda paper: paper.name)
def test_every_link_leads_to_a_file(paper):
    assert dead_links(paper) == []


def test_a_dead_link_is_found(tmp_path):
    paper = tmp_path / "paper.md"
    paper.write_text("[a](paper.md) [b](gone.md#x) [c](https://example.org) [d](#here)")
    assert dead_links(paper) == ["gone.md"]


def test_no_file_names_a_path_of_one_machine():
    here = Path(__file__)
    naming = [
        path.relative_to(ROOT).as_posix()
        for path in project_files()
        if path != here and MACHINE.search(path.read_text(encoding="utf-8"))
    ]
    assert naming == []
    assert MACHINE.search("see /home/someone/notes")


def test_the_accuracies_of_the_networks_of_words_are_those_of_the_cards():
    from models.cards import SHIPPED, SHIPPED_DEPTHS, card
    from training.tasks import TASKS

    text = (ROOT / "README.md").read_text(encoding="utf-8")
    for task in ("agreement", "masked_words"):
        (depth,) = SHIPPED_DEPTHS[task]
        scores = [card(name, depth=depth, task=task).test_accuracy for name in SHIPPED]
        row = " | ".join([TASKS[task].title, str(depth), *(f"{one:.3f}" for one in scores)])
        assert f"| {row} |" in text
        assert f"{card('none', depth=depth, task=task).commonest:.3f}" in text


def test_the_accuracies_of_the_shipped_networks_are_those_of_the_cards():
    from models.cards import SHIPPED, TWIN_DEPTHS, card

    text = (ROOT / "docs" / "decisions" / "0007-digits-trio.md").read_text(encoding="utf-8")
    for depth in TWIN_DEPTHS:
        row = re.search(rf"^\| {depth} \| (.*) \|$", text, flags=re.MULTILINE).group(1)
        assert [float(cell) for cell in row.split(" | ")] == [
            round(card(name, depth=depth).test_accuracy, 3) for name in SHIPPED
        ]


def test_the_readme_says_how_near_training_again_comes_to_the_cards():
    from tests.training.test_twins import TOLERANCE

    centring = TOLERANCE["partial_centering"]
    (other,) = {near for name, near in TOLERANCE.items() if name != "partial_centering"}
    said = f"within {other} of the cards', with partial centring within {centring} (a slow test)"
    assert said in readme()
