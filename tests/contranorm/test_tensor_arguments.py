"""Scales and temperatures as tensors, and the gradients through everything."""

import pytest
import torch

from contranorm import contra_norm, feature_contra_norm
from contranorm.functional import unit_vectors
from tests.contranorm.loops import tokens

FORMS = ("residual", "plain")
TERMS = ("anchor", "both_sum", "both_mean")


def test_a_scale_per_channel_and_per_item_broadcasts():
    h = tokens(13, 2, 5, 3)
    channels = torch.tensor([0.1, 1.0, -2.0], dtype=torch.float64)
    items = torch.tensor([0.5, 2.0], dtype=torch.float64).reshape(2, 1, 1)
    per_channel, per_item = contra_norm(h, scale=channels), contra_norm(h, scale=items)
    for c, s in enumerate(channels.tolist()):
        torch.testing.assert_close(per_channel[..., c], contra_norm(h, scale=s)[..., c])
    for b, s in enumerate(items.flatten().tolist()):
        torch.testing.assert_close(per_item[b], contra_norm(h[b], scale=s))
    per_feature = feature_contra_norm(h, scale=channels)
    torch.testing.assert_close(per_feature[..., 2], feature_contra_norm(h, scale=-2.0)[..., 2])


@pytest.mark.parametrize("function", [contra_norm, feature_contra_norm])
def test_a_temperature_per_item_broadcasts(function):
    h = tokens(14, 2, 5, 3)
    temperature = torch.tensor([0.3, 4.0], dtype=torch.float64).reshape(2, 1, 1)
    result = function(h, scale=1, temperature=temperature)
    for b, tau in enumerate((0.3, 4.0)):
        torch.testing.assert_close(result[b], function(h[b], scale=1, temperature=tau))
    alone = function(h, scale=1, temperature=torch.tensor(0.3, dtype=torch.float64))
    torch.testing.assert_close(alone[0], result[0])


def test_a_float_64_scale_does_not_change_the_tokens_dtype():
    h = tokens(14, 5, 3).float()
    assert contra_norm(h, scale=torch.ones(3, dtype=torch.float64)).dtype == torch.float32


@pytest.mark.parametrize("terms", TERMS)
@pytest.mark.parametrize("form", FORMS)
def test_gradients_agree_with_finite_differences(form, terms):
    h = tokens(15, 4, 3).requires_grad_()
    scale = torch.tensor([0.5, 1.0, 2.0], dtype=torch.float64, requires_grad=True)
    temperature = torch.tensor(0.7, dtype=torch.float64, requires_grad=True)
    mask = torch.tensor([True, True, True, False])

    def function(h, scale, temperature):
        return contra_norm(
            h, scale=scale, temperature=temperature, form=form, terms=terms, mask=mask
        )

    assert torch.autograd.gradcheck(function, (h, scale, temperature), atol=1e-6)


def test_gradients_of_the_feature_wise_layer_agree_with_finite_differences():
    h = tokens(16, 4, 3).requires_grad_()
    assert torch.autograd.gradcheck(
        lambda h: feature_contra_norm(h, scale=0.5, temperature=0.7), (h,), atol=1e-6
    )


def test_no_gradient_is_stopped_in_the_softmax():
    h = tokens(17, 4, 3).requires_grad_()
    contra_norm(h, scale=1, temperature=0.3).square().sum().backward()
    weights = (unit_vectors(h) @ unit_vectors(h).mT / 0.3).softmax(-1).detach()
    stopped = h.detach().clone().requires_grad_()
    (2 * stopped - weights @ stopped).square().sum().backward()
    assert h.grad is not None
    assert stopped.grad is not None
    assert (h.grad - stopped.grad).abs().max() > 1e-3
