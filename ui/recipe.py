"""A screen's numbers as a program: one template for each page, cut into a script or a notebook."""

import ast
import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # loaded with the first program asked for, not before the first picture
    from jinja2 import Environment

FOLDER = Path(__file__).parent / "recipes"
CELL = re.compile(r"^# %%(.*)\n", re.MULTILINE)
PROSE = " [markdown]"


@dataclass(frozen=True)
class Recipe:
    """What a page's program is written from: the page, and the values that enter its template."""

    page: str
    values: Mapping[str, Any]


def literal(value: object) -> str:
    """Write a value as Python that means exactly it: on one line, in ASCII, and nothing else.

    Text is a JSON literal. Where JSON writes a character as two halves, which Python would not
    join again, the literal is read by `json.loads`.

    Raises:
        TypeError: For a value that is no plain one.
        ValueError: For a number that is not finite.

    >>> print(literal(("a\\n%%sh", 0.5, None)), literal("🦊"))
    ("a\\n%%sh", 0.5, None) json.loads("\\"\\\\ud83e\\\\udd8a\\"")
    """
    if isinstance(value, str):
        written = json.dumps(str(value))
        same = ast.literal_eval(written) == value
        return written if same else f"json.loads({json.dumps(written)})"
    if value is None or isinstance(value, bool | int):
        return repr(value)
    if isinstance(value, float):
        if not math.isfinite(value):
            raise ValueError(f"a number in a recipe must be finite; got {value}")
        return repr(value)
    if isinstance(value, tuple | list):
        items = [literal(item) for item in value]
        return f"({', '.join(items)}{',' * (len(items) == 1)})"
    raise TypeError(f"a recipe is made of plain values; got {type(value).__name__}")


def script(recipe: Recipe) -> str:
    """Write the program of a page's numbers; its cells begin with `# %%`."""
    return _templates().get_template(f"{recipe.page}.py.jinja").render(recipe.values)


def notebook(recipe: Recipe) -> str:
    """Write the same program as a notebook, cut at the marks of its cells."""
    import nbformat  # slow to import, and only needed here

    cells = []
    _, *parts = CELL.split(script(recipe))
    for number, (kind, text) in enumerate(zip(parts[::2], parts[1::2], strict=True), start=1):
        make = nbformat.v4.new_markdown_cell if kind == PROSE else nbformat.v4.new_code_cell
        source = re.sub("^# ?", "", text, flags=re.MULTILINE) if kind == PROSE else text
        cells.append(make(source.strip("\n"), id=f"cell-{number}"))
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    made = nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel})
    return str(nbformat.writes(made))


@cache
def _templates() -> "Environment":
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    # Whatever a template prints is a value, and a value is only ever printed as a literal.
    return Environment(
        loader=FileSystemLoader(FOLDER),
        undefined=StrictUndefined,
        finalize=literal,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
