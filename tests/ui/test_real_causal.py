from dataclasses import replace

import numpy as np
import pytest

from ui.real_causal import LONGEST, lesson, scene
from ui.real_settings import RealSettings
from ui.scene import figure

SHORT = RealSettings(text="a cat saw a dog run")


@pytest.fixture(scope="module")
def found():
    return lesson(SHORT)


@pytest.fixture(scope="module")
def shown():
    return scene(SHORT)


def test_with_the_mask_nothing_leaks_and_without_it_something_does(found):
    assert found.random
    assert found.ahead(0) < 1e-5
    assert found.ahead(1) > 1e-3
    later = np.triu(np.ones((6, 6), dtype=bool), 1)
    assert found.ahead(1) == found.changes[1][later].max()


def test_the_maps_are_with_the_mask_and_without_it_in_that_order(found, shown):
    for number, title in enumerate(("With the causal", "Without the")):
        chart = shown.charts[number]
        assert chart.titles[0].startswith(title)
        drawn = figure(shown, chart, 0)["data"][0]["z"]
        np.testing.assert_allclose(drawn, 100 * found.changes[number])
    assert shown.charts[0].traces[0]["zmax"] == shown.charts[1].traces[0]["zmax"]


def test_the_findings_say_the_largest_change_and_that_the_weights_are_random(found, shown):
    ran, measured, verdict = shown.findings
    assert "random weights" in ran
    assert f"up to {100 * found.ahead(1):.2g} %" in measured.replace("\n", " ")
    assert "seen the future" in verdict


def test_without_strength_nothing_leaks_and_the_page_says_so():
    said = scene(replace(SHORT, scale=0.0)).findings
    assert "nothing from the future" in said[2]


@pytest.mark.parametrize("text", ["", "word", "x " * 500, "<b>%{x}</b> **"])
def test_any_text_has_a_lesson(text):
    found = lesson(replace(SHORT, text=text))
    assert 2 <= len(found.tokens) <= LONGEST
    assert np.isfinite(found.changes).all()


def test_strength_and_temperature_change_the_leak(found):
    for change in ({"scale": 0.2}, {"temperature": 0.1}, {"form": "plain"}):
        other = lesson(replace(SHORT, **change))
        assert not np.allclose(other.changes[1], found.changes[1], atol=1e-4)
