from dataclasses import replace

import numpy as np
import pytest

from ui.real_picture import picture
from ui.real_settings import RIVAL, RealSettings
from ui.real_tug import scene, tugs
from ui.scene import figure

SHORT = RealSettings(text="a cat saw a dog", scale=0.5)


@pytest.fixture(scope="module")
def found():
    return tugs(SHORT)


@pytest.fixture(scope="module")
def shown():
    return scene(SHORT)


@pytest.mark.parametrize("number", [0, 1])
def test_the_parts_add_up_to_what_the_whole_model_did(found, number):
    tug, ranks = found[number], picture(SHORT).packet.effective_rank[:, number]
    assert sum(tug.sums().values()) == pytest.approx(tug.total, abs=1e-6)
    assert tug.total == pytest.approx(ranks[-1] - ranks[0], abs=1e-3)
    np.testing.assert_allclose(tug.before[1:], tug.after[:-1])
    for layer in range(6):
        own = [place for place, one in enumerate(tug.layers) if one == layer]
        assert tug.before[own[0]] == pytest.approx(ranks[layer], abs=1e-3)
        assert tug.after[own[-1]] == pytest.approx(ranks[layer + 1], abs=1e-3)


def test_only_the_branch_with_a_norm_has_its_part_and_it_stands_where_it_was_put(found):
    none, ours = found
    assert (none.norm, ours.norm) == ("none", "contra_norm")
    assert "norm" not in none.parts
    assert ours.parts[:4] == ("attention", "residual", "norm", "layer_norm")
    (moved,) = tugs(replace(SHORT, placement="after_output_layer_norm"))[1:]
    assert moved.parts[5:7] == ("layer_norm", "norm")


def test_the_rival_is_pulled_at_when_it_is_shown_beside():
    assert tugs(replace(SHORT, beside=RIVAL))[1].norm == "partial_centering"


@pytest.mark.parametrize("number", [0, 1])
def test_every_bar_reaches_from_the_rank_before_its_part_to_the_rank_after_it(found, shown, number):
    tug, drawn = found[number], figure(shown, shown.charts[number], 0)["data"]
    bars = {
        place: (base, base + change)
        for trace in drawn
        for place, base, change in zip(trace["x"], trace["base"], trace["y"], strict=True)
    }
    assert sorted(bars) == list(range(len(tug.parts)))
    for place, (low, high) in bars.items():
        assert low == pytest.approx(tug.before[place], abs=1e-5)
        assert high == pytest.approx(tug.after[place], abs=1e-5)
    signs = {place: sign for t in drawn for place, sign in zip(t["x"], t["text"], strict=True)}
    for place, sign in signs.items():
        assert (sign == "+") == (tug.after[place] > tug.before[place])
    names = {place: trace["name"] for trace in drawn for place in trace["x"]}
    assert (names[0], names[1]) == ("attention", "residual")


def test_both_waterfalls_share_their_axis_and_the_sentence_has_the_sums(found, shown):
    ranges = {tuple(chart.layout["yaxis"]["range"]) for chart in shown.charts}
    assert len(ranges) == 1
    for tug, said in zip(found, shown.findings, strict=True):
        assert f"attention {tug.sums()['attention']:+.2f}" in said
        assert f"({tug.total:+.2f} directions)" in said


def test_the_table_has_every_step_and_its_change(found, shown):
    columns = {column.title: column.cells for column in shown.charts[1].columns}
    changes = columns["change"].of(shown.arrays, 0)
    np.testing.assert_allclose(changes, found[1].after - found[1].before)
    assert columns["part"][2] == "the norm"
    assert (columns["layer"][0], columns["layer"][-1]) == ("1", "6")
