"""The modules are their functions, and hold nothing else."""

import copy

import pytest
import torch
import torch.nn.functional as F

from contranorm import ContraNorm, FeatureContraNorm, contra_norm, feature_contra_norm

H = torch.randn(2, 5, 4, generator=torch.Generator().manual_seed(0))
SETTINGS = [
    {"scale": 0.5},
    {"scale": 2, "temperature": 0.2, "form": "plain"},
    {"scale": 1.0, "similarity": "dot", "terms": "both_mean"},
    {"scale": 1.0, "terms": "both_sum"},
]
MASK = torch.tensor([[True] * 3 + [False] * 2, [True] * 5])


@pytest.mark.parametrize("settings", SETTINGS, ids=str)
def test_the_module_is_the_function_and_then_a_layer_norm(settings):
    bare = ContraNorm(4, layer_norm=False, **settings)
    full = ContraNorm(4, **settings)
    expected = contra_norm(H, mask=MASK, **settings)
    assert torch.equal(bare(H, MASK), expected)
    assert torch.equal(full(H, MASK), F.layer_norm(expected, (4,)))
    assert torch.equal(full(H), F.layer_norm(contra_norm(H, **settings), (4,)))


def test_the_feature_wise_module_is_its_function_and_then_a_layer_norm():
    settings = {"scale": 0.5, "temperature": 0.3, "form": "plain"}
    expected = feature_contra_norm(H, mask=MASK, **settings)
    assert torch.equal(FeatureContraNorm(4, layer_norm=False, **settings)(H, MASK), expected)
    assert torch.equal(FeatureContraNorm(4, **settings)(H, MASK), F.layer_norm(expected, (4,)))


def test_a_learnable_scale_starts_at_the_scale_and_learns_per_channel():
    layer = ContraNorm(4, scale=0.3, learnable=True)
    assert torch.equal(layer(H), ContraNorm(4, scale=0.3)(H))
    assert dict(layer.named_parameters())["scale"].shape == (4,)
    (layer(H) * torch.arange(4.0)).sum().backward()
    assert (layer.scale.grad != 0).all()


def test_a_learnable_scale_is_used_in_place_of_the_first_one():
    layer = ContraNorm(4, scale=0.3, learnable=True, layer_norm=False)
    with torch.no_grad():
        layer.scale.copy_(torch.tensor([0.0, 1.0, 2.0, 3.0]))
    expected = contra_norm(H, scale=torch.tensor([0.0, 1.0, 2.0, 3.0]))
    torch.testing.assert_close(layer(H), expected)


@pytest.mark.parametrize("kind", [ContraNorm, FeatureContraNorm])
def test_the_layer_norm_has_the_epsilon_and_the_weights_asked_for(kind):
    layer = kind(4, scale=1, eps=0.5, elementwise_affine=False)
    assert not list(layer.parameters())
    pushed = kind(4, scale=1, layer_norm=False)(H)
    assert torch.equal(layer(H), F.layer_norm(pushed, (4,), eps=0.5))
    assert len(list(kind(4, scale=1).parameters())) == 2


def test_a_saved_layer_comes_back():
    layer = ContraNorm(4, scale=0.3, learnable=True)
    with torch.no_grad():
        layer.scale.mul_(3)
    other = ContraNorm(4, scale=9, learnable=True)
    other.load_state_dict(copy.deepcopy(layer.state_dict()))
    assert torch.equal(layer(H), other(H))


@pytest.mark.parametrize(
    "settings",
    [{"scale": float("nan")}, {"scale": 1, "temperature": 0}, {"scale": torch.ones(3)}],
    ids=str,
)
def test_bad_settings_are_refused_when_the_layer_is_made(settings):
    with pytest.raises(ValueError, match="got"):
        ContraNorm(4, **settings)
    with pytest.raises(ValueError, match="got"):
        FeatureContraNorm(4, **settings)


def test_layers_say_their_settings():
    assert "learnable" in repr(ContraNorm(4, scale=0.25, learnable=True))
    assert "temperature=0.5" in repr(FeatureContraNorm(4, scale=0.25, temperature=0.5))
