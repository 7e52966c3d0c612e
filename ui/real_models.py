"""The models of the page of real models, as its menus need them."""

from contranorm.placements import PLACEMENTS

DEFAULT = "minilm"
PLACES = tuple(row.placement.value for row in PLACEMENTS)


def names() -> tuple[str, ...]:
    """Return the names of all models that can be asked for."""
    return (DEFAULT,)


def heads(model: str) -> int:
    """Return how many attention heads a layer of the model has."""
    return 12
