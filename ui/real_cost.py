"""What a norm costs a model trained without it: sentence embeddings, and the ranking of pairs."""

from dataclasses import dataclass, replace

import pandas as pd
import torch

from contranorm.placements import Placement
from models.branch import Branch
from models.costs import NormCost, Range, Ranking, norm_cost
from models.reading import text_trace
from models.sentence_pairs import sentence_embeddings
from ui import real_models
from ui.figures.palette import style
from ui.limits import limit
from ui.real_picture import placed
from ui.real_settings import RealSettings, lines
from ui.text import Words


@dataclass(frozen=True)
class Cost:
    """A norm in a model, whose cost on the built-in pairs no text has a part in."""

    model: str
    placement: str
    branch: Branch


def costs(settings: RealSettings) -> tuple[Cost, Cost]:
    """Ask for the cost of ContraNorm, and of the rival.

    Raises:
        ModelUnavailable: If the model cannot be had.
    """
    place = placed(settings)
    ours, rival = (Cost(settings.model, place, branch) for branch in settings.branches()[1:])
    return ours, rival


def cost(asked: Cost) -> NormCost:
    """Measure the ranking of the built-in pairs with and without the norm.

    Raises:
        ModelUnavailable: If the model cannot be had.
    """
    used = real_models.loaded(asked.model)
    return norm_cost(used, asked.branch, placement=Placement(asked.placement))


def own(settings: RealSettings) -> tuple[tuple[float, float], ...]:
    """Return how much of each line's own embedding ContraNorm and the rival leave, a cosine.

    Raises:
        ModelUnavailable: If the model cannot be had.
    """
    runs = text_trace(
        lines(settings.text),
        used=real_models.loaded(settings.model),
        branches=settings.branches(),
        placement=Placement(placed(settings)),
        longest=limit("pieces"),
        attention=False,
    )
    plain, *others = (sentence_embeddings(run) for run in runs)
    kept = torch.stack([torch.cosine_similarity(one, plain, dim=-1) for one in others], dim=-1)
    return tuple((first, second) for first, second in kept.tolist())


def own_question(settings: RealSettings) -> RealSettings:
    """Ask about every line of the text, whatever is only drawn of the experiment."""
    start = RealSettings()
    return replace(settings, head=start.head, beside=start.beside, line=start.line)


def own_table(
    settings: RealSettings, kept: tuple[tuple[float, float], ...], words: Words
) -> pd.DataFrame:
    """Return a row for each line of the text."""
    names = [style(branch.norm).title for branch in settings.branches()[1:]]
    return pd.DataFrame(
        [
            {words("column_line"): line}
            | {
                words("column_kept", name=name): value
                for name, value in zip(names, values, strict=True)
            }
            for line, values in zip(lines(settings.text), kept, strict=True)
        ]
    )


def printed(settings: RealSettings, words: Words) -> dict[str, str]:
    """Say how the cosines in the lines' table look: three decimals."""
    names = (style(branch.norm).title for branch in settings.branches()[1:])
    return {words("column_kept", name=name): "{:.3f}" for name in names}


def table(asked: tuple[Cost, ...], found: tuple[NormCost, ...], words: Words) -> pd.DataFrame:
    """Return the ranking without a norm, and with each."""
    rows = [_row(style("none").title, found[0].without.spearman, found[0].without.ordered, words)]
    rows += [
        _row(style(one.branch.norm).title, cost.with_norm.spearman, cost.with_norm.ordered, words)
        | {words("column_similarity"): f"{cost.similarity.value:.3f}"}
        for one, cost in zip(asked, found, strict=True)
    ]
    return pd.DataFrame(rows).fillna("1.000")


def file(asked: tuple[Cost, ...], found: tuple[NormCost, ...], words: Words) -> pd.DataFrame:
    """Return the numbers of `table` with all their digits, each in a cell of its own."""
    rows = [_numbers(style("none").title, found[0].without, 1.0, words)]
    rows += [
        _numbers(style(one.branch.norm).title, cost.with_norm, cost.similarity.value, words)
        for one, cost in zip(asked, found, strict=True)
    ]
    return pd.DataFrame(rows)


def sentences(asked: tuple[Cost, ...], found: tuple[NormCost, ...], words: Words) -> list[str]:
    """Say for each norm whether its ranking is worse, better, or not to be told apart."""
    return [
        words(
            _verdict(cost.change.spearman),
            name=style(one.branch.norm).title,
            change=f"{cost.change.spearman.value:+.3f}",
            low=f"{cost.change.spearman.low:+.3f}",
            high=f"{cost.change.spearman.high:+.3f}",
        )
        for one, cost in zip(asked, found, strict=True)
    ]


def _verdict(change: Range) -> str:
    if change.low > 0:
        return "cost_better"
    return "cost_worse" if change.high < 0 else "cost_level"


def _row(name: str, spearman: Range, ordered: Range, words: Words) -> dict[str, str]:
    return {
        words("column_branch"): name,
        words("column_spearman"): _ranged(spearman),
        words("column_ordered"): _ranged(ordered),
    }


def _numbers(name: str, of: Ranking, kept: float, words: Words) -> dict[str, str | float]:
    ranges = {words("column_spearman"): of.spearman, words("column_ordered"): of.ordered}
    cells = {
        f"{title}{ending}": value
        for title, one in ranges.items()
        for ending, value in (("", one.value), (" –", one.low), (" +", one.high))
    }
    return {words("column_branch"): name} | cells | {words("column_similarity"): kept}


def _ranged(one: Range) -> str:
    return f"{one.value:.3f} ({one.low:.3f} – {one.high:.3f})"
