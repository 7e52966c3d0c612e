"""The two terms of the loss by loops and by hand, and the gradient three ways."""

import math

import hypothesis.strategies as st
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given

from contranorm import alignment, contra_norm, uniformity, uniformity_gradient


def points(seed: int, *shape: int) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(*shape, generator=generator, dtype=torch.float64)


@given(
    seed=st.integers(0, 10**6),
    n=st.integers(1, 6),
    d=st.integers(1, 4),
    temperature=st.floats(0.2, 20),
)
def test_uniformity_is_its_sum_in_loops(seed, n, d, temperature):
    rows = points(seed, n, d).tolist()
    expected = sum(
        math.log(
            sum(math.exp(sum(x * y for x, y in zip(a, b, strict=True)) / temperature) for b in rows)
        )
        for a in rows
    )
    result = uniformity(torch.tensor(rows, dtype=torch.float64), temperature=temperature)
    assert result.item() == pytest.approx(expected, rel=1e-9, abs=1e-9)


def test_uniformity_by_hand():
    h = torch.eye(2, dtype=torch.float64)
    expected = 2 * math.log(math.exp(2) + 1)
    assert uniformity(h, temperature=0.5).item() == pytest.approx(expected)


def test_unit_rows_in_one_place_are_the_upper_end():
    n, tau = 7, 0.4
    h = F.normalize(points(0, 1, 3), dim=-1).expand(n, 3)
    upper = n * math.log(n) + n / tau
    assert uniformity(h, temperature=tau).item() == pytest.approx(upper)
    assert uniformity(F.normalize(points(1, n, 3), dim=-1), temperature=tau).item() < upper


def test_a_cold_loss_does_not_overflow():
    assert uniformity(points(0, 4, 3).float(), temperature=1e-6).isfinite()


@pytest.mark.parametrize("temperature", [0.3, 1.0, 5.0])
def test_the_closed_form_is_the_gradient_by_autograd(temperature):
    h = points(1, 2, 5, 3).requires_grad_()
    (expected,) = torch.autograd.grad(uniformity(h, temperature=temperature).sum(), h)
    result = uniformity_gradient(h.detach(), temperature=temperature)
    torch.testing.assert_close(result, expected, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("temperature", [0.3, 1.0, 5.0])
def test_the_closed_form_is_the_gradient_by_finite_differences(temperature):
    h = points(2, 4, 3)
    result = uniformity_gradient(h, temperature=temperature)
    step = 1e-5
    for i in range(4):
        for c in range(3):
            up, down = h.clone(), h.clone()
            up[i, c] += step
            down[i, c] -= step
            slope = uniformity(up, temperature=temperature) - uniformity(
                down, temperature=temperature
            )
            assert result[i, c].item() == pytest.approx(slope.item() / (2 * step), abs=1e-6)


def test_the_anchor_term_is_the_gradient_with_the_others_held_still():
    h = points(3, 5, 3).requires_grad_()
    loss = (h @ h.detach().mT / 0.7).logsumexp(-1).sum()
    (expected,) = torch.autograd.grad(loss, h)
    result = uniformity_gradient(h.detach(), temperature=0.7, terms="anchor")
    torch.testing.assert_close(result, expected)


def test_the_mean_of_both_terms_is_half_the_gradient():
    h = points(4, 5, 3)
    whole = uniformity_gradient(h, temperature=0.7)
    half = uniformity_gradient(h, temperature=0.7, terms="both_mean")
    torch.testing.assert_close(half, whole / 2)


def test_gradients_accept_a_temperature_per_item():
    h = points(5, 2, 4, 3)
    per_item = torch.tensor([0.5, 2.0], dtype=torch.float64).reshape(2, 1, 1)
    result = uniformity_gradient(h, temperature=per_item)
    losses = uniformity(h, temperature=per_item)
    for b, tau in enumerate((0.5, 2.0)):
        torch.testing.assert_close(result[b], uniformity_gradient(h[b], temperature=tau))
        torch.testing.assert_close(losses[b], uniformity(h[b], temperature=tau))


def test_an_infinite_temperature_has_no_gradient():
    assert torch.equal(
        uniformity_gradient(points(6, 4, 3), temperature=math.inf), torch.zeros(4, 3).double()
    )


def test_a_layer_step_and_a_projection_lower_the_loss():
    for seed in range(50):
        h = F.normalize(points(seed, 8, 3), dim=-1)
        after = F.normalize(contra_norm(h, scale=0.5, temperature=0.5), dim=-1)
        assert uniformity(after, temperature=0.5) < uniformity(h, temperature=0.5)


def test_alignment_by_hand_is_a_mean_over_pairs():
    h = torch.tensor([[[0.0, 0.0], [1.0, 1.0]], [[0.0, 0.0], [0.0, 0.0]]])
    partner = torch.tensor([[[3.0, 4.0], [1.0, 1.0]], [[0.0, 1.0], [0.0, 1.0]]])
    assert alignment(h, partner).tolist() == [12.5, 1.0]


def test_alignment_of_opposite_unit_rows_is_four():
    h = F.normalize(points(7, 6, 3), dim=-1)
    assert alignment(h, -h).item() == pytest.approx(4)
    assert alignment(h, h) == 0


def test_alignment_refuses_partners_that_are_missing():
    with pytest.raises((ValueError, TypeError)):
        alignment(points(0, 4, 3), points(0, 5, 3))
