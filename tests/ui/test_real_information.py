import dataclasses
from functools import partial

import numpy as np
import pytest
import torch

from models.information import information
from ui import real_information
from ui.real_information import Trial, asked, found, said, scene
from ui.real_settings import RealSettings
from ui.scene import figure
from ui.text import words

TRIAL = asked(RealSettings())


@pytest.fixture(scope="module")
def results():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(real_information, "information", partial(information, splits=2))
        return found(TRIAL)


@pytest.fixture(scope="module")
def shown(results):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(real_information, "found", lambda trial: results)
        return scene(TRIAL)


def test_the_test_is_the_same_for_every_text_and_follows_the_norms():
    assert asked(RealSettings(text="other", head=3)) == TRIAL
    assert asked(RealSettings(scale=0.2)) != TRIAL
    assert isinstance(TRIAL, Trial)


def test_each_chart_has_the_mean_the_range_and_chance_of_its_own_readout(results, shown):
    assert [chart.key for chart in shown.charts] == [
        f"read_{readout.target}_{readout.reader}" for readout in results.readouts
    ]
    for readout, chart in zip(results.readouts, shown.charts, strict=True):
        *lines, chance = figure(shown, chart, 0)["data"]
        for branch, line in enumerate(lines):
            share = 100 * readout.share[branch]
            np.testing.assert_allclose(line["y"], share.mean(-1))
            np.testing.assert_allclose(line["y"] + line["error_y"]["array"], share.amax(-1))
            np.testing.assert_allclose(line["y"] - line["error_y"]["arrayminus"], share.amin(-1))
        assert len(lines) == 3
        np.testing.assert_allclose(chance["y"], 100 * readout.chance.mean())


@pytest.mark.parametrize(
    ("gains", "kind"),
    [((0.1, 0.2), "more in each"), ((-0.1, -0.2), "less in each"), ((-0.1, 0.1), "no difference")],
)
def test_more_or_less_is_said_only_where_every_split_agrees(results, gains, kind):
    readout = results.readouts[0]
    share = torch.zeros(3, 7, 2, dtype=torch.float64)
    share[1, -1] = torch.tensor(gains)
    turned = dataclasses.replace(readout, share=share)
    sentence = said(results, turned, 1, words("real"))
    assert kind in sentence
    assert f"{100 * min(gains):+.1f} to {100 * max(gains):+.1f}" in sentence.replace("\n", " ")
    assert sentence.startswith("**ContraNorm**, the word, by nearest")
