"""A plain verdict on a cloud, from three numbers and three thresholds."""

from dataclasses import dataclass

from models.vectors.diagnosis import Outline

VERDICTS = ("point", "cone", "directions", "healthy")


@dataclass(frozen=True)
class Thresholds:
    """Where each verdict begins.

    `point`: rows that differ by less than this share of their length. `cone`: a mean cosine
    above this. `directions`: an effective rank about the mean below this share of the possible.
    """

    point: float = 0.05
    cone: float = 0.5
    directions: float = 0.25


@dataclass(frozen=True)
class Check:
    """One question: the number looked at, its threshold, and whether it is on the bad side."""

    name: str
    value: float
    threshold: float
    met: bool


def checks(found: Outline, thresholds: Thresholds) -> tuple[Check, Check, Check]:
    """Put each number beside its threshold, in the order of the verdicts."""
    cosine, share = found.cosine, found.rank / max(found.possible, 1)
    return (
        Check("point", found.spread, thresholds.point, found.spread < thresholds.point),
        Check("cone", cosine, thresholds.cone, cosine > thresholds.cone),
        Check("directions", share, thresholds.directions, share < thresholds.directions),
    )


def verdict(found: Outline, thresholds: Thresholds) -> str:
    """Name the first check that is met: "point", "cone" or "directions"; or else "healthy".

    A point is also a cone, and often of few directions; the narrowest word is given.

    >>> import numpy as np
    >>> from models.vectors.diagnosis import outline
    >>> verdict(outline(np.eye(4)), Thresholds())
    'healthy'
    """
    return next((check.name for check in checks(found, thresholds) if check.met), "healthy")
