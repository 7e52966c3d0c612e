"""A flat map on which each row lies near its neighbours, by UMAP if it is installed.

neighbour_map(report, values, neighbours=15, seed=0) -> NeighbourMap
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec

import numpy as np
from jaxtyping import Float, Int

FEWEST_ROWS = 5
LOOKED_AT = 15  # nearest rows, in what is said of a map
BEGUN, MAPPED = 0.3, 0.95  # of the work: its package loaded, its rounds done
DONE = re.compile(r"(\d+)/(\d+)")

Report = Callable[[float], None]


@dataclass(frozen=True, eq=False)
class NeighbourMap:
    """Places on the plane, about their mean and in units of their root mean square length.

    `kept` is the mean share of a row's 15 nearest rows (or as many as there are) that are among
    its 15 nearest on the plane; `distances` the rank correlation of all pairs' distances, 1 where
    the plane has their order.
    """

    points: Float[np.ndarray, "n 2"]
    kept: float
    distances: float


def installed() -> bool:
    """Say whether the optional package is here, without loading it."""
    return find_spec("umap") is not None


def neighbour_map(
    report: Report, values: Float[np.ndarray, "n d"], *, neighbours: int, seed: int
) -> NeighbourMap:
    """Lay rows out on a plane by UMAP (McInnes, Healy and Melville 2018, arXiv 1802.03426).

    It draws neighbours together and lets go of large distances, so that gaps and sizes on the map
    mean little; another seed gives another map.

    Args:
        report: Told the share that is done, from 0 to 1.
        values: Finite rows, at least five.
        neighbours: How many nearest rows each one holds on to; one less than the rows at most.
        seed: Of its random choices.
    """
    from threadpoolctl import threadpool_limits
    from umap import UMAP  # compiles for seconds, and is optional

    report(BEGUN)
    rounds = {
        "disable": False,
        "file": _Rounds(report),
        "bar_format": "{n_fmt}/{total_fmt}",
        "mininterval": 0,
        "miniters": 1,  # every round, however quick
    }
    made = UMAP(
        n_neighbors=min(neighbours, len(values) - 1),
        init="pca" if np.ptp(values, axis=0).any() else "random",  # equal rows have no direction
        random_state=seed,
        n_jobs=1,
        tqdm_kwds=rounds,
    )
    with threadpool_limits(1):  # rounding depends on the threads, and the map on rounding
        points = centred(made.fit_transform(values))
    report(MAPPED)
    return NeighbourMap(points, *kept(values, points))


def kept(values: Float[np.ndarray, "n d"], points: Float[np.ndarray, "n 2"]) -> tuple[float, float]:
    """Return which share of nearest rows a plane keeps, and the rank correlation of distances.

    >>> square = np.array([[0.0, 0.0], [0.0, 1.0], [2.0, 0.0], [2.0, 1.0], [9.0, 0.0]])
    >>> kept(square, 3 * square)
    (1.0, 1.0)
    """
    from scipy.spatial.distance import pdist
    from scipy.stats import spearmanr

    one, other = pdist(values.astype(np.float64)), pdist(points.astype(np.float64))
    level = one.max() == one.min() or other.max() == other.min()
    order = 0.0 if level else float(spearmanr(one, other).statistic)
    most = min(LOOKED_AT, len(values) - 1)
    near, drawn = (_nearest(distances, most) for distances in (one, other))
    both = [len(set(a) & set(b)) for a, b in zip(near.tolist(), drawn.tolist(), strict=True)]
    return float(np.mean(both)) / most, order


def centred(points: Float[np.ndarray, "n 2"]) -> Float[np.ndarray, "n 2"]:
    """Put points about their mean, in units of their root mean square length.

    >>> centred(np.array([[0.0, 0.0], [4.0, 0.0]])).tolist()
    [[-1.0, 0.0], [1.0, 0.0]]
    """
    h = points.astype(np.float64)
    h = h - h.mean(0)
    length = np.sqrt((h**2).sum() / len(h))
    return h / (length or 1.0)


def _nearest(distances: Float[np.ndarray, "pairs"], most: int) -> Int[np.ndarray, "n most"]:
    from scipy.spatial.distance import squareform

    table = squareform(distances)
    np.fill_diagonal(table, np.inf)
    return np.argsort(table, axis=1, kind="stable")[:, :most]


class _Rounds:
    """Where UMAP's progress bar writes: it reads the share off and tells it on."""

    def __init__(self, report: Report) -> None:
        self.report = report

    def write(self, text: str) -> None:
        for done, total in DONE.findall(text):
            self.report(BEGUN + (MAPPED - BEGUN) * int(done) / max(int(total), 1))

    def flush(self) -> None:
        pass
