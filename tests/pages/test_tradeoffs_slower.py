"""Whether ContraNorm is ever slower: said as the runs have it, whoever wins, and if nobody does."""

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from models.methods import METHODS
from training.results import chosen
from ui import tradeoffs as numbers
from ui import tradeoffs_races as races
from ui import tradeoffs_slower as slower
from ui.text import words
from ui.tradeoffs import FILE, Row, View
from ui.tradeoffs_races import Pair, pair

MAIN = Path(__file__).parents[2] / "ui" / "main.py"
NAN, NEVER = float("nan"), float("inf")
SOME, OTHER = "no norm", "LayerNorm only"
WORDS = words("tradeoffs")
REACHED, EPOCHS = WORDS("race_reached"), WORDS("race_epochs")
AGAINST = WORDS("race_pair")
# Epochs of no norm, LayerNorm only and ContraNorm, by seed; the answer; the verdict.
RACES = {
    "quicker": ([7, 8], [NAN, NAN], [5, 8], "not in these runs", "ContraNorm was the quickest."),
    "there with more seeds": ([7, NAN], [NAN, 8], [7, 8], "not in these", "was the quickest."),
    "slower": ([7, 7], [4, 4], [5, 4], "yes", f"ContraNorm was slower than {OTHER}"),
    "slower than all": ([3, 3], [4, 4], [5, 4], "yes", f"slower than {SOME} and {OTHER}"),
    "never there": ([7, NAN], [NAN, NAN], [NAN, NAN], "yes", f"slower than {SOME}"),
    "a tie": ([3, 3], [8, 8], [3, 3], "not in", f"ContraNorm and {SOME} were equally quick"),
    "by seed": ([3, 5], [8, 8], [4, 4], "with some seeds", f"and later with others than {SOME}"),
    "alone": ([NAN, NAN], [NAN, NAN], [4, NAN], "cannot tell", "No rival got there"),
    "nobody": ([NAN, NAN], [NAN, NAN], [NAN, NAN], "cannot tell", "Nobody got there"),
}


def runs(*epochs, depth=6, gain=1.0):
    methods = (("none", 1), ("layer_norm", 1), ("contra_norm", 0.2))
    return [
        Row(name, depth, 1, tau, seed, 0.5, 5.0, goal, gain=gain, validation=0.25 + seed / 2)
        for (name, tau), goals in zip(methods, epochs, strict=True)
        for seed, goal in enumerate(goals)
    ]


@pytest.fixture
def said(monkeypatch):
    """Say what is found of runs: the answers, then of each race the sentence and the table."""

    def found(known, tried=(), picked=()):
        table = pd.DataFrame(picked, columns=["method", "depth", "tried"])
        monkeypatch.setattr(races, "rows", lambda file=FILE: known if file == FILE else tried)
        monkeypatch.setattr(slower, "scores", lambda: type("Scores", (), {"chosen": table}))
        there = slower.at_depth(6)
        spoken = [slower.said(one, 6, kind, WORDS) for kind, one in there.items()]
        lines = [slower.table(one, WORDS).set_index("method") for one in there.values()]
        return *slower.answers(6, WORDS), *spoken, *lines

    return found


@pytest.mark.parametrize("case", RACES)
def test_who_is_slower_is_said_as_the_runs_have_it(case, said):
    *epochs, answer, verdict = RACES[case]
    over_all, cells, here, _ = said(runs(*epochs))
    assert answer in over_all
    assert verdict in here
    unanswered = case in ("alone", "nobody")
    assert ("the question stays open at this depth" in here) == unanswered
    assert ("No rival with its default got there" in cells) == unanswered
    kinds = {"slower": [1, 0, 0, 0], "by seed": [0, 1, 0, 0], "a tie": [0, 0, 1, 0]}
    kinds |= dict.fromkeys(("slower than all", "never there"), kinds["slower"])
    other, mixed, shared, ours = kinds.get(case, [0, 0, 0, 1])
    counted = f"slower than one with **{other}**, sooner with some seeds and later with others with"
    further = f"{counted} {mixed}, level with the quickest with {shared}, quickest with **{ours}**"
    assert unanswered or further in cells


def test_two_are_compared_seed_by_seed_and_never_is_later_than_any_epoch(said):
    ours = {0: 3, 1: 9, 2: 5, 3: NEVER, 4: NEVER, 5: 1}
    assert pair(ours, {0: NEVER, 1: 8, 2: 5, 3: 8, 4: NEVER}) == Pair(1, 2, 1, 1)
    *_, lines = said(runs([NAN, 8, 5, 8, NAN], [NAN] * 5, [3, 9, 5, NAN, NAN]))
    assert lines.loc[SOME, AGAINST] == "1 sooner, 2 later, 1 level, 1 neither"
    assert [*lines[AGAINST]][1:] == ["–", "–"]  # LayerNorm only never got there
    assert [*lines[REACHED]] == ["3 of 5", "0 of 5", "3 of 5"]
    assert [*lines[EPOCHS]] == ["–", "–", "–"]  # no mean where a run never got there


def test_only_seeds_are_counted_that_every_method_was_run_with(said):
    *_, lines = said(runs([4, 4], [NAN, NAN], [5, 5, 1]))
    assert [*lines.loc["ContraNorm", [REACHED, EPOCHS]]] == ["2 of 2", "5"]


def test_the_answer_names_every_depth_once_with_what_happened_there(said):
    nothing = [NAN, NAN]
    known = (
        runs([3, 3], nothing, [4, 4], depth=2)
        + runs([3, 3], nothing, [2, 2], depth=4)
        + runs(nothing, nothing, [2, 2], depth=6)
        + runs(nothing, nothing, nothing, depth=12)
        + runs([3, 3], nothing, [2, 2], depth=24)
    )
    over_all, _, here, _ = said(known)
    assert over_all.startswith("With the defaults: **yes, it was.**")
    assert "by depth: slower than a rival at depth 2; " in over_all
    assert "quickest at depths 4 and 24; " in over_all
    assert "no answer at depth 6, where of those that ran only ContraNorm got there" in over_all
    closest = f"closest after the last epoch: {SOME}, {OTHER} and ContraNorm"
    assert f"no answer at depth 12, where none that ran got there ({closest})." in over_all
    assert "Methods that ran: 3 at depths 2, 4, 6, 12 and 24." in over_all
    assert here.startswith("**Depth 6, every method with its default.**")


def test_where_all_methods_were_tried_all_of_them_race_with_their_defaults(said):
    known = runs([3, 3], [9, 9], [4, 4]) + runs([3, 3], [9, 9], [2, 2], depth=2)
    tried = [replace(one, method=name) for name in ("rezero", "contra_norm") for one in known[:2]]
    tried += [replace(one, tried=1, goal=1.0) for one in tried[:2]]
    over_all, _, here, lines = said(known, tried)
    assert "slower" not in here
    assert "quickest at depth 2; as quick as a rival, and slower than none, at depth 6" in over_all
    assert "Methods that ran: 3 at depth 2; 2 at depth 6." in over_all
    assert [*lines.index] == ["ContraNorm", "ReZero"]
    assert [*lines[EPOCHS]] == ["3", "3"]


def test_contra_norm_with_learned_strengths_is_in_the_table_and_no_rival(said):
    known = runs([8, 8], [9, 9], [4, 4])
    known += [
        replace(one, method="contra_norm_learned", goal=1.0) for one in known if one.goal == 4
    ]
    over_all, _, here, lines = said(known)
    assert "**not in these runs**" in over_all
    assert here.endswith("ContraNorm was the quickest.")
    assert [*lines.loc["ContraNorm, learned s", [EPOCHS, AGAINST]]] == ["1", "–"]


def test_closest_is_the_highest_mean_validation_accuracy(said):
    known = runs([NAN], [NAN], [NAN])
    known += [replace(one, seed=1, validation=0.9) for one in known if one.method == "layer_norm"]
    known += [replace(one, seed=1, validation=0.3) for one in known if one.method != "layer_norm"]
    over_all, *_, lines = said(known)
    assert f"(closest after the last epoch: {OTHER})" in over_all
    assert [*lines["validation accuracy at the end"]] == ["0.28", "0.57", "0.28"]


def test_other_gains_than_the_default_have_an_answer_of_their_own(said):
    nothing = [NAN, NAN]
    half, twice = runs(nothing, nothing, [2, 2], gain=0.5), runs(nothing, [3, 3], [4, 4], gain=2.0)
    _, of_gain, *_ = said(runs([1, 1], nothing, [2, 2]) + half + twice)
    assert f"gain γ, learned and the same for {SOME}, {OTHER} and ContraNorm: **yes" in of_gain
    only = "where of those that ran only ContraNorm got there"
    assert f"By γ: no answer at γ = 0.5, {only}; slower than a rival at γ = 2." in of_gain
    assert "γ = 1" not in of_gain
    held = [replace(one, learned=False) for one in half]
    assert len(said(runs(nothing, nothing, [2, 2]) + held)) == 4  # nobody learned another gain


def test_what_the_learned_form_got_to_is_not_nobody_s(said):
    known = runs([NAN], [NAN], [NAN])
    known += [replace(known[-1], method="contra_norm_learned", goal=3.0)]
    _, _, here, _ = said(known)
    assert here.endswith("the question stays open at this depth.")
    assert "No rival got there" in here


def test_methods_that_share_no_seed_do_not_race(said):
    known = [one for one in runs([3, 3], [4, 4], [2, 2]) if (one.method == "none") == one.seed]
    (over_all,) = said(known + runs([3], [4], [2], depth=4))
    assert "quickest at depth 4. Methods that ran: 3 at depth 4." in over_all


def test_each_cell_of_the_map_races_against_the_rivals_and_half_a_cell_does_not(said):
    known = runs([5, 5], [9, 9], [5, 6])
    others = {(3, 0.2): (4, 4), (0.1, 0.2): (7, NAN), (1, 5): (NAN, NAN), (3, 5): (1,)}
    known += [
        Row("contra_norm", 6, scale, tau, seed, 0.5, 5.0, goal)
        for (scale, tau), of_cell in others.items()
        for seed, goal in enumerate(of_cell)
    ]
    with_gain = [replace(one, gain=2.0, goal=1.0) for one in known if one.method == "contra_norm"]
    cells = said(known + with_gain)[-3]
    assert "4 settings of s and τ in the maps of depth 6, against" in cells
    assert "slower than one with **3**, " in cells
    assert "level with the quickest with 0, quickest with **1**. Every run got" in cells
    assert "to 80 % with 2 of them, some runs with 1, no run with 1." in cells


def test_each_at_its_best_is_compared_with_the_setting_that_was_chosen(said):
    picked = [("none", 6, 1), ("layer_norm", 6, 0), ("contra_norm", 6, 1)]
    nothing, others = [NAN, NAN], runs([1, 1], [2, 2], [2, 2])
    tried = [one for one in others if one.method != "layer_norm"]
    best = [
        replace(one, tried=int(one.method != "layer_norm")) for one in runs([3, 3], nothing, [4, 4])
    ]
    found = said(runs(nothing, nothing, nothing), tried + best, picked)
    of_default, of_best, _, lines = found[-4:]
    assert of_default.startswith("**Depth 6, every method with its default.**")
    assert of_best.startswith("**Depth 6, every method at its best**")
    assert [*lines[REACHED]] == ["2 of 2", "0 of 2", "2 of 2"]
    assert [*lines[EPOCHS]] == ["3", "–", "4"]
    assert f"ContraNorm was slower than {SOME}:" in of_best


def test_no_race_is_spoken_of_that_contra_norm_did_not_run(said):
    known = runs([3, 3], [4, 4], [2, 2], depth=4) + runs([3, 3], [4, 4], [2, 2])[:4]
    (over_all,) = said(known, [], [("none", 6, 0)])
    assert "quickest at depth 4." in over_all
    assert "depth 6" not in over_all


def test_the_page_shows_who_got_there_and_names_the_others():
    at = AppTest.from_file(MAIN, default_timeout=60)
    at.switch_page("../pages/tradeoffs.py")
    at.query_params["tradeoffs_depth"] = "6"
    default, tuned, *_ = (one.value for one in at.run().table)
    for shown, one in zip((default, tuned), slower.at_depth(6).values(), strict=True):
        there = [name for name, known in one.goals.items() if races.reached(known)]
        assert [*shown["method"]] == [METHODS[name].title for name in there]
        others = [METHODS[name].title for name in one.goals if name not in there]
        named = f"Got there with no seed: {'; '.join(others)}."
        assert any(named in line.value for line in at.markdown)


def test_the_file_of_a_table_has_those_who_never_got_there_too(monkeypatch):
    drawn = {}

    def kept(rows, name, _title, *, file):
        drawn[name] = (len(rows), len(file))

    monkeypatch.setattr(slower, "text_table", kept)
    slower.draw(View(6), WORDS)
    assert len(drawn) == 2
    for shown, whole in drawn.values():
        assert shown < whole == len(METHODS)


def test_contra_norm_is_in_the_table_even_if_it_never_got_there(said):
    said(runs([3], [NAN], [NAN]))
    (one,) = slower.at_depth(6).values()
    assert slower.got_there(one) == ["none", "contra_norm"]


@pytest.mark.parametrize("depth", numbers.swept())
def test_of_the_shipped_runs_nothing_is_said_that_they_do_not_show(depth):
    tried = pd.read_csv(races.TRIED)
    best = tried.merge(chosen(tried)[["depth", "method", "tried"]])
    known = {"default": tried[tried["tried"] == 0], "tuned": best}
    found = slower.at_depth(depth)
    assert found.keys() == known.keys()
    for kind_of, one in found.items():
        lines = slower.table(one, WORDS).set_index("method")
        there = known[kind_of][known[kind_of]["depth"] == depth]
        got = there.groupby("method")["epochs_to_goal"].agg(["count", "mean"])
        assert len(lines) == len(got)
        for name, (count, mean) in got.iterrows():
            line = lines.loc[METHODS[name].title]
            assert line[REACHED] == f"{count:g} of 3"
            assert line[EPOCHS] == (f"{mean:.3g}" if count == 3 else "–")
        epochs = there.fillna({"epochs_to_goal": 99})
        known_goals = epochs.pivot_table(index="seed", columns="method", values="epochs_to_goal")
        ours = known_goals.pop("contra_norm")
        rivals = known_goals.drop(columns="contra_norm_learned", errors="ignore")
        rivals = rivals.loc[:, rivals.min() < 99]
        later, sooner = rivals.lt(ours, axis=0).any(), rivals.gt(ours, axis=0).any()
        kinds = {
            "other": later & ~sooner,
            "mixed": later & sooner,
            "shared": ~later & ~sooner,
            "ours": sooner,
        }
        expected = next((kind for kind, found in kinds.items() if found.any()), "alone")
        assert races.verdict(one) == expected
        here = kinds.get(expected, {})
        names = [METHODS[name].title for name in METHODS if here.get(name)] or [""]
        *first, last = names
        listed = f"{', '.join(first)} and {last}" if first else last
        said_of = WORDS(f"verdict_{expected}", names=listed)
        assert slower.said(one, depth, kind_of, WORDS).endswith(said_of)
