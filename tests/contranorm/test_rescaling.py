"""AttnScale and FeatScale against their equations in loops, and both of their ends."""

import inspect

import pytest
import torch

from contranorm import attn_scale, feat_scale, partial_centering

H = torch.randn(2, 5, 3, generator=torch.Generator().manual_seed(0), dtype=torch.float64) + 0.5
MAPS = (H @ H.mT).softmax(-1).unsqueeze(1).repeat(1, 2, 1, 1)  # (batch, heads, n, n)
PER_HEAD = torch.tensor([0.5, -0.3], dtype=torch.float64).view(2, 1, 1)
LOW, HIGH = torch.tensor([[0.2, -0.7, 1.0], [1.5, 0.4, -0.1]], dtype=torch.float64)


def test_attn_scale_is_its_equation_entry_by_entry():
    scaled = attn_scale(MAPS, scale=PER_HEAD)
    for item in range(2):
        for head, omega in enumerate((0.5, -0.3)):
            for i in range(5):
                for j in range(5):
                    weight = MAPS[item, head, i, j].item()
                    expected = 1 / 5 + (1 + omega) * (weight - 1 / 5)
                    assert scaled[item, head, i, j].item() == pytest.approx(expected)


def test_attn_scale_keeps_row_sums_and_has_both_ends():
    torch.testing.assert_close(attn_scale(MAPS, scale=3.0).sum(-1), torch.ones(2, 2, 5).double())
    assert torch.equal(attn_scale(MAPS, scale=0.0), MAPS)
    torch.testing.assert_close(attn_scale(MAPS, scale=-1.0), torch.full_like(MAPS, 0.2))


def test_attn_scale_acts_on_what_attention_gives_as_feat_scale_with_one_weight():
    values = H.unsqueeze(1)
    through_maps = attn_scale(MAPS[:, :1], scale=0.8) @ values
    plain = MAPS[:, :1] @ values
    mean = values.mean(-2, keepdim=True)
    torch.testing.assert_close(through_maps, 1.8 * plain - 0.8 * mean)


@pytest.mark.parametrize("shape", [(5, 5), (2, 5, 4)])
def test_attn_scale_refuses_what_is_not_a_map(shape):
    with pytest.raises(ValueError, match=r"axes \(\*batch, heads, n, n\); got"):
        inspect.unwrap(attn_scale)(torch.ones(shape), scale=1.0)


def test_feat_scale_is_its_equation_entry_by_entry():
    scaled = feat_scale(H, mean_scale=LOW, rest_scale=HIGH)
    for item in range(2):
        for c in range(3):
            mean = sum(H[item, i, c].item() for i in range(5)) / 5
            for i in range(5):
                entry = H[item, i, c].item()
                expected = entry + LOW[c].item() * mean + HIGH[c].item() * (entry - mean)
                assert scaled[item, i, c].item() == pytest.approx(expected)


def test_feat_scale_has_its_ends_and_partial_centring_within_it():
    assert torch.equal(feat_scale(H, mean_scale=0.0, rest_scale=0.0), H)
    mean = H.mean(-2, keepdim=True)
    torch.testing.assert_close(feat_scale(H, mean_scale=-1.0, rest_scale=0.0), H - mean)
    torch.testing.assert_close(
        feat_scale(H, mean_scale=0.0, rest_scale=-1.0), mean.expand_as(H), atol=1e-12, rtol=0
    )
    torch.testing.assert_close(
        feat_scale(H, mean_scale=0.0, rest_scale=0.7), partial_centering(H, scale=0.7)
    )


def test_feat_scale_leaves_pads_alone_and_does_not_feel_them():
    mask = torch.tensor([[True] * 3 + [False] * 2, [True] * 5])
    scaled = feat_scale(H, mean_scale=LOW, rest_scale=HIGH, mask=mask)
    assert torch.equal(scaled[~mask], H[~mask])
    alone = feat_scale(H[0, :3], mean_scale=LOW, rest_scale=HIGH)
    torch.testing.assert_close(scaled[0, :3], alone)


def test_both_are_differentiable_in_their_weights():
    omega, low, high = (w.clone().requires_grad_() for w in (PER_HEAD, LOW, HIGH))
    assert torch.autograd.gradcheck(lambda w: attn_scale(MAPS, scale=w), (omega,))
    assert torch.autograd.gradcheck(
        lambda s, t: feat_scale(H, mean_scale=s, rest_scale=t), (low, high)
    )


def test_a_weight_that_is_not_finite_is_refused():
    with pytest.raises(ValueError, match="scale must be a finite number; got inf"):
        attn_scale(MAPS, scale=float("inf"))
    with pytest.raises(ValueError, match="scale must be a finite number; got nan"):
        feat_scale(H, mean_scale=0.0, rest_scale=float("nan"))
