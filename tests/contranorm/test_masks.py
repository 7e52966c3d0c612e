"""What a mask hides is neither seen nor changed."""

import pytest
import torch

from contranorm import contra_norm, feature_contra_norm
from contranorm.masks import pairs_that_count, real_tokens, token_mean

FORMS = ("residual", "plain")
TERMS = ("anchor", "both_sum", "both_mean")


def tokens(*shape: int) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(3), dtype=torch.float64)


@pytest.mark.parametrize("terms", TERMS)
@pytest.mark.parametrize("form", FORMS)
def test_real_tokens_do_not_feel_the_padding(form, terms):
    h = tokens(2, 7, 4)
    mask = torch.tensor([[True] * 5 + [False] * 2, [True] * 7])
    result = contra_norm(h, scale=1, form=form, terms=terms, mask=mask)
    alone = contra_norm(h[0, :5], scale=1, form=form, terms=terms)
    torch.testing.assert_close(result[0, :5], alone)
    torch.testing.assert_close(result[1], contra_norm(h[1], scale=1, form=form, terms=terms))


@pytest.mark.parametrize("terms", TERMS)
@pytest.mark.parametrize("form", FORMS)
def test_pads_come_back_exactly_as_they_went_in(form, terms):
    h = tokens(2, 7, 4)
    mask = torch.tensor([[True] * 5 + [False] * 2, [False] * 7])
    result = contra_norm(h, scale=1, form=form, terms=terms, mask=mask)
    assert torch.equal(result[~mask], h[~mask])


@pytest.mark.parametrize("terms", TERMS)
@pytest.mark.parametrize("form", FORMS)
def test_a_row_without_keys_comes_back_exactly_with_a_finite_gradient(form, terms):
    h = tokens(5, 3).requires_grad_()
    mask = torch.ones(5, 5, dtype=torch.bool)
    mask[2] = False
    mask[:, 4] = False
    result = contra_norm(h, scale=2, form=form, terms=terms, mask=mask)
    result.square().sum().backward()
    assert torch.equal(result[2], h[2])
    assert result.isfinite().all()
    assert h.grad is not None
    assert h.grad.isfinite().all()


def test_a_mask_that_allows_everything_changes_nothing():
    h = tokens(2, 5, 3)
    for mask in (torch.ones(2, 5, dtype=torch.bool), torch.ones(2, 5, 5, dtype=torch.bool)):
        torch.testing.assert_close(contra_norm(h, scale=1, mask=mask), contra_norm(h, scale=1))


def test_the_number_of_axes_decides_where_sizes_could_confuse():
    h = tokens(4, 4, 4)
    of_tokens = torch.tensor([True, True, True, False]).expand(4, 4)
    of_pairs = of_tokens.expand(4, 4, 4)
    as_tokens = contra_norm(h, scale=1, mask=of_tokens)
    as_pairs = contra_norm(h, scale=1, mask=of_pairs)
    assert torch.equal(as_tokens[:, 3], h[:, 3])
    assert not torch.equal(as_pairs[:, 3], h[:, 3])


def test_the_diagonal_of_a_pair_mask_is_obeyed():
    h = tokens(3, 2)
    mask = ~torch.eye(3, dtype=torch.bool)
    result = contra_norm(h, scale=1, temperature=torch.inf, mask=mask)
    others = (h.sum(0) - h) / 2
    torch.testing.assert_close(result, 2 * h - others)


def test_a_single_token_is_its_own_key_unless_masked():
    h = tokens(1, 3)
    torch.testing.assert_close(contra_norm(h, scale=1, form="plain"), torch.zeros_like(h))
    alone = torch.zeros(1, 1, dtype=torch.bool)
    assert torch.equal(contra_norm(h, scale=1, form="plain", mask=alone), h)


def test_a_mask_with_batch_axis_one_serves_every_item():
    h = tokens(3, 4, 2)
    one = torch.tensor([[True, True, False, True]])
    torch.testing.assert_close(
        contra_norm(h, scale=1, mask=one), contra_norm(h, scale=1, mask=one.expand(3, 4))
    )


def test_the_feature_wise_layer_does_not_feel_the_padding():
    h = tokens(2, 6, 3)
    mask = torch.tensor([[True] * 4 + [False] * 2, [True] * 6])
    result = feature_contra_norm(h, scale=1, temperature=0.5, mask=mask)
    alone = feature_contra_norm(h[0, :4], scale=1, temperature=0.5)
    torch.testing.assert_close(result[0, :4], alone)
    assert torch.equal(result[0, 4:], h[0, 4:])


def test_token_mean_of_nothing_is_zero():
    nothing = torch.zeros(2, 3, 1, dtype=torch.bool)
    assert torch.equal(token_mean(tokens(2, 3, 4), nothing), torch.zeros(2, 1, 4).double())


@pytest.mark.parametrize("read", [pairs_that_count, real_tokens])
@pytest.mark.parametrize(
    "mask",
    [torch.ones(5), torch.ones(5, dtype=torch.long), [True] * 5],
    ids=["float", "long", "list"],
)
def test_a_mask_that_is_not_boolean_is_refused(read, mask):
    with pytest.raises(TypeError, match=r"boolean|Tensor"):
        read(tokens(5, 3), mask)


@pytest.mark.parametrize("shape", [(5,), (4, 5), (2, 4), (2, 5, 4), (3, 5, 5), (1, 2, 5), ()])
def test_a_mask_of_another_shape_is_refused(shape):
    with pytest.raises(ValueError, match=r"got shape \(.*\)"):
        pairs_that_count(tokens(2, 5, 3), torch.ones(shape, dtype=torch.bool))


def test_a_mask_of_pairs_is_refused_where_tokens_are_asked_for():
    with pytest.raises(ValueError, match="which tokens are real"):
        real_tokens(tokens(2, 5, 3), torch.ones(2, 5, 5, dtype=torch.bool))
