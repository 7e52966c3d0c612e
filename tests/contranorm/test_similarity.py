"""Cosines and variance against loops over pairs, by hand, and at their ends."""

import inspect
import itertools
import math

import hypothesis.strategies as st
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given

from contranorm import attention_similarity, mean_cosine_similarity, token_variance


def tokens(seed: int, *shape: int) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(*shape, generator=generator, dtype=torch.float64)


def mean_cosine_by_loops(rows: list[list[float]]) -> float:
    cosines = [
        sum(x * y for x, y in zip(a, b, strict=True)) / (math.hypot(*a) * math.hypot(*b))
        for a, b in itertools.combinations(rows, 2)
    ]
    return sum(cosines) / len(cosines)


@given(seed=st.integers(0, 10**6), n=st.integers(2, 7), d=st.integers(1, 5))
def test_mean_cosine_is_the_mean_over_pairs(seed, n, d):
    h = tokens(seed, n, d)
    assert mean_cosine_similarity(h).item() == pytest.approx(
        mean_cosine_by_loops(h.tolist()), abs=1e-9
    )


@given(seed=st.integers(0, 10**6), n=st.integers(1, 7), d=st.integers(1, 5))
def test_token_variance_is_the_squared_distance_from_the_mean(seed, n, d):
    h = tokens(seed, n, d)
    columns = h.mT.tolist()
    expected = sum((x - sum(column) / n) ** 2 for column in columns for x in column)
    assert token_variance(h).item() == pytest.approx(expected, rel=1e-9, abs=1e-12)


def test_attention_similarity_averages_over_heads_and_keeps_the_batch():
    attention = tokens(0, 3, 2, 5, 5).softmax(-1)
    expected = [sum(mean_cosine_by_loops(head.tolist()) for head in item) / 2 for item in attention]
    result = attention_similarity(attention)
    torch.testing.assert_close(result, torch.tensor(expected, dtype=torch.float64))


def test_three_tokens_by_hand():
    h = torch.tensor([[3.0, 0.0], [0.0, 1.0], [-2.0, 0.0]], dtype=torch.float64)
    assert mean_cosine_similarity(h).item() == pytest.approx(-1 / 3)
    assert token_variance(h).item() == pytest.approx(9 + 1 + 4 - (1 / 3 + 1 / 3))


def test_attention_by_hand():
    attention = torch.tensor([[[1.0, 0.0], [0.5, 0.5]]], dtype=torch.float64)
    assert attention_similarity(attention).item() == pytest.approx(0.5**0.5)


def test_two_opposite_clusters_reach_the_lowest_cosine_in_one_direction():
    h = torch.tensor([[1.0, 2.0]] * 3 + [[-1.0, -2.0]] * 3, dtype=torch.float64)
    assert mean_cosine_similarity(h).item() == pytest.approx(-1 / 5)


@pytest.mark.parametrize("measure", [mean_cosine_similarity, token_variance])
def test_a_mask_leaves_the_real_tokens_only(measure):
    h = tokens(1, 2, 6, 3)
    mask = torch.tensor([[True, False, True, True, False, True], [True] * 6])
    expected = torch.stack([measure(h[0][mask[0]]), measure(h[1])])
    torch.testing.assert_close(measure(h, mask=mask), expected)


def test_a_mask_leaves_the_rows_of_real_tokens_in_every_head():
    attention = tokens(2, 2, 3, 5, 5).softmax(-1)
    mask = torch.tensor([[True] * 3 + [False] * 2, [True] * 5])
    expected = torch.stack(
        [mean_cosine_similarity(attention[b][:, mask[b]]).mean() for b in range(2)]
    )
    torch.testing.assert_close(attention_similarity(attention, mask=mask), expected)


def test_attention_without_heads_is_refused():
    with pytest.raises(ValueError, match=r"\(\*batch, heads, n, n\); got shape \(4, 4\)"):
        inspect.unwrap(attention_similarity)(torch.eye(4))


@pytest.mark.parametrize("h", [tokens(0, 1, 3), torch.zeros(1, 3)], ids=["one", "one zero"])
def test_one_token_is_like_itself_and_has_no_variance(h):
    assert mean_cosine_similarity(h) == 1
    assert token_variance(h) == 0


def test_a_mask_that_leaves_one_token_or_none_gives_one():
    mask = torch.tensor([[True, False, False], [False] * 3])
    assert mean_cosine_similarity(tokens(0, 2, 3, 4), mask=mask).tolist() == [1, 1]
    assert token_variance(tokens(0, 2, 3, 4), mask=mask).tolist() == [0, 0]


def test_zero_rows_are_like_nothing():
    assert mean_cosine_similarity(torch.zeros(4, 3)) == 0
    half = torch.tensor([[1.0, 0.0], [2.0, 0.0], [0.0, 0.0]])
    assert mean_cosine_similarity(half).item() == pytest.approx(1 / 3)


def test_cosines_never_leave_their_range_by_rounding():
    for seed in range(50):
        h = tokens(seed, 1, 7).float().expand(33, 7)
        assert mean_cosine_similarity(h) <= 1
    one = torch.tensor([[0.1, 0.7]])
    assert mean_cosine_similarity(torch.cat([one, -one])) >= -1


def test_nan_tokens_give_nan_for_their_item_only():
    h = tokens(0, 2, 4, 3)
    h[0, 1, 1] = torch.nan
    for measure in (mean_cosine_similarity, token_variance):
        assert measure(h).isnan().tolist() == [True, False]


def test_the_released_variance_cannot_see_what_this_one_sees():
    h = tokens(3, 12, 16) + 1
    flat, spread = F.layer_norm(h, (16,)), F.layer_norm(h - h.mean(0), (16,))
    released = [x.var(-1).sum().item() for x in (flat, spread)]
    assert released[0] == pytest.approx(released[1], rel=1e-3)
    assert token_variance(spread) > 1.01 * token_variance(flat)


@pytest.mark.parametrize("measure", [mean_cosine_similarity, token_variance])
def test_gradients_agree_with_finite_differences(measure):
    h = tokens(4, 4, 3).requires_grad_()
    mask = torch.tensor([True, True, True, False])
    assert torch.autograd.gradcheck(lambda h: measure(h, mask=mask), (h,), atol=1e-6)
