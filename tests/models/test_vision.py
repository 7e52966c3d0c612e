import pytest
import torch
import torch.nn.functional as F

from models.vision import DigitTransformer, VisionConfig, patches

SMALL = VisionConfig(depth=3, width=16, heads=2)


def network(config=SMALL):
    torch.manual_seed(0)
    made = DigitTransformer(config).eval().requires_grad_(False)
    for block in made.blocks:  # a LayerNorm that does something, so that leaving it out shows
        torch.nn.init.normal_(block.after_norm.weight)
    return made


def pixels(count=5):
    return torch.rand(count, 8, 8, generator=torch.Generator().manual_seed(1))


def by_hand(net, images, norm):
    """The network over one image at a time, one head at a time, one patch at a time."""
    logits = []
    for image in images:
        cut = [image[r : r + 2, c : c + 2].flatten() for r in (0, 2, 4, 6) for c in (0, 2, 4, 6)]
        h = torch.stack([net.embed(patch) for patch in cut]) + net.position
        for block in net.blocks:
            weight, bias = (
                block.attention.query_key_value.weight,
                block.attention.query_key_value.bias,
            )
            query, key, value = (h @ weight.T + bias).chunk(3, dim=-1)
            heads = []
            for part in torch.arange(16).chunk(2):
                scores = query[:, part] @ key[:, part].T / 8**0.5
                heads.append(scores.softmax(-1) @ value[:, part])
            h = block.attention_norm(h + block.attention.output(torch.cat(heads, -1)))
            h = block.mlp_norm(h + block.narrow(F.gelu(block.widen(h))))
            h = norm(h, block)
        logits.append(net.head(h.mean(0)))
    return torch.stack(logits)


def test_the_plain_network_has_neither_norm_nor_its_layer_norm():
    expected = by_hand(network(), pixels(), lambda h, block: h)
    torch.testing.assert_close(network()(pixels()).logits, expected, rtol=1e-4, atol=1e-5)


def test_a_norm_comes_after_each_block_and_before_a_layer_norm():
    def norm(h, block):
        unit = F.normalize(h, dim=-1)
        mixed = (unit @ unit.T / 0.3).softmax(-1) @ h
        return block.after_norm(h + 0.7 * (h - mixed))

    logits = network()(pixels(), norm="contra_norm", scale=0.7, temperature=0.3).logits
    torch.testing.assert_close(logits, by_hand(network(), pixels(), norm), rtol=1e-4, atol=1e-5)


def test_the_default_temperature_is_the_one_of_the_trio():
    stated = network()(pixels(), norm="contra_norm", scale=1.0, temperature=0.2)
    assert torch.equal(network()(pixels(), norm="contra_norm").logits, stated.logits)


def test_every_layer_is_kept():
    traced = network()(pixels())
    assert traced.logits.shape == (5, 10)
    assert traced.hidden.shape == (4, 5, 16, 16)
    assert traced.attention.shape == (3, 5, 2, 16, 16)
    torch.testing.assert_close(traced.attention.sum(-1), torch.ones(3, 5, 2, 16))
    torch.testing.assert_close(traced.logits, network().head(traced.hidden[-1].mean(1)))
    assert not torch.allclose(traced.hidden[1], traced.hidden[2])


@pytest.mark.parametrize("norm", ["none", "partial_centering"])
def test_depth_is_the_first_blocks_of_the_same_network(norm):
    whole = network()(pixels(), norm=norm)
    shallow = network()(pixels(), norm=norm, depth=2)
    assert torch.equal(shallow.hidden, whole.hidden[:3])
    assert torch.equal(shallow.attention, whole.attention[:2])


def test_patches_are_cut_row_by_row_and_lose_no_pixel():
    image = torch.arange(64.0).reshape(1, 8, 8)
    cut = patches(image)
    assert cut[0, 4].tolist() == [16.0, 17.0, 24.0, 25.0]
    assert torch.equal(cut.flatten().sort().values, image.flatten())


def test_scale_and_temperature_change_the_answer():
    answers = [
        network()(pixels(), norm="contra_norm", scale=scale, temperature=temperature).logits
        for scale, temperature in [(0.0, 0.2), (1.0, 0.2), (1.0, 2.0)]
    ]
    assert not torch.allclose(answers[0], answers[1])
    assert not torch.allclose(answers[1], answers[2], atol=1e-4)


def test_an_unknown_norm_or_depth_is_refused():
    with pytest.raises(ValueError, match=r"norm must be one of .*contra_norm.*; got 'nonsense'"):
        network()(pixels(), norm="nonsense")
    for depth in (0, 4, -1):
        with pytest.raises(ValueError, match=f"depth must be from 1 to 3 blocks; got {depth}"):
            network()(pixels(), depth=depth)
