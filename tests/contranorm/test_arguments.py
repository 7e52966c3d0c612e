"""Whatever is passed, the answer is a result or a sentence: the rule, then the value.

The functions are called as a user calls them, without the checks of shapes that testing adds.
"""

import inspect
import math
from fractions import Fraction

import hypothesis.strategies as st
import pytest
import torch
from hypothesis import given, settings

from contranorm import NORMS, contra_norm, feature_contra_norm, uniformity
from contranorm.arguments import checked_scale, checked_temperature, require_tokens

H = torch.randn(2, 4, 3, generator=torch.Generator().manual_seed(0))
plain_contra_norm = inspect.unwrap(contra_norm)

anything = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.complex_numbers(),
    st.text(max_size=5),
    st.lists(st.floats(), max_size=3),
    st.just(Fraction(1, 2)),
    st.sampled_from(
        [torch.tensor(value) for value in (1.0, -1.0, 0.0, math.nan, math.inf, 1, True, 1j)]
        + [torch.ones(shape) for shape in ((3,), (4,), (2, 1, 1), (3, 1, 1), (2, 2, 4, 3), (0,))]
    ),
)
masks = st.one_of(
    st.none(),
    anything,
    st.lists(st.integers(0, 4), max_size=4).map(lambda s: torch.ones(s, dtype=torch.bool)),
    st.sampled_from([(2, 4), (2, 4, 4), (1, 4)]).map(lambda s: torch.rand(s) < 0.5),
)
names = st.one_of(st.sampled_from(["residual", "plain", "cosine", "dot", "anchor"]), anything)


@settings(max_examples=400)
@given(
    scale=st.one_of(st.just(1.0), anything),
    temperature=st.one_of(st.just(1.0), anything),
    form=st.one_of(st.just("residual"), names),
    similarity=st.one_of(st.just("cosine"), names),
    terms=st.one_of(st.just("anchor"), names),
    mask=masks,
)
def test_bad_arguments_get_a_sentence_and_good_ones_a_finite_result(
    scale, temperature, form, similarity, terms, mask
):
    try:
        result = plain_contra_norm(
            H,
            scale=scale,
            temperature=temperature,
            form=form,
            similarity=similarity,
            terms=terms,
            mask=mask,
        )
    except (TypeError, ValueError) as error:
        assert "; got " in str(error)
    else:
        assert result.shape == H.shape
        assert (
            similarity == "dot"
            or abs(torch.as_tensor(scale)).max() > 1e30
            or result.isfinite().all()
        )


@pytest.mark.parametrize(
    "function", [*(row.function for row in NORMS.values() if row.name != "none"), uniformity]
)
@pytest.mark.parametrize(
    ("h", "error"),
    [
        (torch.ones(3), ValueError),
        (torch.ones(()), ValueError),
        (torch.ones(2, 0), ValueError),
        (torch.ones(0, 2), ValueError),
        (torch.ones(2, 3, dtype=torch.long), TypeError),
        (torch.ones(2, 3, dtype=torch.cfloat), TypeError),
        ([[1.0, 2.0]], TypeError),
        (None, TypeError),
    ],
    ids=["1-D", "0-D", "no features", "no tokens", "integers", "complex", "list", "None"],
)
def test_what_is_not_tokens_is_refused_everywhere(function, h, error):
    keyword = {"temperature": 1.0} if function is uniformity else {"scale": 1.0}
    with pytest.raises(error, match=r"tokens must .*; got "):
        inspect.unwrap(function)(h, **keyword)


@pytest.mark.parametrize("scale", [math.nan, math.inf, -math.inf, 10**400])
def test_a_scale_that_is_not_finite_is_refused(scale):
    with pytest.raises(ValueError, match=r"scale must (be a finite number|fit into a float); got"):
        checked_scale(scale, H)


@pytest.mark.parametrize("value", [None, "1", True, [1.0], 1j, torch.tensor(True)], ids=repr)
def test_what_is_not_a_number_is_refused(value):
    for check in (checked_scale, checked_temperature):
        with pytest.raises(TypeError, match=r"(number|hold real numbers).*; got"):
            check(value, H)


@pytest.mark.parametrize("temperature", [0, -1, -math.inf, math.nan, 1e-45])
def test_a_temperature_that_is_not_positive_is_refused(temperature):
    for value in (temperature, torch.tensor(temperature)):
        with pytest.raises(ValueError, match=r"must be positive, at least 1\.2e-38"):
            checked_temperature(value, H)


def test_a_scale_tensor_must_hold_finite_numbers():
    with pytest.raises(ValueError, match="NaN or infinity"):
        checked_scale(torch.tensor([1.0, math.nan, 1.0]), H)


@pytest.mark.parametrize("shape", [(4, 1, 1), (2, 3, 1, 1), (5,), (3, 4, 3), (4, 3, 1)])
def test_a_scale_tensor_must_broadcast_without_making_the_tokens_larger(shape):
    with pytest.raises(ValueError, match="must broadcast with the tokens"):
        checked_scale(torch.ones(shape), H)


@pytest.mark.parametrize("shape", [(2,), (1,), (3,), (2, 4, 1), (2, 1, 3), (3, 1, 1), (1, 2, 1, 1)])
def test_a_temperature_tensor_must_have_one_value_per_item(shape):
    with pytest.raises(ValueError, match="no axes, or be"):
        checked_temperature(torch.ones(shape), H)


def test_good_values_come_back_as_numbers_of_the_tokens_kind():
    assert checked_scale(3, H) == 3.0
    assert checked_temperature(math.inf, H) == math.inf
    per_item = torch.ones(2, 1, 1, dtype=torch.float64)
    assert checked_temperature(per_item, H).dtype == torch.float32
    assert checked_scale(torch.ones(3, dtype=torch.int), H).dtype == torch.float32
    require_tokens(H.bfloat16())


def test_the_feature_wise_layer_knows_two_forms_only():
    with pytest.raises(ValueError, match="form must be one of 'residual', 'plain'; got 'dual'"):
        inspect.unwrap(feature_contra_norm)(H, scale=1, form="dual")
