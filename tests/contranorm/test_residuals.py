"""Scaled residuals against their equations in loops, and the constants by hand."""

import math

import pytest
import torch

from contranorm import deep_norm, deep_norm_constants, layer_scale_start, scaled_residual

GENERATOR = torch.Generator().manual_seed(0)
H, UPDATE = torch.randn(2, 2, 4, 3, generator=GENERATOR, dtype=torch.float64)


def test_a_scaled_residual_is_its_equation_entry_by_entry():
    weights = [0.5, -1.0, 2.0]
    added = scaled_residual(H, UPDATE, scale=torch.tensor(weights, dtype=torch.float64))
    for item in range(2):
        for i in range(4):
            for c, weight in enumerate(weights):
                expected = H[item, i, c].item() + weight * UPDATE[item, i, c].item()
                assert added[item, i, c].item() == pytest.approx(expected)


def test_a_factor_of_zero_is_the_identity_and_one_the_ordinary_residual():
    assert torch.equal(scaled_residual(H, UPDATE, scale=0.0), H)
    torch.testing.assert_close(scaled_residual(H, UPDATE, scale=1.0), H + UPDATE)


def test_deep_norm_is_its_equation_token_by_token():
    normed = deep_norm(H, UPDATE, residual=1.7)
    for item in range(2):
        for i in range(4):
            pairs = zip(H[item, i].tolist(), UPDATE[item, i].tolist(), strict=True)
            row = [1.7 * h + f for h, f in pairs]
            mean = sum(row) / 3
            spread = math.sqrt(sum((x - mean) ** 2 for x in row) / 3 + 1e-5)
            expected = [(x - mean) / spread for x in row]
            assert normed[item, i].tolist() == pytest.approx(expected)


def test_a_large_residual_drowns_the_update():
    alone = deep_norm(H, torch.zeros_like(UPDATE), residual=1e9)
    torch.testing.assert_close(deep_norm(H, UPDATE, residual=1e9), alone, atol=1e-6, rtol=0)


def test_the_constants_of_deep_norm_for_24_blocks():
    constants = deep_norm_constants(24)
    assert constants.residual == pytest.approx(2.632148, abs=1e-6)
    assert constants.start == pytest.approx(0.268642, abs=1e-6)


@pytest.mark.parametrize(
    ("depth", "start"), [(1, 0.1), (18, 0.1), (19, 1e-5), (24, 1e-5), (25, 1e-6)]
)
def test_layer_scale_starts_smaller_in_deeper_networks(depth, start):
    assert layer_scale_start(depth) == start


@pytest.mark.parametrize("function", [layer_scale_start, deep_norm_constants])
def test_a_network_without_blocks_is_refused(function):
    with pytest.raises(ValueError, match="depth must be at least 1 block; got 0"):
        function(0)


def test_a_factor_that_is_not_finite_is_refused():
    with pytest.raises(ValueError, match="scale must be a finite number; got inf"):
        scaled_residual(H, UPDATE, scale=math.inf)
    with pytest.raises(ValueError, match="scale must be a finite number; got nan"):
        deep_norm(H, UPDATE, residual=math.nan)
