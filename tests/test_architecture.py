"""The shape of the project: who may import whom, how long things are, tests that can fail."""

import ast
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
LIBRARY = {"contranorm", "torch", "jaxtyping"}
MODELS = LIBRARY | {
    "models",
    "transformers",
    "sklearn",
    "safetensors",
    "numpy",
    "scipy",
    "regex",
    "cachetools",
    "threadpoolctl",  # comes with the option
    "umap",  # an option
    "pyarrow",
    "huggingface_hub",
}
TRAINING = MODELS | {"training", "joblib", "pandas", "tqdm", "yaml", "filelock"}
SERVING = {"streamlit", "starlette", "anyio", "prometheus_client", "cachetools"}
VIEW = TRAINING | SERVING | {"ui", "plotly", "pandas", "yaml", "jinja2", "nbformat", "pebble"}
MAY_IMPORT = {  # besides the standard library
    "contranorm": LIBRARY,
    "models": MODELS,
    "training": TRAINING,
    "ui": VIEW,
    "pages": {"streamlit", "ui"},
    "app.py": {"streamlit", "ui"},
}
LONGEST_FILE, LONGEST_FUNCTION, LONGEST_PAGE = 250, 60, 59
CHECKING = ("assert", "raises", "warns", "check", "expect")  # expect: of a page in a browser


def sources(*parts):
    """Every Python file under these folders, or the file itself."""
    found = []
    for part in parts:
        path = ROOT / part
        found += sorted(path.rglob("*.py")) if path.is_dir() else [path]
    return [file.relative_to(ROOT).as_posix() for file in found if file.is_file()]


def text_of(file):
    return (ROOT / file).read_text(encoding="utf-8")


def imported(text):
    """The packages a source imports, wherever in it; relative ones are its own."""
    roots = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            roots |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            roots.add(node.module.partition(".")[0])
    return roots


def forbidden(part, text):
    return imported(text) - MAY_IMPORT[part] - set(sys.stdlib_module_names)


def docstring_lines(tree):
    kinds = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    lines = set()
    for node in ast.walk(tree):
        if isinstance(node, kinds) and ast.get_docstring(node, clean=False) is not None:
            lines |= set(range(node.body[0].lineno, node.body[0].end_lineno + 1))
    return lines


def code_lines(text):
    """The numbers of the lines that are neither blank, nor comment, nor docstring."""
    written = {
        number
        for number, line in enumerate(text.splitlines(), start=1)
        if line.strip() and not line.lstrip().startswith("#")
    }
    return written - docstring_lines(ast.parse(text))


def functions(text):
    return [
        node
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]


def function_sizes(text):
    lines = code_lines(text)
    return {
        node.name: len(lines & set(range(node.lineno, node.end_lineno + 1)))
        for node in functions(text)
    }


def called(node):
    names = set()
    for inner in ast.walk(node):
        if isinstance(inner, ast.Call):
            target = inner.func
            names.add(
                target.attr if isinstance(target, ast.Attribute) else getattr(target, "id", "")
            )
    return names


def toothless(text):
    """The test functions in which nothing is checked, nor in what they call in the same file."""

    def checks(node):
        asserts = any(isinstance(inner, ast.Assert) for inner in ast.walk(node))
        return asserts or any(word in name for name in called(node) for word in CHECKING)

    helpers = {node.name for node in functions(text) if checks(node)}
    return [
        node.name
        for node in functions(text)
        if node.name.startswith("test_") and not checks(node) and not called(node) & helpers
    ]


CODE = sources(*MAY_IMPORT, "benchmarks", "tests")
TESTS = [file for file in sources("tests") if Path(file).name.startswith("test_")]
PAGES = sources("pages")


@pytest.mark.parametrize("part", MAY_IMPORT)
def test_imports_point_one_way(part):
    assert {file: bad for file in sources(part) if (bad := forbidden(part, text_of(file)))} == {}


@pytest.mark.parametrize("part", ["contranorm", "models", "training"])
def test_every_part_was_looked_at(part):
    assert len(sources(part)) > 0


def test_pages_are_short():
    sizes = {file: len(code_lines(text_of(file))) for file in PAGES}
    assert {file: size for file, size in sizes.items() if size > LONGEST_PAGE} == {}


def test_pages_define_nothing():
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)
    defining = [
        file
        for file in PAGES
        if any(isinstance(node, kinds) for node in ast.walk(ast.parse(text_of(file))))
    ]
    assert defining == []


@pytest.mark.parametrize("file", CODE)
def test_no_file_is_too_long(file):
    assert len(code_lines(text_of(file))) <= LONGEST_FILE


@pytest.mark.parametrize("file", CODE)
def test_no_function_is_too_long(file):
    sizes = function_sizes(text_of(file))
    assert {name: size for name, size in sizes.items() if size > LONGEST_FUNCTION} == {}


@pytest.mark.parametrize("file", TESTS)
def test_every_test_checks_something(file):
    assert toothless(text_of(file)) == []


@pytest.mark.parametrize(
    ("part", "line", "bad"),
    [
        ("contranorm", "import numpy as np", {"numpy"}),
        ("contranorm", "import torch, models.digits", {"models"}),
        ("models", "def f():\n    from streamlit import cache_data", {"streamlit"}),
        ("training", "from ui.text import words", {"ui"}),
        ("pages", "import contranorm", {"contranorm"}),
        ("app.py", "import torch", {"torch"}),
        ("ui", "import models.digits, math, training.twins", set()),
        ("contranorm", "from . import masks", set()),
    ],
)
def test_a_wrong_import_is_found_wherever_it_stands(part, line, bad):
    assert forbidden(part, line) == bad


def test_code_lines_leave_out_blanks_comments_and_docstrings():
    text = '"""One."""\n\n# two\ndef f():\n    """Three\n\n    four."""\n    return 5  # six\n'
    assert code_lines(text) == {4, 8}
    assert function_sizes(text) == {"f": 2}


def test_a_test_without_a_check_is_found():
    text = (
        "def same(a):\n    assert a\n"
        "def test_by_itself():\n    assert 1\n"
        "def test_by_helper():\n    same(1)\n"
        "def test_by_error():\n    with pytest.raises(ValueError):\n        f()\n"
        "def test_nothing():\n    f()\n"
    )
    assert toothless(text) == ["test_nothing"]
