from dataclasses import replace

import numpy as np
import pytest

from ui.real_compare import Comparison, scene
from ui.real_models import UNTRAINED
from ui.real_picture import picture
from ui.real_settings import RealSettings
from ui.scene import figure

SHORT = RealSettings(text="a cat saw a dog")
ASKED = Comparison(SHORT, UNTRAINED)


@pytest.fixture(scope="module")
def shown():
    return scene(ASKED)


@pytest.mark.parametrize("name", ["effective_rank", "mean_cosine"])
def test_each_line_is_one_models_branch_by_relative_depth(shown, name):
    (chart,) = [chart for chart in shown.charts if chart.key == f"compare_{name}"]
    lines = figure(shown, chart, 0)["data"]
    packets = [picture(one).packet for one in ASKED.experiments()]
    expected = [(packet, branch) for packet in packets for branch in (0, 1)]
    assert len(lines) == 4
    for line, (packet, branch) in zip(lines, expected, strict=True):
        np.testing.assert_array_equal(line["y"], getattr(packet, name)[:, branch])
        np.testing.assert_allclose(line["x"], np.arange(7) / 6)
    assert len({(line["line"]["color"], line["line"]["dash"]) for line in lines}) == 4
    assert "untrained" in lines[2]["name"]
    assert "ContraNorm" in lines[3]["name"]


def test_the_second_model_is_another_one_and_the_norm_is_the_same():
    first, second = ASKED.experiments()
    assert replace(second, model=first.model) == first
    ours, theirs = picture(first).packet, picture(second).packet
    assert not np.allclose(ours.effective_rank[1:, 0], theirs.effective_rank[1:, 0], atol=1e-2)


def test_the_findings_name_both_models_and_their_own_numbers(shown):
    for said, one in zip(shown.findings, ASKED.experiments(), strict=True):
        packet = picture(one).packet
        for value in (*packet.effective_rank[[0, -1], 0], packet.effective_rank[-1, 1]):
            assert f"{value:.2f}" in said
        assert f"{packet.mean_cosine[-1, 1]:.2f}" in said
    assert "untrained" in shown.findings[1]
    assert "untrained" not in shown.findings[0]


def test_a_strength_moves_the_line_with_the_norm_of_either_model(shown):
    moved = scene(replace(ASKED, experiment=replace(SHORT, scale=0.1)))
    for number in (0, 1):
        before, after = (one.arrays[f"effective_rank_{number}"] for one in (shown, moved))
        np.testing.assert_array_equal(before[:, 0], after[:, 0])
        assert not np.allclose(before[1:, 1], after[1:, 1], atol=1e-3)
