"""The derivation, checked by the same sums written out and by its tables."""

import math

import pytest
import torch
from torch.nn import functional as F

from ui.figures.origin import derivation_table, rows_table
from ui.origin_derivation import Step, derivation, derivations, drawn_rows


@pytest.mark.parametrize("temperature", [0.1, 0.5, 2.0])
@pytest.mark.parametrize("scale", [0.1, 2.0])
def test_closed_form_agrees_with_autograd_and_with_finite_differences(scale, temperature):
    for found in derivations(Step(scale, temperature)):
        assert found.autograd_gap < 1e-11
        assert 0 < found.difference_gap < 1e-5
        assert found.printed_gap < 1e-12


def test_the_step_is_the_layer_on_unit_rows_and_not_on_rows_as_drawn():
    unit, drawn = derivations(Step())
    assert unit.layer_gap < 1e-14
    assert drawn.layer_gap > 0.1
    h = drawn_rows(0)
    weights = torch.softmax(h @ h.T / 0.5, -1)
    cosines = torch.softmax(F.normalize(h) @ F.normalize(h).T / 0.5, -1)
    expected = (0.5 * (weights - cosines) @ h).abs().max().item()
    assert drawn.layer_gap == pytest.approx(expected)
    assert drawn.layer_change == pytest.approx((0.5 * cosines @ h).abs().max().item())


def test_the_two_halves_are_the_row_and_the_column_softmax():
    h = drawn_rows(1)
    found = derivation(h, Step(0.5, 0.3))
    similar = (h @ h.T / 0.3).exp()
    anchor = similar / similar.sum(1, keepdim=True) @ h / 0.3
    negative = similar / similar.sum(0, keepdim=True) @ h / 0.3
    assert found.anchor_norm == pytest.approx(anchor.norm().item())
    assert found.negative_norm == pytest.approx(negative.norm().item())
    assert found.full_norm == pytest.approx((anchor + negative).norm().item())
    cosine = (anchor * negative).sum() / anchor.norm() / negative.norm()
    assert found.halves_cosine == pytest.approx(cosine.item())


def test_layer_norm_centres_rows_and_makes_them_equally_long():
    unit, drawn = derivations(Step())
    assert unit.rows["before"][1:3] == pytest.approx((1, 1))
    lengths = drawn_rows(0).norm(dim=1)
    assert drawn.rows["before"][1:3] == pytest.approx((lengths.min().item(), lengths.max().item()))
    mean, shortest, longest, cosine = drawn.rows["layer_norm"]
    assert mean < 1e-12 < drawn.rows["layer"][0]
    assert (shortest, longest) == pytest.approx((math.sqrt(8), math.sqrt(8)), abs=0.01)
    assert drawn.rows["layer"][1] < drawn.rows["before"][1]
    h = drawn_rows(0)
    h = h - 0.5 * torch.softmax(F.normalize(h) @ F.normalize(h).T / 0.5, -1) @ h
    unit_rows = F.normalize(h - h.mean(1, keepdim=True))
    alike = ((unit_rows @ unit_rows.T).sum() - 12) / (12 * 11)
    assert cosine == pytest.approx(alike.item(), abs=1e-6)


def test_tables_show_each_number_in_its_own_column():
    unit, drawn = derivations(Step())
    table = derivation_table(unit, drawn)
    full, kept, dropped = range(2, 5)
    for line, name in ((full, "full_norm"), (kept, "anchor_norm"), (dropped, "negative_norm")):
        shown = [f"{getattr(numbers, name):.3g}" for numbers in (unit, drawn)]
        assert table.iloc[line, 1:].tolist() == shown
    rows = rows_table(drawn)
    for line, name in enumerate(("before", "layer", "layer_norm")):
        assert [float(cell) for cell in rows.iloc[line, 1:]] == pytest.approx(
            drawn.rows[name], abs=6e-4
        )
