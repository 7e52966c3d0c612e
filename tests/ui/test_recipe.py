"""Writing a program from a template: what may enter it, and as what."""

import io
import json
import sys
import tokenize

import nbformat
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ui.recipe import FOLDER, Recipe, literal, notebook, script
from ui.seen import recipe_values
from ui.settings import Settings

HOSTILE = (
    '"',
    '"""',
    "'''",
    "\\",
    'end\\"',
    "a\nb\r\nc",
    "</script><script>alert(1)</script>",
    "%%bash\nrm -rf x",
    "# %%\nimport os",
    "!ls",
    "{{ 7 * 7 }} {% include 'run.jinja' %} {# #}",
    '")\nimport os\n("',
    "\x00\x1b[31m",
    "\ud83d lone \udd8a",
    "🦊👩‍🔬",
    "\u2028\u2029\u202e",
    "${x} `y` $(z)",
)
PLAIN = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
ANY = st.recursive(PLAIN | st.text(), lambda inner: st.tuples(inner) | st.tuples(inner, inner))


def values(text):
    return recipe_values(Settings(text=text))


def cells(recipe):
    return nbformat.reads(notebook(recipe), as_version=4).cells


def prose(made):
    return [cell.source for cell in made if cell.cell_type == "markdown"]


def comments(program):
    tokens = tokenize.generate_tokens(io.StringIO(program).readline)
    return [token.string for token in tokens if token.type == tokenize.COMMENT]


@given(ANY)
def test_a_literal_means_its_value_and_is_one_line_of_ascii(value):
    written = literal(value)
    assert eval(written, {"json": json}) == value
    assert written.isascii()
    assert written.isprintable()


@pytest.mark.parametrize("value", [float("nan"), float("inf"), {1}, b"x", object()])
def test_what_is_no_plain_value_is_refused(value):
    with pytest.raises((TypeError, ValueError), match="recipe"):
        literal(value)


@pytest.mark.parametrize("text", HOSTILE)
def test_a_visitor_s_text_is_one_literal_and_changes_nothing_else(text):
    written, plain = (script(Recipe("watch", values(one))) for one in (text, "PLAIN"))
    assert written != plain
    assert written.replace(literal(text), '"PLAIN"') == plain
    assert comments(written) == comments(plain)


@pytest.mark.parametrize("text", HOSTILE)
def test_a_visitor_s_text_makes_no_cell_and_no_magic(text):
    made, plain = (cells(Recipe("watch", values(one))) for one in (text, "PLAIN"))
    assert [cell.cell_type for cell in made] == [cell.cell_type for cell in plain]
    assert prose(made) == prose(plain)
    lines = [line.lstrip() for cell in made for line in cell.source.splitlines()]
    assert [line for line in lines if line.startswith(("%", "!", "?"))] == []


def test_a_name_a_template_does_not_know_is_an_error():
    with pytest.raises(Exception, match="undefined"):
        script(Recipe("watch", {}))


def test_a_notebook_is_the_script_cut_at_its_marks():
    recipe = Recipe("watch", values("a cat"))
    made = nbformat.reads(notebook(recipe), as_version=4)
    nbformat.validate(made)
    code = [cell.source for cell in made.cells if cell.cell_type == "code"]
    kept = [part.strip("\n") for part in script(recipe).split("# %%\n")[1:]]
    assert [part.split("\n\n# %% [markdown]")[0] for part in kept] == code
    assert made.cells[0].source.startswith("# Watch it collapse")
    assert notebook(recipe) == notebook(recipe)


@pytest.mark.parametrize("path", sorted(FOLDER.iterdir()), ids=lambda path: path.name)
def test_a_template_imports_the_library_and_not_the_app(path):
    lines = path.read_text(encoding="utf-8").splitlines()
    imports = [line.split()[1] for line in lines if line.startswith(("from ", "import "))]
    roots = {name.partition(".")[0] for name in imports}
    assert roots <= {"contranorm", "models", "training", "torch", *sys.stdlib_module_names}
