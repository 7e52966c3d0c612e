"""Digits read wrongly: counted over all, the first ones drawn, from the weights that were kept."""

import numpy as np
import pytest
import torch

from models.handwriting import digits
from tests.ui.training_runs import pretend
from training.folder import RunFolder
from training.run import run
from ui import training_store
from ui.figures.digits import ACROSS, DOWN, chart, mosaic
from ui.text import words
from ui.training_digits import SHOWN, Wrong, ready, wrong
from ui.training_live import View
from ui.training_networks import of_each
from ui.training_settings import Setup

SMALL = Setup(depth=2, methods=("contra_norm",), epochs=1)


def test_a_run_s_own_checkpoint_reads_as_its_records_say(monkeypatch, tmp_path):
    pretend(monkeypatch, tmp_path)
    view = View(SMALL)
    assert of_each(wrong, view) == {}
    folder: RunFolder = training_store.folders(SMALL)["contra_norm", 0]
    list(run(SMALL.config("contra_norm", 0), folder))
    found = of_each(wrong, View(SMALL, True, ((2, 2),)))["contra_norm"]
    accuracy = folder.metrics()[-1]["test_accuracy"]
    assert found.count == round(360 * (1 - accuracy))
    assert (found.total, len(found.labels)) == (360, 12)
    assert all(truth != said for truth, said in found.labels)
    known = digits(0)
    place = next(
        index
        for index, pixels in enumerate(known.test_pixels)
        if torch.equal(pixels, torch.from_numpy(found.pixels[0]))
    )
    assert int(known.test_labels[place]) == found.labels[0][0]
    folder.checkpoint.write_bytes(b"edited")
    assert '"charts": []' in ready(View(SMALL, True, ((1, 1),))).said


def test_a_digit_stands_in_its_own_place_under_its_label():
    pixels = np.stack([np.full((8, 8), 0.1 * place) for place in range(8)])
    whole = mosaic(pixels)
    assert whole[3, 0] == 0.0
    assert whole[3, 9] == pytest.approx(0.1)
    assert whole[15, 27] == pytest.approx(0.7)
    assert np.isnan(whole[:3]).all()
    one = Wrong("none", 8, 360, pixels, tuple((place, 9) for place in range(8)))
    drawn = chart(one, 0, words("training"))
    texts = drawn.traces[1]
    assert (texts["text"][7], texts["x"][7], texts["y"][7]) == ("7 → 9", 30.5, 13.0)
    assert drawn.columns[0].cells[7] == "7"
    assert "8 of 360" in drawn.titles[0]


def test_a_pixel_of_a_digit_is_a_square_however_wide_the_chart_is():
    pixels = np.ones((SHOWN, 8, 8))
    layout = chart(Wrong("none", 12, 360, pixels, ((3, 9),) * SHOWN), 0, words("training")).layout
    assert (layout["yaxis"]["scaleanchor"], layout["yaxis"]["scaleratio"]) == ("x", 1)
    assert {layout[axis]["constrain"] for axis in ("xaxis", "yaxis")} == {"domain"}
    (left, right), (bottom, top) = (layout[axis]["range"] for axis in ("xaxis", "yaxis"))
    height, width = mosaic(pixels).shape
    assert (right - left, bottom - top) == (width, height)
    assert width == height  # so that a square place is filled
    assert set(layout["margin"].values()) == {0}


def test_every_digit_that_is_shown_has_a_place_of_its_own():
    assert ACROSS * DOWN == SHOWN
    pixels = np.stack([np.full((8, 8), 1.0 + place) for place in range(SHOWN)])
    whole = mosaic(pixels)
    for place in range(SHOWN):
        assert (whole == 1.0 + place).sum() == 64
