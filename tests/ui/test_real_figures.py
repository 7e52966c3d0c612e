from dataclasses import replace

import numpy as np
import pytest

from ui.figures.real import SCALES
from ui.real_live import scene
from ui.real_picture import picture
from ui.real_settings import RIVAL, RealSettings
from ui.scene import figure

SHORT = RealSettings(text="a cat saw a <b>dog</b> and a cat", head=2)


@pytest.fixture(scope="module")
def real():
    return picture(SHORT)


@pytest.fixture(scope="module")
def shown():
    return scene(SHORT)


def chart(shown, key):
    (found,) = [chart for chart in shown.charts if chart.key == key]
    return found


def test_the_first_part_has_the_main_pages_charts_and_the_matrices(shown):
    assert [chart.key for chart in shown.charts] == [
        *("cloud_0", "cloud_1", "cloud_2", "spectrum"),
        *("effective_rank", "mean_cosine", "attention_similarity"),
        *("attention_without", "cosine_without", "attention_with", "cosine_with"),
        *("attention_row", "cosine_row"),
    ]
    assert shown.frames == 7


@pytest.mark.parametrize(("side", "branch"), [("without", 0), ("with", 1)])
def test_a_matrix_shows_the_layer_the_head_and_the_branch_it_names(real, shown, side, branch):
    for layer in (1, 4):
        cosine = figure(shown, chart(shown, f"cosine_{side}"), layer)["data"][0]["z"]
        np.testing.assert_array_equal(cosine, real.cosine[layer, branch])
        attention = figure(shown, chart(shown, f"attention_{side}"), layer)["data"][0]["z"]
        np.testing.assert_array_equal(attention, real.attention[layer - 1, branch])
        np.testing.assert_allclose(attention.sum(-1), 1, atol=1e-5)
    title = chart(shown, f"attention_{side}").titles[4]
    assert "layer 4, head 2" in title
    assert ("without" in title) == (branch == 0)


def test_the_rivals_matrices_are_shown_when_asked_for(real):
    other = scene(replace(SHORT, beside=RIVAL))
    drawn = figure(other, chart(other, "cosine_with"), 3)["data"][0]["z"]
    np.testing.assert_array_equal(drawn, real.cosine[3, 2])
    assert "partial centring" in chart(other, "cosine_with").titles[3]
    rows = chart(other, "cosine_row").traces
    assert [trace["name"] for trace in rows] == ["without", "partial centring"]


def test_before_the_first_layer_nothing_attends(shown):
    attention = chart(shown, "attention_without")
    assert np.isnan(figure(shown, attention, 0)["data"][0]["z"]).all()
    assert "no attention" in attention.sentences[0]


@pytest.mark.parametrize("kind", SCALES)
def test_a_matrix_has_its_row_at_the_top_one_scale_and_every_token_named(real, shown, kind):
    drawn = figure(shown, chart(shown, f"{kind}_without"), 2)
    low, high = drawn["layout"]["yaxis"]["range"]
    assert low > high
    ticks = drawn["layout"]["yaxis"]["ticktext"]
    assert len(ticks) == len(real.packet.tokens)
    assert "<" not in "".join(ticks)
    assert (drawn["data"][0]["zmin"], drawn["data"][0]["zmax"]) == (
        (0, 1) if kind == "attention" else (-1, 1)
    )


@pytest.mark.parametrize("selected", [0, 3])
def test_the_marked_token_is_marked_in_clouds_and_matrices_and_its_row_is_drawn(
    real, shown, selected
):
    cloud, ring = figure(shown, chart(shown, "cloud_1"), 5, selected)["data"]
    assert (ring["x"], ring["y"]) == ([cloud["x"][selected]], [cloud["y"][selected]])
    for key in ("attention_without", "cosine_with"):
        outline = figure(shown, chart(shown, key), 5, selected)["data"][1]
        assert (min(outline["y"]), max(outline["y"])) == (selected - 0.5, selected + 0.5)
        assert (min(outline["x"]), max(outline["x"])) == (-0.5, len(real.packet.tokens) - 0.5)
    rows = figure(shown, chart(shown, "cosine_row"), 5, selected)["data"]
    for branch, row in enumerate(rows):
        np.testing.assert_array_equal(row["y"], real.cosine[5, branch, selected])
    rows = figure(shown, chart(shown, "attention_row"), 5, selected)["data"]
    for branch, row in enumerate(rows):
        np.testing.assert_array_equal(row["y"], real.attention[4, branch, selected])


def test_what_can_be_marked_is_every_token_told_apart(real, shown):
    assert len(set(shown.choice.options)) == len(real.packet.tokens)
    assert shown.choice.options[1].endswith(real.packet.tokens[1])
    assert all(chart.picks for chart in shown.charts if "cloud" in chart.key or "_w" in chart.key)


def test_the_sentence_of_a_matrix_names_its_largest_entry_off_the_diagonal(real, shown):
    first, second, value = real.closest(6, 1)
    sentence = chart(shown, "cosine_with").sentences[6]
    assert f"{value:.2f}" in sentence
    assert real.packet.tokens[first] in sentence
    assert real.packet.tokens[second] in sentence


def test_the_findings_say_what_is_hardest_to_tell_apart_and_what_a_norm_costs(real, shown):
    first, second, value = real.closest(6, 0)
    said = shown.frame_findings[6][0]
    assert f"cosine {value:.2f}" in said
    assert f"ContraNorm {real.cosine[6, 1, first, second]:.2f}" in said
    assert f"partial centring {real.cosine[6, 2, first, second]:.2f}" in said
    assert any(f"cosine {real.kept[1]:.3f} to the unmodified" in one for one in shown.findings)
    assert any(f"cosine {real.kept[2]:.3f} to the unmodified" in one for one in shown.findings)
