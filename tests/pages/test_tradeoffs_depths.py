"""Methods by depth: two tables, of defaults and of what was chosen, and what is said of each."""

from pathlib import Path

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from models.methods import TRIES
from ui import tradeoffs_depths
from ui.text import words
from ui.tradeoffs_races import TRIED

ROOT = Path(__file__).parents[2]


def scored(*lines):
    columns = ["method", "depth", "mean", "min", "max", "count"]
    return pd.DataFrame(lines, columns=columns)


def said(found):
    losses = tradeoffs_depths.LOSSES
    return tradeoffs_depths.said(found, words("tradeoffs"), losses, "losses")


NORM = ("contra_norm", 6, 0.7, 0.6, 0.8, 3)
APART = scored(
    NORM,
    ("uniformity_last", 6, 0.5, 0.4, 0.59, 3),
    ("uniformity_all", 6, 0.3, 0.1, 0.7, 3),
)
ABOVE = scored(NORM, ("uniformity_all", 6, 0.9, 0.81, 0.95, 3))
ALONE = scored(NORM, ("none", 6, 0.9, 0.81, 0.95, 3))


def test_the_norm_is_compared_with_the_better_of_the_losses_whichever_wins():
    (below,) = said(APART)
    assert "**0.70** (0.60 to 0.80)" in below
    assert "uniformity loss, last layer”, **0.50** (0.40 to 0.59)" in below
    assert "ContraNorm is ahead, and the ranges do not overlap" in below
    (above,) = said(ABOVE)
    assert "**0.90** (0.81 to 0.95)" in above
    assert "**ContraNorm is behind**, and the ranges do not overlap" in above
    assert said(ALONE) == []


def test_tuned_methods_are_compared_with_the_best_of_all_rivals():
    rivals = ("none", "uniformity_last", "uniformity_all")
    (beaten,) = tradeoffs_depths.said(ALONE, words("tradeoffs"), rivals, "rivals")
    assert "the best rival on average, “no norm”, **0.90** (0.81 to 0.95)" in beaten
    assert "**ContraNorm is behind**, and the ranges do not overlap" in beaten
    (close,) = tradeoffs_depths.said(
        scored(NORM, ("none", 6, 0.75, 0.7, 0.8, 3)), words("tradeoffs"), rivals, "rivals"
    )
    assert "do not tell the two apart" in close


@pytest.mark.parametrize("ends", [(0.8, 0.95), (0.4, 0.6), (0.65, 0.75), (0.1, 1.0)])
def test_ranges_that_touch_do_not_tell_two_methods_apart(ends):
    lines = scored(NORM, ("uniformity_all", 6, 0.72, *ends, 3))
    (sentence,) = said(lines)
    assert "do not tell the two apart" in sentence


def test_the_tables_of_depths_have_three_seeds_of_each_and_are_those_of_the_readme():
    at = AppTest.from_file(ROOT / "ui" / "main.py", default_timeout=60)
    at.switch_page("../pages/tradeoffs.py")
    *_, default, best, picked = (one.value for one in at.run().table)
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for shown in (default, best):
        assert list(shown.columns) == ["method", "depth 6", "depth 12", "depth 24"]
        for row in shown.itertuples(index=False):
            assert f"| {' | '.join(row)} |" in readme
    found = tradeoffs_depths.scores()
    for known in (found.default, found.best):
        assert set(known["count"]) == {3}
        assert set(tradeoffs_depths.LOSSES) < set(known["method"])
    assert set(found.chosen["settings"]) == {TRIES}
    assert list(picked["method"]) == list(best["method"])


def test_the_best_setting_is_the_best_on_validation_and_written_out():
    runs = pd.read_csv(TRIED)
    means = runs.groupby(["method", "depth", "tried"])["validation_accuracy"].mean()
    for line in tradeoffs_depths.scores().chosen.itertuples():
        of_all = means[line.method, line.depth]
        assert of_all[line.tried] == of_all.max()
    rows = [
        *(("contra_norm", 6, 3), ("none", 6, 1), ("uniformity_all", 6, 1), ("pair_norm", 6, 3)),
        *(("layer_scale", 6, 0), ("layer_scale", 24, 2), ("layer_scale", 12, 1)),
        ("contra_norm_learned", 6, 1),
    ]
    made_up = pd.DataFrame(rows, columns=["method", "depth", "tried"])
    shown = tradeoffs_depths.settings(made_up, words("tradeoffs"))
    assert dict(zip(shown["method"], shown["depth 6"], strict=True)) == {
        "no norm": "learning rate 0.0003",
        "ContraNorm": "s = 3, learning rate 0.0003",
        "ContraNorm, learned s": "s starting at 3, learning rate 0.001",
        "uniformity loss, all layers": "weight 1, learning rate 0.001",
        "PairNorm": "PairNorm, scaled individually, learning rate 0.0003",
        "LayerScale": "starting at 0.1, learning rate 0.001",
    }
    (scaled,) = shown[shown["method"] == "LayerScale"].to_dict("records")
    assert scaled["depth 24"] == "starting at 1e-05, learning rate 0.0003"
    assert scaled["depth 12"] == "starting at 0.01, learning rate 0.001"
