"""Token twins: the words of a sentence that become hard to tell apart, and whom a norm helps."""

from dataclasses import dataclass, replace

import pandas as pd

from contranorm.placements import Placement
from models.reading import text_trace
from models.token_twins import NEVER, TokenPair, TokenTwins, hardest, kept_apart, token_twins
from ui import real_models
from ui.escape import markdown_text
from ui.figures.palette import style
from ui.limits import limit
from ui.real_picture import placed
from ui.real_settings import RealSettings
from ui.text import Words

THRESHOLDS = (0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95, 0.99)  # cosines
THRESHOLD = 0.8
ROWS, SENTENCES = 12, 4


@dataclass(frozen=True)
class Asked:
    """An experiment, and the cosine from which on two words count as twins."""

    experiment: RealSettings
    threshold: float


@dataclass(frozen=True, eq=False)
class Twins:
    """The pairs of words hardest to tell apart after the last layer, hardest first.

    `pairs` leave out a word that stands at two places, `table` has it; `twins` counts the
    pairs that reach the threshold at any layer without a norm, `kept` those of them that never
    do with each norm, and `made` those that only do with it.
    """

    pairs: tuple[TokenPair, ...]
    table: tuple[TokenPair, ...]
    words: int
    twins: int
    kept: tuple[int, ...]
    made: tuple[int, ...]


def twins(asked: Asked) -> Twins:
    """Compare every two words of the sentence in every branch.

    Raises:
        ModelUnavailable: If the model cannot be had.
    """
    settings = asked.experiment
    runs = text_trace(
        [settings.sentence],
        used=real_models.loaded(settings.model),
        branches=settings.branches(),
        placement=Placement(placed(settings)),
        longest=limit("pieces"),
        attention=False,
    )
    found = token_twins(runs, threshold=asked.threshold)
    return Twins(
        pairs=hardest(found, count=SENTENCES, repeated=False),
        table=hardest(found, count=ROWS),
        words=len(found.words),
        twins=_reached(found),
        kept=tuple(len(kept_apart(found, branch=branch)) for branch in (1, 2)),
        made=tuple(len(kept_apart(found, branch=0, against=branch)) for branch in (1, 2)),
    )


def question(settings: RealSettings, threshold: float) -> Asked:
    """Ask for the twins of an experiment, whatever is only drawn of it."""
    start = RealSettings()
    return Asked(replace(settings, head=start.head, beside=start.beside), threshold)


def sentences(found: Twins, asked: Asked, words: Words) -> list[str]:
    """Say how many twins there are, then each pair in a sentence."""
    norms = [style(branch.norm).title for branch in asked.experiment.branches()]
    said = [
        words(
            "twins_count",
            twins=found.twins,
            threshold=f"{asked.threshold:g}",
            kept=_each(norms[1:], found.kept),
            made=_each(norms[1:], found.made),
        )
    ]
    return said + [_pair(pair, norms, words) for pair in found.pairs]


def table(found: Twins, asked: Asked, words: Words) -> pd.DataFrame:
    """Return the pairs as rows, their cosines and the layers at which they become twins."""
    norms = [style(branch.norm).title for branch in asked.experiment.branches()]
    return pd.DataFrame(
        [
            {
                words("column_first"): f"{pair.first} ({pair.places[0] + 1})",
                words("column_second"): f"{pair.second} ({pair.places[1] + 1})",
                words("column_repeated"): pair.repeated,
                **{
                    words("column_cosine", name=name): cosine
                    for name, cosine in zip(norms, pair.cosine, strict=True)
                },
                **{
                    words("column_from", name=name): "–" if layer is None else str(layer)
                    for name, layer in zip(norms, pair.first_layer, strict=True)
                },
            }
            for pair in found.table
        ]
    )


def printed(asked: Asked, words: Words) -> dict[str, str]:
    """Say how the cosines in the table look: three decimals."""
    norms = (style(branch.norm).title for branch in asked.experiment.branches())
    return {words("column_cosine", name=name): "{:.3f}" for name in norms}


def _pair(pair: TokenPair, norms: list[str], words: Words) -> str:
    whens = [
        words("twins_never") if layer is None else words("twins_from", layer=layer)
        for layer in pair.first_layer
    ]
    branches = "; ".join(
        words("twins_branch", name=name, cosine=f"{cosine:.2f}", when=when)
        for name, cosine, when in zip(norms, pair.cosine, whens, strict=True)
    )
    return words(
        "twins_pair",
        first=markdown_text(pair.first),
        second=markdown_text(pair.second),
        layer=pair.layer,
        branches=branches,
    )


def _each(norms: list[str], counts: tuple[int, ...]) -> str:
    return ", ".join(f"{name} {count}" for name, count in zip(norms, counts, strict=True))


def _reached(found: TokenTwins) -> int:
    return int((found.first_layer[0] != NEVER).sum())
