"""Whether ContraNorm is ever slower: said as the runs have it, whoever wins, and if nobody does."""

from dataclasses import replace

import pandas as pd
import pytest

from models.methods import METHODS
from training.results import chosen
from ui import tradeoffs as numbers
from ui import tradeoffs_page
from ui.text import words
from ui.tradeoffs import FILE, Pair, Row, View, pair, tradeoffs
from ui.tradeoffs_depths import FILE as TRIED

NAN, NEVER = float("nan"), float("inf")
SOME, OTHER = "no norm", "LayerNorm only"
# Epochs of no norm, LayerNorm only and ContraNorm, by seed; the answer; the verdict.
RACES = {
    "quicker": ([7, 8], [NAN, NAN], [5, 8], "Not in these runs", "ContraNorm was the quickest.**"),
    "there with more seeds": ([7, NAN], [NAN, 8], [7, 8], "Not in these", "was the quickest.**"),
    "slower": ([7, 7], [4, 4], [5, 4], "Yes", f"ContraNorm was slower than {OTHER}.**"),
    "slower than all": ([3, 3], [4, 4], [5, 4], "Yes", f"slower than {SOME} and {OTHER}.**"),
    "never there": ([7, NAN], [NAN, NAN], [NAN, NAN], "Yes", f"slower than {SOME}.**"),
    "a tie": ([3, 3], [8, 8], [3, 3], "Not in", f"ContraNorm and {SOME} were equally quick**"),
    "by seed": ([3, 5], [8, 8], [4, 4], "With some seeds", f"and later with others than {SOME}.**"),
    "alone": ([NAN, NAN], [NAN, NAN], [4, NAN], "cannot tell", "**No other method got there**"),
    "nobody": ([NAN, NAN], [NAN, NAN], [NAN, NAN], "cannot tell", "**No method got there**"),
}
DEFAULT = (
    "gain == 1 and learned_gain and (method != 'contra_norm' or scale == 1 and temperature == 0.2)"
)


def runs(*epochs, depth=6, gain=1.0):
    methods = (("none", 1), ("layer_norm", 1), ("contra_norm", 0.2))
    return [
        Row(name, depth, 1, tau, seed, 0.5, 5.0, goal, gain=gain, validation=0.25 + seed / 2)
        for (name, tau), goals in zip(methods, epochs, strict=True)
        for seed, goal in enumerate(goals)
    ]


@pytest.fixture
def said(monkeypatch):
    """Say what is found of other runs than the sweep's, from the answer on."""

    def found(known, tried=()):
        monkeypatch.setattr(numbers, "rows", lambda file=FILE: known if file == FILE else tried)
        return tradeoffs_page.findings(tradeoffs(View(6)), words("tradeoffs"))[2:]

    return found


@pytest.mark.parametrize("case", RACES)
def test_who_is_slower_is_said_as_the_runs_have_it(case, said):
    *epochs, answer, verdict = RACES[case]
    over_all, here, cells, _ = said(runs(*epochs))
    assert answer in over_all
    assert verdict in here
    unanswered = case in ("alone", "nobody")
    assert ("the question stays open at this depth" in here) == unanswered
    assert (f"{OTHER} 0.50" in here, "ContraNorm 0.50" in here) == (unanswered, case == "nobody")
    assert ("no sooner than the other methods" in cells) == unanswered
    slower = int("slower" in verdict)
    assert unanswered or f"with its default: **{slower}**" in cells


def test_two_are_compared_seed_by_seed_and_never_is_later_than_any_epoch(said):
    ours = {0: 3, 1: 9, 2: 5, 3: NEVER, 4: NEVER, 5: 1}
    assert pair(ours, {0: NEVER, 1: 8, 2: 5, 3: 8, 4: NEVER}) == Pair(1, 2, 1, 1)
    _, here, *_ = said(runs([NAN, 8, 5, 8, NAN], [NAN] * 5, [3, 9, 5, NAN, NAN]))
    assert f"{SOME}, seed by seed: 1 sooner, 2 later, 1 at the same epoch, 1 where neither" in here
    assert f"{SOME} 3; {OTHER} 0; ContraNorm 3. " in here  # no mean where a run never got there


def test_only_seeds_are_counted_that_every_method_was_run_with(said):
    _, here, *_ = said(runs([4, 4], [NAN, NAN], [5, 5, 1]))
    assert "of 2 seeds" in here
    assert "ContraNorm 2, after 5 epochs on average" in here


def test_the_answer_names_every_depth_once_with_what_happened_there(said):
    nothing = [NAN, NAN]
    known = (
        runs([3, 3], nothing, [4, 4], depth=2)
        + runs([3, 3], nothing, [2, 2], depth=4)
        + runs(nothing, nothing, [2, 2], depth=6)
        + runs(nothing, nothing, nothing, depth=12)
        + runs([3, 3], nothing, [2, 2], depth=24)
    )
    over_all, here, *_ = said(known)
    assert "**Yes, it was.** By depth: slower than another method at depth 2; " in over_all
    assert "quickest at depth 4 and 24; " in over_all
    assert "no answer at depth 6, where only ContraNorm got there; " in over_all
    closest = f"closest after the last epoch: {SOME}, {OTHER} and ContraNorm"
    assert f"no answer at depth 12, where nobody got there ({closest})." in over_all
    assert here.startswith("Depth 6, every method with its default.")


def test_closest_is_the_highest_mean_validation_accuracy(said):
    known = runs([NAN], [NAN], [NAN])
    known += [replace(one, seed=1, validation=0.9) for one in known if one.method == "layer_norm"]
    known += [replace(one, seed=1, validation=0.3) for one in known if one.method != "layer_norm"]
    over_all, here, *_ = said(known)
    assert f"(closest after the last epoch: {OTHER})" in over_all
    assert f"{SOME} 0.28; {OTHER} 0.57; ContraNorm 0.28" in here


def test_the_gain_has_an_answer_of_its_own(said):
    nothing = [NAN, NAN]
    known = runs(nothing, nothing, [2, 2]) + runs(nothing, [3, 3], [4, 4], gain=2.0)
    *_, of_gain, _ = said(known)
    assert f"gain γ, learned and the same for {SOME}, {OTHER} and ContraNorm?" in of_gain
    assert "**Yes, it was.** By γ: no answer at γ = 1, where only ContraNorm got there" in of_gain
    assert "slower than another method at γ = 2." in of_gain


def test_each_at_its_best_is_compared_with_the_setting_that_was_chosen(said, monkeypatch):
    table = pd.DataFrame(
        [("none", 6, 1), ("layer_norm", 6, 0), ("contra_norm", 6, 1)],
        columns=["method", "depth", "tried"],
    )
    monkeypatch.setattr(tradeoffs_page, "scores", lambda: type("Scores", (), {"chosen": table}))
    nothing, others = [NAN, NAN], runs([1, 1], [2, 2], [2, 2])
    tried = [one for one in others if one.method != "layer_norm"]
    best = [
        replace(one, tried=int(one.method != "layer_norm")) for one in runs([3, 3], nothing, [4, 4])
    ]
    *_, of_best, _ = said(runs(nothing, nothing, nothing), tried + best)
    assert of_best.startswith("Depth 6, every method at its best")
    assert f"{SOME} 2, after 3 epochs on average; {OTHER} 0; ContraNorm 2, after 4" in of_best
    assert f"**ContraNorm was slower than {SOME}.**" in of_best


@pytest.mark.parametrize("depth", numbers.swept())
def test_of_the_shipped_runs_nothing_is_said_that_they_do_not_show(depth):
    lines = tradeoffs_page.findings(tradeoffs(View(depth)), words("tradeoffs"))
    heads = (f"Depth {depth}, every method with its", f"Depth {depth}, every method at its")
    tried = pd.read_csv(TRIED)
    best = tried.merge(chosen(tried)[["depth", "method", "tried"]])
    for head, known in zip(heads, (pd.read_csv(FILE).query(DEFAULT), best), strict=True):
        (sentence,) = (one for one in lines if one.startswith(head))
        there = known[known["depth"] == depth].drop_duplicates(["method", "seed"])
        got = there.groupby("method")["epochs_to_goal"].agg(["count", "mean"])
        ours, others = got.loc["contra_norm"], got.drop("contra_norm")
        assert f"ContraNorm 3, after {ours['mean']:.3g} epochs on average" in sentence
        assert ours["count"] == 3
        for name, count in others["count"].items():
            assert f"{METHODS[name].title} {count}" in sentence
        alone = not others["count"].sum()
        assert ("nobody to be slower than" in sentence) == alone
        assert ("**ContraNorm was the quickest.**" in sentence) == (not alone)
