"""The models of the page of real models, as its menus need them."""

from contranorm.families import family
from contranorm.placements import Placement

DEFAULT = "minilm"
PLACES = tuple(place.value for place in Placement if place in family("bert").sites)


def names() -> tuple[str, ...]:
    """Return the names of all models that can be asked for."""
    return (DEFAULT,)


def heads(model: str) -> int:
    """Return how many attention heads a layer of the model has."""
    return 12
