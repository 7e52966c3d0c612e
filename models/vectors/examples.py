"""A cloud of every kind, ready to be looked at: made from one seed, or from real digits."""

from functools import lru_cache

import numpy as np
from jaxtyping import Float

from models.digits import digit_trace
from models.handwriting import digits
from models.vectors.table import Table

ROWS, COLUMNS = 300, 64
SEED = 0
OFFSET = 2.5  # of the cone's axis, in the length of its noise
GROUPS = 4
EXAMPLES = ("cone", "healthy", "directions", "point", "clusters", "digits", "network")
REAL = ("digits", "network")


@lru_cache(maxsize=len(EXAMPLES))
def example(name: str) -> Table:
    """Give an example: "cone", "healthy", "directions", "point" and "clusters" are made up.

    "digits" are the 360 test digits' grey levels, "network" is what the trained network without
    a norm makes of each in its last layer (the mean of its patches).

    >>> example("cone").values.shape
    (300, 64)
    """
    if name in REAL:
        values, labels = _digits(network=name == "network")
        kinds = {"digit": labels}
    else:
        values, groups = _made_up(name)
        kinds = {"cluster": groups} if groups else {}
    names = tuple(f"x{place + 1}" for place in range(values.shape[1]))
    return Table("csv", np.ascontiguousarray(values, dtype=np.float32), names, kinds)


def _made_up(name: str) -> tuple[Float[np.ndarray, "n d"], tuple[str, ...]]:
    draw = np.random.default_rng(SEED)
    noise = draw.normal(size=(ROWS, COLUMNS))
    axis = draw.normal(size=COLUMNS)
    axis *= np.sqrt(COLUMNS) / np.linalg.norm(axis)  # as long as the noise is on average
    if name == "cone":
        return OFFSET * axis + noise, ()
    if name == "point":
        return axis + 0.01 * noise, ()
    if name == "directions":
        few = draw.normal(size=(ROWS, 5)) @ draw.normal(size=(5, COLUMNS))
        return few + 0.05 * noise, ()
    if name == "clusters":
        centres = 2 * draw.normal(size=(GROUPS, COLUMNS))
        groups = np.arange(ROWS) % GROUPS
        return centres[groups] + noise, tuple("ABCD"[group] for group in groups)
    return noise, ()


def _digits(*, network: bool) -> tuple[Float[np.ndarray, "n d"], tuple[str, ...]]:
    known = digits()
    labels = tuple(map(str, known.test_labels.tolist()))
    if not network:
        return known.test_pixels.flatten(1).numpy(), labels
    run = digit_trace("none", range(len(labels)))
    return run.hidden[-1].mean(-2).numpy(), labels
