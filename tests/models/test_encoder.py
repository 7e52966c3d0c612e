from dataclasses import replace

import pytest
import torch
import torch.nn.functional as F

from contranorm import Placement, contra_norm, family
from models.branch import Branch
from models.encoder import EncoderConfig, _layer, encode, keep_weights, kept_weights

SMALL = EncoderConfig(depth=3, width=16, heads=2)
NOTHING = (Branch(),)
POST = tuple(place for place in Placement if place in family("bert").sites)
BEFORE = (Placement.BEFORE_ATTENTION_LAYER_NORM, Placement.BEFORE_FEED_FORWARD_LAYER_NORM)
H = torch.randn(5, 16, generator=torch.Generator().manual_seed(0))


def run(config=SMALL, branches=NOTHING, h=H):
    return encode(h, config=config, branches=branches)


def test_a_branch_is_the_same_alone_and_in_company():
    ours = Branch("contra_norm", 0.7, 0.5)
    both = run(branches=(Branch(), ours))
    torch.testing.assert_close(both.hidden[:, 1], run(branches=(ours,)).hidden[:, 0])
    torch.testing.assert_close(both.hidden[:, 0], run().hidden[:, 0])
    assert not torch.allclose(both.hidden[1, 0], both.hidden[1, 1])


def test_a_shallow_encoder_is_the_beginning_of_a_deep_one():
    deep, shallow = run(), run(replace(SMALL, depth=2))
    assert torch.equal(deep.hidden[:3], shallow.hidden)
    assert not torch.allclose(deep.hidden[3], deep.hidden[2])


def test_every_layer_has_weights_of_its_own_and_every_seed_too():
    weights = [_layer(seed, 1.0, 16, index) for seed in (0, 1) for index in (0, 1)]
    for one in range(4):
        for other in range(one):
            assert not torch.allclose(weights[one][0], weights[other][0])


def test_drawn_weights_are_kept_within_their_bytes_and_drawn_alike_again():
    layer = 4 * 12 * 16**2  # bytes of 12 d² numbers
    try:
        keep_weights(3 * layer)
        before = run(replace(SMALL, depth=5)).hidden
        assert kept_weights() == 3 * layer
        keep_weights(layer - 1)
        assert torch.equal(run(replace(SMALL, depth=5)).hidden, before)
        assert kept_weights() == 0
    finally:
        keep_weights(64_000_000)
    assert _layer(0, 1.0, 16, 0) is _layer(0, 1.0, 16, 0)


def test_the_norm_follows_each_block_and_a_layer_norm_follows_it():
    plain = run(replace(SMALL, depth=1)).hidden[1, 0]
    ours = run(replace(SMALL, depth=1), (Branch("contra_norm", 0.7, 0.3),)).hidden[1, 0]
    expected = F.layer_norm(contra_norm(plain, scale=0.7, temperature=0.3), (16,))
    torch.testing.assert_close(ours, expected)


def by_hand(placement, norm):
    """One post-LayerNorm block written out, with `norm` at one place."""

    def at(name, x):
        return norm(x) if placement.name == name else x

    def standard(x):
        return F.layer_norm(x, (16,))

    generator = torch.Generator().manual_seed(0)
    q, k, v, out = (torch.randn(16, 16, generator=generator) / 4 for _ in range(4))
    up = torch.randn(16, 64, generator=generator) / 4
    down = torch.randn(64, 16, generator=generator) / 8
    x = at("ATTENTION_INPUT", H)
    heads = [slice(8 * head, 8 * head + 8) for head in range(2)]
    context = torch.cat(
        [((x @ q)[:, h] @ (x @ k)[:, h].T / 8**0.5).softmax(-1) @ (x @ v)[:, h] for h in heads],
        dim=1,
    )
    update = at("AFTER_ATTENTION_DENSE", at("ATTENTION_CONTEXT", context) @ out)
    x = at("AFTER_ATTENTION_LAYER_NORM", standard(at("AFTER_ATTENTION_RESIDUAL", x + update)))
    update = at("FEED_FORWARD_OUTPUT", F.gelu(x @ up) @ down)
    x = standard(at("AFTER_FEED_FORWARD_RESIDUAL", x + update))
    return standard(norm(x)) if placement.name == "AFTER_OUTPUT_LAYER_NORM" else x


@pytest.mark.parametrize("placement", POST)
def test_the_norm_acts_at_its_placement_and_nowhere_else(placement):
    seen = encode(
        H,
        config=replace(SMALL, depth=1),
        branches=(Branch(), Branch("contra_norm", 0.7, 0.3)),
        placement=placement,
    )
    expected = by_hand(placement, lambda x: contra_norm(x, scale=0.7, temperature=0.3))
    torch.testing.assert_close(seen.hidden[1, 1], expected, atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(
        seen.hidden[1, 0], by_hand(placement, lambda x: x), atol=1e-5, rtol=1e-5
    )


def test_without_the_mlp_only_the_feed_forward_placement_never_acts():
    config = replace(SMALL, depth=1, mlp=False)
    for placement in POST:
        branches = (Branch(), Branch("contra_norm", 0.7, 0.3))
        seen = encode(H, config=config, branches=branches, placement=placement)
        same = torch.allclose(seen.hidden[1, 0], seen.hidden[1, 1])
        assert same == (placement is Placement.FEED_FORWARD_OUTPUT)


def before_by_hand(placement, norm):
    """One pre-LayerNorm block written out, with `norm` on the copy that one half reads."""

    def standard(x):
        return F.layer_norm(x, (16,))

    generator = torch.Generator().manual_seed(0)
    q, k, v, out = (torch.randn(16, 16, generator=generator) / 4 for _ in range(4))
    up = torch.randn(16, 64, generator=generator) / 4
    down = torch.randn(64, 16, generator=generator) / 8
    read = standard(norm(H) if placement is BEFORE[0] else H)
    weights = ((read @ q) @ (read @ k).T / 4).softmax(-1)
    half = H + weights @ (read @ v) @ out
    read = standard(norm(half) if placement is BEFORE[1] else half)
    return half + F.gelu(read @ up) @ down


@pytest.mark.parametrize("placement", BEFORE)
def test_before_a_layer_norm_the_norm_acts_on_the_copy_and_not_on_the_residual(placement):
    seen = encode(
        H,
        config=replace(SMALL, depth=1, heads=1, layer_norm="pre"),
        branches=(Branch(), Branch("contra_norm", 0.7, 0.3)),
        placement=placement,
    )
    expected = before_by_hand(placement, lambda x: contra_norm(x, scale=0.7, temperature=0.3))
    torch.testing.assert_close(seen.hidden[1, 1], expected, atol=1e-5, rtol=1e-5)
    plain = before_by_hand(placement, lambda x: x)
    torch.testing.assert_close(seen.hidden[1, 0], plain, atol=1e-5, rtol=1e-5)
    assert not torch.allclose(expected, plain, atol=1e-2)


@pytest.mark.parametrize("placement", BEFORE)
def test_with_its_layer_norms_after_the_residuals_a_block_has_no_place_before_them(placement):
    branches = (Branch(), Branch("contra_norm", 0.7, 0.3))
    seen = encode(H, config=replace(SMALL, depth=1), branches=branches, placement=placement)
    assert torch.equal(seen.hidden[1, 0], seen.hidden[1, 1])


def test_one_block_is_attention_and_mlp_as_written_out_by_loops():
    config = EncoderConfig(depth=1, width=4, heads=2, layer_norm="none", attention_temperature=2.0)
    h = torch.randn(3, 4, generator=torch.Generator().manual_seed(1))
    generator = torch.Generator().manual_seed(0)
    q, k, v, out = (torch.randn(4, 4, generator=generator) / 2 for _ in range(4))
    up = torch.randn(4, 16, generator=generator) / 2
    down = torch.randn(16, 4, generator=generator) / 4
    mixed = torch.zeros(3, 4)
    for head in range(2):
        part = slice(2 * head, 2 * head + 2)
        for i in range(3):
            logits = torch.tensor(
                [float((h[i] @ q)[part] @ (h[j] @ k)[part]) / (2**0.5 * 2) for j in range(3)]
            )
            for j in range(3):
                mixed[i, part] += logits.softmax(0)[j] * (h[j] @ v)[part]
    x = h + mixed @ out
    x = x + F.gelu(x @ up) @ down
    torch.testing.assert_close(run(config, h=h).hidden[1, 0], x, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize(
    "change",
    [
        {"residual": False},
        {"mlp": False},
        {"layer_norm": "pre"},
        {"layer_norm": "none"},
        {"seed": 1},
        {"gain": 2.0},
        {"heads": 4},
        {"attention_temperature": 3.0},
    ],
)
def test_every_switch_changes_the_answer(change):
    assert not torch.allclose(run().hidden[-1], run(replace(SMALL, **change)).hidden[-1])


def test_attention_rows_sum_to_one():
    attention = run().attention
    assert attention.shape == (3, 1, 2, 5, 5)
    torch.testing.assert_close(attention.sum(-1), torch.ones(3, 1, 2, 5))


def test_a_width_that_does_not_fit_is_refused():
    with pytest.raises(ValueError, match="width"):
        run(replace(SMALL, width=8))
