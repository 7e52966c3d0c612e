"""The layer against its equation in loops, its limits, its fixed point and its identities."""

import math

import hypothesis.strategies as st
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings

from contranorm import (
    contra_norm,
    equivalent_scale,
    feature_contra_norm,
    partial_centering,
    uniformity_gradient,
)
from contranorm.functional import unit_vectors
from tests.contranorm.loops import (
    contra_norm_by_loops,
    feature_contra_norm_by_loops,
    tokens,
)

FORMS = ("residual", "plain")
TERMS = ("anchor", "both_sum", "both_mean")
scales = st.floats(-2, 5)
temperatures = st.floats(-1.5, 2).map(lambda exponent: 10**exponent)
batches = st.sampled_from([(), (2,), (2, 3)])


def drawn_mask(seed: int, batch: tuple[int, ...], n: int, kind: str) -> torch.Tensor | None:
    if kind == "none":
        return None
    shape = (*batch, n) if kind == "tokens" else (*batch, n, n)
    return torch.rand(*shape, generator=torch.Generator().manual_seed(seed)) < 0.6


def as_pairs(mask: torch.Tensor | None, kind: str) -> torch.Tensor | None:
    if mask is None or kind == "pairs":
        return mask
    return mask[..., :, None] & mask[..., None, :]


@settings(max_examples=200)
@given(
    seed=st.integers(0, 10**6),
    batch=batches,
    n=st.integers(1, 6),
    d=st.integers(1, 5),
    scale=scales,
    temperature=temperatures,
    form=st.sampled_from(FORMS),
    similarity=st.sampled_from(["cosine", "dot"]),
    terms=st.sampled_from(TERMS),
    kind=st.sampled_from(["none", "tokens", "pairs"]),
)
def test_contra_norm_is_its_equation_in_loops(
    seed, batch, n, d, scale, temperature, form, similarity, terms, kind
):
    h = tokens(seed, *batch, n, d)
    mask = drawn_mask(seed + 1, batch, n, kind)
    chosen = {
        "scale": scale,
        "temperature": temperature,
        "form": form,
        "similarity": similarity,
        "terms": terms,
    }
    result = contra_norm(h, mask=mask, **chosen)
    pairs = as_pairs(mask, kind)
    for index in torch.cartesian_prod(*(torch.arange(b) for b in (1, *batch))).reshape(
        -1, len(batch) + 1
    ):
        item = tuple(index[1:].tolist())
        allowed = None if pairs is None else pairs[item]
        expected = contra_norm_by_loops(h[item], allowed=allowed, **chosen)
        torch.testing.assert_close(result[item], expected, rtol=1e-9, atol=1e-9)


@given(
    seed=st.integers(0, 10**6),
    n=st.integers(1, 6),
    d=st.integers(1, 5),
    scale=scales,
    temperature=temperatures,
    form=st.sampled_from(FORMS),
)
def test_feature_contra_norm_is_its_equation_in_loops(seed, n, d, scale, temperature, form):
    h = tokens(seed, n, d)
    chosen = {"scale": scale, "temperature": temperature, "form": form}
    result = feature_contra_norm(h, **chosen)
    expected = feature_contra_norm_by_loops(h, **chosen)
    torch.testing.assert_close(result, expected, rtol=1e-9, atol=1e-9)


def test_two_tokens_by_hand():
    # Unit rows at a right angle, τ = 1: A = [[e, 1], [1, e]]/(e + 1).
    own, other = math.e / (math.e + 1), 1 / (math.e + 1)
    h = torch.eye(2, dtype=torch.float64)
    expected = torch.tensor([[2 - own, -other], [-other, 2 - own]], dtype=torch.float64)
    torch.testing.assert_close(contra_norm(h, scale=1), expected)
    torch.testing.assert_close(contra_norm(h, scale=1, form="plain"), expected - h)


@pytest.mark.parametrize("function", [contra_norm, feature_contra_norm])
@pytest.mark.parametrize("form", FORMS)
def test_scale_zero_is_the_identity(function, form):
    h = tokens(0, 2, 5, 3)
    assert torch.equal(function(h, scale=0, form=form), h)


def test_float_32_agrees_with_float_64():
    h = tokens(1, 3, 20, 8)
    result = contra_norm(h.float(), scale=1, temperature=0.3)
    assert result.dtype == torch.float32
    torch.testing.assert_close(
        result.double(), contra_norm(h, scale=1, temperature=0.3), rtol=1e-5, atol=1e-5
    )


def test_half_precision_stays_half_precision():
    h = tokens(1, 3, 4, 8)
    assert contra_norm(h.bfloat16(), scale=torch.ones(8)).dtype == torch.bfloat16


# Temperature limits.


@pytest.mark.parametrize("temperature", [math.inf, 1e9])
def test_infinite_temperature_is_partial_centering(temperature):
    h = tokens(2, 2, 7, 4)
    result = contra_norm(h, scale=0.7, temperature=temperature)
    torch.testing.assert_close(result, partial_centering(h, scale=0.7), rtol=1e-8, atol=1e-8)


def test_temperature_zero_leaves_the_residual_form_unchanged_and_flips_the_plain_one():
    h = tokens(3, 7, 4)
    torch.testing.assert_close(contra_norm(h, scale=3, temperature=1e-4), h)
    plain = contra_norm(h, scale=3, temperature=1e-4, form="plain")
    torch.testing.assert_close(plain, (1 - 3) * h)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16])
def test_the_smallest_temperature_is_not_too_small_for_cosines(dtype):
    h = tokens(3, 7, 4).to(dtype)
    assert contra_norm(h, scale=1, temperature=torch.finfo(dtype).tiny).isfinite().all()


def test_infinite_temperature_of_the_feature_wise_layer_centers_each_token():
    h = tokens(4, 5, 3)
    result = feature_contra_norm(h, scale=0.5, temperature=math.inf)
    torch.testing.assert_close(result, h + 0.5 * (h - h.mean(-1, keepdim=True)))


def test_no_weight_is_more_than_e_to_the_two_over_tau_times_another():
    h = tokens(5, 6, 3)
    for temperature in (1.0, 0.5):
        logits = unit_vectors(h) @ unit_vectors(h).mT / temperature
        spread = (logits.amax(-1) - logits.amin(-1)).exp()
        assert (spread <= math.exp(2 / temperature) + 1e-9).all()


# Complete collapse.


@pytest.mark.parametrize("terms", ["anchor", "both_mean"])
def test_equal_tokens_are_a_fixed_point_of_the_residual_form(terms):
    h = tokens(6, 1, 5).expand(8, 5)
    result = contra_norm(h, scale=5, terms=terms)
    torch.testing.assert_close(result, h, rtol=0, atol=5e-14)


def test_equal_tokens_are_no_fixed_point_with_both_terms_added():
    h = tokens(6, 1, 5).expand(8, 5)
    torch.testing.assert_close(contra_norm(h, scale=0.5, terms="both_sum"), (1 + 0.5 - 2 * 0.5) * h)


def test_the_plain_form_shrinks_equal_tokens():
    h = tokens(6, 1, 5).expand(8, 5)
    torch.testing.assert_close(contra_norm(h, scale=0.3, form="plain"), 0.7 * h)


@pytest.mark.parametrize("scale", [0.1, 0.5, 1.0, 5.0])
def test_near_collapse_deviations_grow_by_one_plus_s(scale):
    h = torch.ones(10, 4, dtype=torch.float64) + 1e-6 * tokens(7, 10, 4)
    after = contra_norm(h, scale=scale)
    before_deviation = h - h.mean(0)
    after_deviation = after - after.mean(0)
    torch.testing.assert_close(
        after_deviation, (1 + scale) * before_deviation, rtol=1e-4, atol=1e-10
    )
    plain = contra_norm(h, scale=scale, form="plain")
    torch.testing.assert_close(plain - plain.mean(0), before_deviation, rtol=1e-4, atol=1e-10)


def test_a_zero_token_sees_all_others_alike():
    h = torch.tensor([[0.0, 0.0], [1.0, 0.0], [0.0, 2.0]], dtype=torch.float64)
    torch.testing.assert_close(contra_norm(h, scale=1)[0], -h.mean(0))


def test_zero_tokens_have_a_finite_gradient():
    h = tokens(8, 4, 3)
    h[1] = 0
    h.requires_grad_()
    contra_norm(h, scale=1).square().sum().backward()
    feature_contra_norm(h, scale=1).square().sum().backward()
    assert h.grad is not None
    assert h.grad.isfinite().all()
    assert (h.grad.abs() < 1e3).all()


# Identities.


@given(seed=st.integers(0, 10**6), scale=st.floats(-0.8, 5), temperature=temperatures)
def test_a_layer_norm_cannot_tell_the_forms_apart(seed, scale, temperature):
    h = tokens(seed, 6, 5)
    residual = contra_norm(h, scale=scale, temperature=temperature)
    plain = contra_norm(h, scale=equivalent_scale(scale), temperature=temperature, form="plain")
    torch.testing.assert_close(
        F.layer_norm(residual, (5,), eps=0), F.layer_norm(plain, (5,), eps=0), rtol=1e-7, atol=1e-7
    )


def test_another_scale_would_not_be_equivalent():
    h = tokens(0, 6, 5)
    residual = F.layer_norm(contra_norm(h, scale=1.0), (5,), eps=0)
    plain = F.layer_norm(contra_norm(h, scale=1.0, form="plain"), (5,), eps=0)
    assert (residual - plain).abs().max() > 1e-2


@pytest.mark.parametrize("scale", [-1, -1.5, math.nan, math.inf])
def test_a_scale_without_an_equivalent_is_refused(scale):
    with pytest.raises(ValueError, match="above -1"):
        equivalent_scale(scale)


@given(seed=st.integers(0, 10**6), scale=scales, temperature=st.floats(0.3, 10))
def test_the_plain_dot_form_is_a_step_against_half_the_gradient(seed, scale, temperature):
    h = tokens(seed, 6, 4)
    layer = contra_norm(h, scale=scale, temperature=temperature, form="plain", similarity="dot")
    step = uniformity_gradient(h, temperature=temperature, terms="anchor")
    torch.testing.assert_close(layer, h - scale * temperature * step, rtol=1e-6, atol=1e-6)


def test_the_cosine_form_is_that_step_on_unit_rows_only():
    rough = tokens(9, 6, 4)
    unit = rough / rough.norm(dim=-1, keepdim=True)
    gaps = []
    for h in (unit, rough):
        step = h - 0.5 * 0.4 * uniformity_gradient(h, temperature=0.4, terms="anchor")
        layer = contra_norm(h, scale=0.5, temperature=0.4, form="plain")
        gaps.append((layer - step).abs().max().item())
    assert gaps[0] < 1e-12
    assert gaps[1] > 1e-2


def test_dot_products_of_layer_normed_rows_make_the_layer_do_nothing():
    h = F.layer_norm(tokens(10, 12, 64) + 0.8, (64,))
    change = contra_norm(h, scale=1, similarity="dot") - h
    assert change.abs().max() < 1e-5
    assert (contra_norm(h, scale=1) - h).abs().max() > 0.1


def test_no_step_adds_a_direction():
    h = tokens(11, 9, 2) @ tokens(12, 2, 6)
    sigma = torch.linalg.svdvals(contra_norm(h, scale=1, temperature=0.2))
    assert (sigma[2:] < 1e-12 * sigma[0]).all()


def test_unit_rows_never_lose_variance():
    for seed in range(200):
        h = F.normalize(tokens(seed, 6, 3), dim=-1)
        after = contra_norm(h, scale=0.5)
        assert (after - after.mean(0)).square().sum() >= (h - h.mean(0)).square().sum()


def test_dot_products_of_unequal_rows_can_lose_variance():
    rows = [[0.050, 0.286], [-4.506, -6.972], [-3.700, -5.176], [1.835, 2.961]]
    h = torch.tensor(rows, dtype=torch.float64)
    after = contra_norm(h, scale=0.944, similarity="dot")
    ratio = (after - after.mean(0)).square().sum() / (h - h.mean(0)).square().sum()
    assert ratio.item() == pytest.approx(0.821, abs=1e-3)
