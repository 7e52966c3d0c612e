"""The answer to one descent's settings: every step of it, and nothing drawn yet."""

from dataclasses import dataclass, field

import numpy as np
from jaxtyping import Float

VERSION = 1  # raise it when a field changes its meaning


@dataclass(frozen=True, eq=False)
class Path:
    """One descent's numbers; every array is float32 and holds all steps, the start first.

    `points` lie on the circle or sphere, partners one after the other. `alignment` (squared
    distance), `uniformity` (nats per point) and `total` are the losses, the last one their
    weighted sum. Distances and cosines are means over pairs; `mean_length` is that of the mean
    of all points.
    """

    points: Float[np.ndarray, "start_and_steps n d"]
    alignment: Float[np.ndarray, "start_and_steps"]
    uniformity: Float[np.ndarray, "start_and_steps"]
    total: Float[np.ndarray, "start_and_steps"]
    pair_distance: Float[np.ndarray, "start_and_steps"]
    other_distance: Float[np.ndarray, "start_and_steps"]
    other_cosine: Float[np.ndarray, "start_and_steps"]
    mean_length: Float[np.ndarray, "start_and_steps"]
    version: int = field(default=VERSION)

    @property
    def last(self) -> int:
        """The number of the last step."""
        return len(self.total) - 1

    def verdict(self, step: int) -> str:
        """Name the sentence that describes where the points are at a step."""
        if self.other_cosine[step] > 0.99:
            return "ends_one_point"
        if self.pair_distance[step] < 0.5 * self.other_distance[step]:
            return "ends_paired"
        return "ends_spread" if self.mean_length[step] < 0.1 else "ends_between"

    def facts(self, step: int) -> dict[str, float]:
        """Give the numbers of the page's sentences: the step's and some of the start's."""
        return {
            "steps": step,
            "last": self.last,
            "pair_start": float(self.pair_distance[0]),
            "pair": float(self.pair_distance[step]),
            "other_start": float(self.other_distance[0]),
            "other": float(self.other_distance[step]),
            "cosine": float(self.other_cosine[step]),
            "mean": float(self.mean_length[step]),
            "alignment_start": float(self.alignment[0]),
            "alignment": float(self.alignment[step]),
            "uniformity_start": float(self.uniformity[0]),
            "uniformity": float(self.uniformity[step]),
        }
