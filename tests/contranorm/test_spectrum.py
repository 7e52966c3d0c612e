"""Spectra against an SVD, the numbers made from them by hand, and what is undefined."""

import math

import hypothesis.strategies as st
import pytest
import torch
from hypothesis import given

from contranorm import (
    effective_rank,
    explained_variance,
    participation_ratio,
    singular_values,
    stable_rank,
)
from contranorm.measures import (
    effective_rank_of,
    explained_variance_of,
    participation_ratio_of,
    stable_rank_of,
)

RANKS = (effective_rank, stable_rank, participation_ratio)
OF = {
    effective_rank: effective_rank_of,
    stable_rank: stable_rank_of,
    participation_ratio: participation_ratio_of,
    explained_variance: explained_variance_of,
}


def tokens(seed: int, *shape: int) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(*shape, generator=generator, dtype=torch.float64)


def diagonal(*values: float) -> torch.Tensor:
    return torch.diag(torch.tensor(values, dtype=torch.float64))


@pytest.mark.parametrize("shape", [(6, 4), (4, 6), (2, 3, 5, 5), (1, 4), (4, 1), (0, 3, 2)])
@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
def test_singular_values_are_those_of_an_svd(shape, dtype):
    h = tokens(0, *shape).to(dtype)
    sigma = singular_values(h)
    assert sigma.dtype == dtype
    exact = torch.linalg.svdvals(h.double())
    torch.testing.assert_close(sigma.double(), exact, rtol=1e-6, atol=1e-7)
    fine = singular_values(h, dtype=torch.float64)
    torch.testing.assert_close(fine, exact, rtol=1e-9, atol=1e-9)


def test_items_with_a_dying_tail_are_done_again_by_svd():
    basis = torch.linalg.qr(tokens(1, 8, 8))[0]
    sizes = torch.tensor([1, 0.5, 1e-2, 1e-4, 1e-5, 1e-7, 2e-8, 1e-8], dtype=torch.float64)
    fading = (basis * sizes) @ torch.linalg.qr(tokens(2, 8, 8))[0]
    h = torch.stack([fading, tokens(3, 8, 8)]).float()
    exact = torch.linalg.svdvals(h.double())
    result = singular_values(h, dtype=torch.float64)
    torch.testing.assert_close(result, exact, rtol=1e-12, atol=1e-15)


@given(seed=st.integers(0, 10**6), n=st.integers(1, 9), d=st.integers(1, 9))
def test_effective_rank_of_float_32_tokens_is_exact_to_a_millionth(seed, n, d):
    h = tokens(seed, n, d).float() ** 3
    sigma = torch.linalg.svdvals(h.double()).tolist()
    shares = [value / sum(sigma) for value in sigma if value > 0]
    expected = math.exp(-sum(p * math.log(p) for p in shares))
    assert effective_rank(h).item() == pytest.approx(expected, abs=1e-6)


HAND = [
    (effective_rank, (3, 1), 1.754765),
    (effective_rank, (2, 2, 2), 3.0),
    (stable_rank, (2, 1), 1.25),
    (participation_ratio, (2, 1), 25 / 17),
]


@pytest.mark.parametrize(("measure", "values", "expected"), HAND)
def test_numbers_by_hand(measure, values, expected):
    assert measure(diagonal(*values)).item() == pytest.approx(expected, abs=1e-6)
    assert measure(diagonal(*values[::-1])).item() == pytest.approx(expected, abs=1e-6)


def test_explained_variance_by_hand():
    # Four points of a cross: squared singular values 18, 8, 0 after centring (already zero-mean).
    h = torch.tensor([[3.0, 0, 5], [-3, 0, 5], [0, 2, 5], [0, -2, 5]], dtype=torch.float64)
    assert explained_variance(h, k=1).item() == pytest.approx(18 / 26)
    assert explained_variance(h).item() == pytest.approx(1)
    assert explained_variance(h, k=1, centered=False).item() == pytest.approx(100 / 126)
    assert explained_variance(h, k=9).item() == pytest.approx(1)


def test_explained_variance_counts_two_axes_unless_told():
    h = diagonal(3, 2, 1)
    assert explained_variance(h, centered=False).item() == pytest.approx(13 / 14)


@pytest.mark.parametrize("measure", RANKS)
def test_ranks_are_one_for_one_direction_and_all_for_all_alike(measure):
    line = torch.outer(tokens(0, 6), tokens(1, 4))
    assert measure(line).item() == pytest.approx(1, abs=1e-5)
    turn = torch.linalg.qr(tokens(2, 6, 4))[0]
    assert measure(2 * turn).item() == pytest.approx(4)


@pytest.mark.parametrize("measure", RANKS)
def test_one_token_has_rank_one_and_none_once_centered(measure):
    assert measure(tokens(0, 1, 5)).item() == pytest.approx(1)
    assert measure(tokens(0, 1, 5), centered=True) == 0


@pytest.mark.parametrize("measure", RANKS)
def test_zeros_have_rank_zero(measure):
    assert measure(torch.zeros(2, 4, 3)).tolist() == [0, 0]


def test_equal_tokens_hide_nothing_from_a_picture():
    assert explained_variance(torch.zeros(4, 3)) == 1
    assert explained_variance(torch.full((4, 3), 0.5)) == 1
    assert explained_variance(tokens(0, 1, 3)) == 1


@pytest.mark.parametrize("measure", RANKS)
def test_centering_removes_a_common_offset(measure):
    h = tokens(3, 40, 5) + 30
    assert measure(h).item() < 2
    assert measure(h, centered=True).item() > 2.5
    torch.testing.assert_close(measure(h, centered=True), measure(h - h.mean(0)))


def test_a_tight_cluster_reads_one_and_its_shape_all():
    h = torch.ones(64, 8, dtype=torch.float64) + 1e-3 * tokens(4, 64, 8)
    assert effective_rank(h).item() == pytest.approx(1, abs=0.1)
    assert effective_rank(h, centered=True).item() > 7


@pytest.mark.parametrize("measure", OF)
@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_items_with_nan_or_infinity_give_nan_and_others_do_not_notice(measure, bad):
    h = tokens(5, 3, 4, 5)
    clean = measure(h)
    h[1, 2, 3] = bad
    result = measure(h)
    assert result.isnan().tolist() == [False, True, False]
    torch.testing.assert_close(result[[0, 2]], clean[[0, 2]])
    assert singular_values(h)[1].isnan().all()
    assert singular_values(h.float())[1].isnan().all()


@pytest.mark.parametrize("measure", OF)
def test_the_forms_from_singular_values_agree(measure):
    h = tokens(6, 2, 3, 5, 4)
    settings = {"centered": False}
    torch.testing.assert_close(measure(h, **settings), OF[measure](singular_values(h)))


@pytest.mark.parametrize("measure", OF)
def test_size_does_not_matter_even_where_squares_would_underflow(measure):
    h = tokens(7, 5, 4)
    for factor in (1e-200, 1e150):
        torch.testing.assert_close(measure(factor * h), measure(h))


@pytest.mark.parametrize("measure", OF)
def test_dtype_stays(measure):
    for dtype in (torch.float64, torch.float32, torch.bfloat16):
        assert measure(tokens(8, 5, 4).to(dtype)).dtype == dtype


@pytest.mark.parametrize("measure", OF)
def test_gradients_agree_with_finite_differences(measure):
    h = tokens(9, 5, 3).requires_grad_()
    assert torch.autograd.gradcheck(measure, (h,), atol=1e-6)
    if measure is not explained_variance:
        assert torch.autograd.gradcheck(lambda h: measure(h, centered=True), (h,), atol=1e-6)


def test_float_32_tokens_get_the_same_gradient():
    h = tokens(9, 5, 3)
    single, double = h.float().requires_grad_(), h.requires_grad_()
    effective_rank(single).backward()
    effective_rank(double).backward()
    torch.testing.assert_close(single.grad.double(), double.grad, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("k", [0, -1])
def test_a_picture_needs_an_axis(k):
    with pytest.raises(ValueError, match=f"k must be at least 1; got {k}"):
        explained_variance(tokens(0, 4, 3), k=k)
