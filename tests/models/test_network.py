import dataclasses

import pytest
import torch
import torch.nn.functional as F

from models.methods import METHODS
from models.network import Network, NetworkConfig, Strength
from models.treatment import Treatment

SMALL = NetworkConfig(depth=3, width=16, heads=2)
CONTRA = Treatment("contra_norm", 0.7, 0.3, then_layer_norm=True)


def made(**changes):
    """A small network in which every weight matters, so that leaving one out shows."""
    torch.manual_seed(0)
    config = dataclasses.replace(SMALL, **changes)
    network = Network(config).eval().requires_grad_(False)
    for name, weight in network.named_parameters():
        if "norm" in name or "scale" in name or "shared" in name or "factor" in name:
            torch.nn.init.normal_(weight)
    return network


def inputs(count=5):
    return torch.rand(count, 16, 4, generator=torch.Generator().manual_seed(1))


def attended(block, h, kind="plain"):
    """Attention over one input, one head and one token at a time."""
    weight, bias = block.attention.query_key_value.weight, block.attention.query_key_value.bias
    query, key, value = (h @ weight.T + bias).chunk(3, dim=-1)
    heads = []
    for head, part in enumerate(torch.arange(16).chunk(2)):
        rows = []
        for token in range(16):
            weights = (key[:, part] @ query[token, part] / 8**0.5).softmax(0)
            if kind == "attn_scale":
                omega = block.attention.head_scale[head, 0, 0]
                weights = 1 / 16 + (1 + omega) * (weights - 1 / 16)
            rows.append(weights @ value[:, part])
        heads.append(torch.stack(rows))
    mixed = block.attention.output(torch.cat(heads, -1))
    if kind == "feat_scale":
        mean = mixed.mean(0)
        low, high = block.attention.mean_scale, block.attention.rest_scale
        mixed = mixed + low * mean + high * (mixed - mean)
    return mixed


def mlp(block, h):
    return block.narrow(F.gelu(block.widen(h)))


def by_hand(network, given, run_block, final=lambda h: h):
    scores = []
    for item in given:
        h = torch.stack([network.embed(patch) for patch in item]) + network.position
        for block in network.blocks:
            h = run_block(block, h)
        scores.append(network.head(final(h).mean(0)))
    return torch.stack(scores)


def agree(network, run_block, final=lambda h: h):
    expected = by_hand(network, inputs(), run_block, final)
    torch.testing.assert_close(network(inputs()).logits, expected, rtol=1e-3, atol=1e-4)
    torch.testing.assert_close(network.trace(inputs()).logits, network(inputs()).logits)


def post(kind="plain", end=lambda block, h: h):
    def run_block(block, h):
        h = block.attention_join.norm(h + attended(block, h, kind))
        return end(block, block.mlp_join.norm(h + mlp(block, h)))

    return run_block


@pytest.mark.parametrize("kind", ["plain", "attn_scale", "feat_scale"])
def test_a_block_is_post_layer_norm_around_each_kind_of_attention(kind):
    agree(made(treatment=Treatment(attention=kind)), post(kind))


def test_a_layer_norm_alone_ends_a_block_where_it_is_the_control():
    network = made(treatment=Treatment(then_layer_norm=True))
    agree(network, post(end=lambda block, h: block.after_norm(h)))


@pytest.mark.parametrize("learned", [False, True])
def test_the_gain_of_the_layer_norm_behind_a_norm_starts_where_it_is_told_and_may_be_held(learned):
    treatment = dataclasses.replace(CONTRA, gain=0.25, learned_gain=learned)
    network = Network(dataclasses.replace(SMALL, treatment=treatment))
    for block in network.blocks:
        ended = block.after_norm
        assert ended.weight.tolist() == [0.25] * 16
        assert ended.bias.tolist() == [0.0] * 16
        assert ended.weight.requires_grad == ended.bias.requires_grad == learned
        assert block.mlp_join.norm.weight.tolist() == [1.0] * 16
        assert block.mlp_join.norm.weight.requires_grad


@pytest.mark.parametrize("learnable", [False, True])
@pytest.mark.parametrize("form", ["residual", "plain"])
def test_a_norm_ends_each_block_and_a_layer_norm_follows_it(form, learnable):
    def end(block, h):
        unit = F.normalize(h, dim=-1)
        mixed = (unit @ unit.T / 0.3).softmax(-1) @ h
        scale = block.scale if learnable else 0.7
        kept = h if form == "plain" else (1 + scale) * h
        return block.after_norm(kept - scale * mixed)

    treatment = dataclasses.replace(CONTRA, form=form, learnable=learnable)
    agree(made(treatment=treatment), post(end=end))


@pytest.mark.parametrize("residual", ["pre", "layer_scale"])
def test_pre_layer_norm_reads_normed_tokens_and_norms_them_before_the_head(residual):
    def run_block(block, h):
        for join, half in ((block.attention_join, attended), (block.mlp_join, mlp)):
            factor = join.factor if residual == "layer_scale" else 1.0
            h = h + factor * half(block, join.norm(h))
        return h

    network = made(treatment=Treatment(residual=residual))
    agree(network, run_block, network.final_norm)


def test_rezero_has_one_factor_a_block_and_no_layer_norm():
    def run_block(block, h):
        h = h + block.shared * attended(block, h)
        return h + block.shared * mlp(block, h)

    network = made(treatment=Treatment(residual="rezero"))
    agree(network, run_block)
    assert not any(isinstance(part, torch.nn.LayerNorm) for part in network.modules())


def test_deep_norm_enlarges_the_residual_by_the_fourth_root_of_twice_the_depth():
    def run_block(block, h):
        h = block.attention_join.norm(6**0.25 * h + attended(block, h))
        return block.mlp_join.norm(6**0.25 * h + mlp(block, h))

    agree(made(treatment=Treatment(residual="deep_norm")), run_block)


def test_deep_norm_starts_values_and_mlp_smaller_than_queries():
    torch.manual_seed(0)
    block = Network(NetworkConfig(depth=8, treatment=Treatment(residual="deep_norm"))).blocks[0]
    query, key, value = block.attention.query_key_value.weight.chunk(3)
    xavier, beta = (2 / 128) ** 0.5, 64**-0.25
    for weight in (query, key):
        assert weight.std().item() == pytest.approx(xavier, rel=0.05)
    for weight in (value, block.attention.output.weight):
        assert weight.std().item() == pytest.approx(beta * xavier, rel=0.05)
    for weight in (block.widen.weight, block.narrow.weight):
        assert weight.std().item() == pytest.approx(beta * (2 / 320) ** 0.5, rel=0.05)


@pytest.mark.parametrize(
    ("kind", "start"), [("rezero", 0.0), ("layer_scale", 0.1), ("attn_scale", 0), ("feat_scale", 0)]
)
def test_learned_factors_start_where_their_papers_start_them(kind, start):
    scaled = kind in ("attn_scale", "feat_scale")
    treatment = Treatment(attention=kind) if scaled else Treatment(residual=kind)
    network = Network(dataclasses.replace(SMALL, treatment=treatment))
    factors = [
        weight
        for name, weight in network.named_parameters()
        if name.endswith(("shared", "factor", "_scale"))
    ]
    assert factors
    assert all(torch.equal(factor, torch.full_like(factor, start)) for factor in factors)


def test_every_layer_is_kept():
    network = made(treatment=CONTRA)
    traced = network.trace(inputs())
    assert traced.hidden.shape == (4, 5, 16, 16)
    assert traced.attention.shape == (3, 5, 2, 16, 16)
    torch.testing.assert_close(traced.attention.sum(-1), torch.ones(3, 5, 2, 16))
    assert all(
        torch.equal(kept, seen)
        for kept, seen in zip(network(inputs()).hidden, traced.hidden, strict=True)
    )
    assert not torch.allclose(traced.hidden[1], traced.hidden[2])


def test_depth_is_the_first_blocks_of_the_same_network():
    network = made(treatment=CONTRA)
    whole, shallow = network.trace(inputs()), network.trace(inputs(), depth=2)
    assert torch.equal(shallow.hidden, whole.hidden[:3])
    for depth in (0, 4, -1):
        with pytest.raises(ValueError, match=f"depth must be from 1 to 3 blocks; got {depth}"):
            network(inputs(), depth=depth)


def test_another_strength_changes_the_answer_and_none_is_that_of_the_training():
    network = made(treatment=CONTRA)
    trained = network(inputs()).logits
    assert torch.equal(network(inputs(), Strength(0.7, 0.3)).logits, trained)
    for strength in (Strength(scale=0.0), Strength(scale=2.0), Strength(temperature=3.0)):
        assert not torch.equal(network(inputs(), strength).logits, trained)


def test_words_come_in_as_numbers_and_every_token_may_be_asked():
    network = made(words=True, features=7, tokens=3, classes=2, each=True)
    words = torch.tensor([[0, 6, 2], [1, 1, 5]])
    logits = network(words).logits
    assert logits.shape == (2, 3, 2)
    torch.testing.assert_close(network(words).hidden[0], network.embed(words) + network.position)
    torch.testing.assert_close(logits, network.head(network(words).hidden[-1]))


def test_an_unknown_norm_is_refused():
    with pytest.raises(ValueError, match=r"norm must be one of .*contra_norm.*; got 'nonsense'"):
        Treatment(norm="nonsense")


def starts(method):
    torch.manual_seed(3)
    config = dataclasses.replace(SMALL, treatment=METHODS[method].default.treatment)
    return dict(Network(config).named_parameters())


@pytest.mark.parametrize("method", [name for name in METHODS if name != "deep_norm"])
def test_a_seed_gives_every_method_the_same_first_weights(method):
    plain, other = starts("none"), starts(method)
    shared = [name for name in plain if name in other]
    assert {"embed.weight", "blocks.2.narrow.weight", "head.weight"} <= set(shared)
    assert all(torch.equal(plain[name], other[name]) for name in shared)


@pytest.mark.parametrize("method", METHODS)
def test_every_weight_of_every_method_is_trained(method):
    torch.manual_seed(0)
    config = dataclasses.replace(SMALL, treatment=METHODS[method].default.treatment)
    network = Network(config)
    if method == "rezero":  # at its start it trains its factors alone
        for block in network.blocks:
            torch.nn.init.constant_(block.shared, 0.5)
    run = network(inputs())
    F.cross_entropy(run.logits, torch.arange(5)).backward()
    assert all(weight.grad is not None for weight in network.parameters())
    assert all(weight.grad.isfinite().all() for weight in network.parameters())


def test_a_shorter_input_stands_at_the_first_positions():
    config = NetworkConfig(tokens=6, features=9, classes=9, words=True, each=True, depth=1)
    network = Network(config)
    words = torch.tensor([[4, 2, 7]])
    with torch.no_grad():
        before = network(words).logits
        assert before.shape == (1, 3, 9)
        network.position[3:] += 1.0
        assert torch.equal(network(words).logits, before)
        network.position[0] += 1.0
        assert not torch.allclose(network(words).logits, before, atol=1e-4)
