"""What the program of the page of vectors is written from."""

from ui.recipe import Recipe
from ui.vectors_map import Asked
from ui.vectors_settings import View
from ui.vectors_store import Cloud
from ui.vectors_upload import bounds

LONGEST_PASTED = (
    20_000  # characters of pasted text that a program holds; longer is read from a file
)


def recipe(own: Cloud, view: View, mapped: Asked | None = None) -> Recipe:
    """Return what the page's numbers are computed from."""
    short = len(own.origin.pasted) <= LONGEST_PASTED
    return Recipe(
        "vectors",
        {
            "example": "" if own.key else own.name,
            "pasted": own.origin.pasted if short else "",
            "file": "pasted.txt" if own.origin.pasted else own.name,
            "member": own.table.member,
            "bounds": bounds(),
            "gaps": own.origin.gaps,
            "drawn": len(own.rows),
            "norm": view.norm,
            "scale": view.scale,
            "temperature": view.temperature,
            "neighbours": mapped.neighbours if mapped else 0,
            "seed": mapped.seed if mapped else 0,
        },
    )
