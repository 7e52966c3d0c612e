"""The rivals against their equations in loops, and what each of them promises."""

import math

import pytest
import torch

from contranorm import (
    layer_norm,
    pair_norm,
    pair_norm_scs,
    pair_norm_si,
    partial_centering,
    token_batch_norm,
    zca_whitening,
)

BASELINES = (
    layer_norm,
    pair_norm,
    pair_norm_scs,
    pair_norm_si,
    partial_centering,
    token_batch_norm,
    zca_whitening,
)
TAKE_PAIRS = (partial_centering, layer_norm)


def tokens(n: int, d: int, seed: int = 0) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(n, d, generator=generator, dtype=torch.float64) * 2 + 1


def by_loops(name: str, h: torch.Tensor, s: float) -> torch.Tensor:
    rows = h.tolist()
    n, d = h.shape
    mean = [sum(row[c] for row in rows) / n for c in range(d)]
    off = [[row[c] - mean[c] for c in range(d)] for row in rows]

    def size(row):
        return sum(x * x for x in row)

    def over_features(row):
        center = sum(row) / d
        spread = math.sqrt(sum((x - center) ** 2 for x in row) / d + 1e-5)
        return [s * (x - center) / spread for x in row]

    overall = math.sqrt(1e-6 + sum(size(row) for row in off) / n)
    columns = [math.sqrt(sum(row[c] ** 2 for row in off) / n + 1e-5) for c in range(d)]
    made = {
        "partial_centering": lambda: [
            [rows[i][c] + s * off[i][c] for c in range(d)] for i in range(n)
        ],
        "pair_norm": lambda: [[s * x / overall for x in row] for row in off],
        "pair_norm_si": lambda: [[s * x / math.sqrt(1e-6 + size(row)) for x in row] for row in off],
        "pair_norm_scs": lambda: [
            [s * row[c] / math.sqrt(1e-6 + size(row)) - mean[c] for c in range(d)] for row in rows
        ],
        "token_batch_norm": lambda: [[s * row[c] / columns[c] for c in range(d)] for row in off],
        "layer_norm": lambda: [over_features(row) for row in rows],
    }
    return torch.tensor(made[name](), dtype=torch.float64)


@pytest.mark.parametrize("scale", [1.0, 0.3, 2.5])
@pytest.mark.parametrize("function", [f for f in BASELINES if f is not zca_whitening])
def test_a_baseline_is_its_equation_in_loops(function, scale):
    h = tokens(6, 3) * 0.01
    expected = by_loops(function.__name__, h, scale)
    torch.testing.assert_close(function(h, scale=scale), expected, rtol=1e-9, atol=1e-9)


def test_pair_norm_fixes_the_sum_of_all_squared_distances():
    n, size = 6, 1.7
    h = pair_norm(tokens(n, 3), scale=size)
    total = (h[:, None] - h[None]).square().sum()
    assert total.item() == pytest.approx(2 * n**2 * size**2, rel=1e-5)


@pytest.mark.parametrize(("n", "d"), [(12, 4), (4, 12), (5, 5), (6, 5)])
def test_whitening_makes_all_singular_values_equal(n, d):
    h = tokens(n, d)
    white = zca_whitening(h, scale=2)
    rank = min(n - 1, d)
    sigma = torch.linalg.svdvals(white)
    torch.testing.assert_close(sigma[:rank], torch.full((rank,), 2 * n**0.5).double())
    assert (sigma[rank:] < 1e-3).all()
    torch.testing.assert_close(white.mean(0), torch.zeros(d).double(), atol=1e-6, rtol=0)


def test_whitening_is_the_symmetric_root_of_the_covariance():
    h = tokens(12, 4)
    centered = h - h.mean(0)
    values, vectors = torch.linalg.eigh(centered.mT @ centered / 12)
    root = vectors @ torch.diag(values.rsqrt()) @ vectors.mT
    torch.testing.assert_close(zca_whitening(h), centered @ root)


def test_whitening_does_not_blow_rounding_up_into_a_direction():
    for h in (torch.full((8, 4), 0.1), torch.full((8, 4), 0.1).double()):
        assert zca_whitening(h).abs().max() < 0.5
    flat = torch.randn(8, 2, generator=torch.Generator().manual_seed(0)) @ torch.ones(2, 4)
    sigma = torch.linalg.svdvals(zca_whitening(flat).double())
    assert sigma[0].item() == pytest.approx(8**0.5, rel=1e-4)
    assert sigma[1] < 0.5


def test_whitening_counts_a_direction_that_is_small_but_not_rounding():
    turn = torch.linalg.qr(tokens(8, 8, seed=1))[0]
    for dtype, small, tolerance in ((torch.float64, 1e-6, 1e-3), (torch.float32, 1e-5, 0.05)):
        h = (turn[:, :2] * torch.tensor([1.0, small], dtype=torch.float64)).to(dtype)
        sigma = torch.linalg.svdvals(zca_whitening(h).double())
        assert (sigma / 8**0.5 - 1).abs().max() < tolerance


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_whitening_leaves_an_empty_direction_small(dtype):
    noise = 1e-2 * (8 * torch.finfo(dtype).eps if dtype == torch.float32 else 4e-8)
    turn = torch.linalg.qr(tokens(8, 8, seed=1))[0]
    h = (turn[:, :2] * torch.tensor([1.0, noise], dtype=torch.float64)).to(dtype)
    sigma = torch.linalg.svdvals(zca_whitening(h).double())
    assert sigma[0].item() == pytest.approx(8**0.5, rel=1e-4)
    assert sigma[1] < 0.1


def test_whitening_keeps_half_precision_and_shares_a_tensor_scale():
    h = tokens(6, 3).bfloat16()
    doubled = zca_whitening(h, scale=torch.full((3,), 2.0))
    assert doubled.dtype == torch.bfloat16
    torch.testing.assert_close(doubled, 2 * zca_whitening(h))


@pytest.mark.parametrize("function", BASELINES)
def test_a_scale_per_channel_broadcasts(function):
    h = tokens(6, 3)
    per_channel = function(h, scale=torch.tensor([0.5, 1.0, 2.0], dtype=torch.float64))
    for c, scale in enumerate((0.5, 1.0, 2.0)):
        torch.testing.assert_close(per_channel[:, c], function(h, scale=scale)[:, c])


@pytest.mark.parametrize("function", BASELINES)
def test_gradients_agree_with_finite_differences(function):
    h = tokens(5, 3).requires_grad_()
    mask = torch.tensor([True, True, True, True, False])
    assert torch.autograd.gradcheck(lambda h: function(h, scale=1.3, mask=mask), (h,), atol=1e-6)


@pytest.mark.parametrize("function", [f for f in BASELINES if f not in TAKE_PAIRS])
def test_a_pair_mask_is_refused_where_a_statistic_of_all_tokens_is_needed(function):
    with pytest.raises(ValueError, match="which tokens are real"):
        function(tokens(4, 3), mask=torch.ones(4, 4, dtype=torch.bool))


def test_layer_norm_under_a_pair_mask_leaves_only_the_rows_without_a_key():
    h, mask = tokens(4, 3), torch.eye(4, dtype=torch.bool)
    mask[2] = False
    result = layer_norm(h, mask=mask)
    assert torch.equal(result[2], h[2])
    assert torch.equal(result[[0, 1, 3]], layer_norm(h)[[0, 1, 3]])
