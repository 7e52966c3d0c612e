"""The numbers of one view: the cloud as it is and after a norm, on the same two directions."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from models.vectors.diagnosis import Outline, normed, outline
from ui.vectors_settings import View
from ui.vectors_store import Cloud, example, own

MOST_GROUPS = 8  # colours; the rest share one


@dataclass(frozen=True, eq=False)
class Side:
    """One cloud: its rows about their mean on the two directions, in its own mean length.

    `share` is the part of its spread that the drawing shows, `cumulative` the part that its own
    first k directions hold.
    """

    points: Float[np.ndarray, "n 2"]
    share: float
    outline: Outline

    @property
    def raw(self) -> Float[np.ndarray, "k"]:
        """The singular values of the rows as they are, their squares adding up to 1."""
        return _shares(self.outline.sigma)

    @property
    def sigma(self) -> Float[np.ndarray, "k"]:
        """The singular values about the mean, their squares adding up to 1; NaN for none."""
        return _shares(self.outline.sigma_centered)

    @property
    def cumulative(self) -> Float[np.ndarray, "k"]:
        """The share of the spread in the first k directions."""
        energy = np.cumsum(self.outline.sigma_centered**2)
        return energy / energy[-1] if energy[-1] > 0 else np.ones_like(energy)


@dataclass(frozen=True, eq=False)
class Picture:
    """Both sides of a view, and which of the drawn rows belong to which colour."""

    before: Side
    after: Side
    rows: Float[np.ndarray, "n"]
    total: int
    columns: int
    cells: tuple[str, ...]
    groups: tuple[tuple[str, Float[np.ndarray, "m"]], ...]


def cloud_of(view: View) -> Cloud | None:
    """Find the vectors of a view; None if they are no longer here."""
    return own(view.key) if view.key else example(view.data)


def picture(view: View, cloud: Cloud) -> Picture:
    """Apply the norm to the rows that are drawn."""
    after = normed(cloud.shown, view.norm, scale=view.scale, temperature=view.temperature)
    cells = _cells(cloud, view.colour)
    return Picture(
        before=_side(cloud.shown, cloud.basis, cloud.outline),
        after=_side(after, cloud.basis, outline(after)),
        rows=cloud.rows + 1,
        total=len(cloud.table.values),
        columns=cloud.table.values.shape[1],
        cells=cells,
        groups=grouped(cells),
    )


def grouped(cells: tuple[str, ...]) -> tuple[tuple[str, Float[np.ndarray, "m"]], ...]:
    """Sort rows by label, the most frequent first; past the eighth they share a group, "".

    >>> [(name, places.tolist()) for name, places in grouped(("b", "a", "b"))]
    [('b', [0, 2]), ('a', [1])]
    """
    names, places, counts = np.unique(np.array(cells), return_inverse=True, return_counts=True)
    order = np.argsort(-counts, kind="stable")
    own_groups = [(str(names[one]), np.flatnonzero(places == one)) for one in order[:MOST_GROUPS]]
    if len(order) > MOST_GROUPS:
        own_groups.append(("", np.flatnonzero(np.isin(places, order[MOST_GROUPS:]))))
    return tuple(own_groups)


def _shares(sigma: Float[np.ndarray, "k"]) -> Float[np.ndarray, "k"]:
    size = np.sqrt((sigma**2).sum())
    return np.where(sigma > 0, sigma / (size or 1.0), np.nan)


def _cells(cloud: Cloud, colour: str) -> tuple[str, ...]:
    """Give the labels of the drawn rows, or none if no column was chosen."""
    columns = list(cloud.table.labels.values())
    place = int(colour) - 1
    if not 0 <= place < len(columns):
        return ()
    return tuple(columns[place][row] for row in cloud.rows)


def _side(
    values: Float[np.ndarray, "n d"], basis: Float[np.ndarray, "d 2"], found: Outline
) -> Side:
    h = values.astype(np.float64)
    centred = h - h.mean(0)
    drawn = centred @ basis
    spread, energy = float((centred**2).sum()), float((h**2).sum())
    length = np.sqrt(energy / len(h))
    return Side(
        points=drawn / length if length > 0 else drawn,
        share=float((drawn**2).sum()) / spread if spread > 0 else 1.0,
        outline=found,
    )
