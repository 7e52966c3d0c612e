"""The answer to one cloud's settings: the whole path under the layer, and nothing drawn yet."""

from dataclasses import dataclass, field

import numpy as np
from jaxtyping import Float

VERSION = 1  # raise it when a field changes its meaning


@dataclass(frozen=True, eq=False)
class CloseUp:
    """One cloud's numbers; every array is float32 and holds all steps, the start first.

    `coordinates` are the points on the axes of the drawing, and `pushed` the layer's own output
    on them, not brought back to length one. `singular_values` (uncentred), `uniformity` (nats),
    `effective_rank` (directions) and `mean_cosine` are those of all `features`, drawn or not.
    `axes_share` is the part of the start's variance that each axis of the drawing carries,
    `drawn_share` the part of each step's that all of them do. `spread` is the root mean square
    distance of the points from their mean, as a share of their length. `tokens` names the
    points; it is empty for points without a name, whose axes are their own coordinates.
    `bounded` says whether all points have length one at every step. A cloud that runs away has
    fewer steps.
    """

    tokens: tuple[str, ...]
    features: int
    coordinates: Float[np.ndarray, "start_and_steps n axes"]
    pushed: Float[np.ndarray, "start_and_steps n axes"]
    singular_values: Float[np.ndarray, "start_and_steps k"]
    uniformity: Float[np.ndarray, "start_and_steps"]
    effective_rank: Float[np.ndarray, "start_and_steps"]
    mean_cosine: Float[np.ndarray, "start_and_steps"]
    drawn_share: Float[np.ndarray, "start_and_steps"]
    spread: Float[np.ndarray, "start_and_steps"]
    axes_share: tuple[float, ...]
    bounded: bool
    version: int = field(default=VERSION)

    @property
    def last(self) -> int:
        """The number of the last step."""
        return len(self.effective_rank) - 1

    @property
    def noisy(self) -> bool:
        """Whether the start's points differ by little more than the rounding of a model."""
        return bool(self.spread[0] < 1e-5)
