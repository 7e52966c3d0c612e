import copy
import threading
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest
import torch
from torch import nn
from torch.utils.hooks import RemovableHandle
from transformers import CONFIG_MAPPING, AutoModel, BertConfig, BertForSequenceClassification

from contranorm import hooking
from contranorm.attaching import attach
from contranorm.families import family
from contranorm.placements import Placement

POST = tuple(place for place in Placement if place in family("bert").sites)

SIZE = {
    "vocab_size": 30,
    "hidden_size": 16,
    "num_hidden_layers": 3,
    "num_attention_heads": 2,
    "intermediate_size": 24,
    "max_position_embeddings": 20,
    "pad_token_id": 0,
    "bos_token_id": 1,
    "eos_token_id": 2,
}
WHOLE = {"input_ids": torch.tensor([[3, 4, 5, 6, 7, 8], [9, 10, 11, 12, 13, 14]])}
PADDED = {
    "input_ids": torch.tensor([[3, 4, 5, 6, 0, 0], [9, 10, 11, 12, 13, 14]]),
    "attention_mask": torch.tensor([[1, 1, 1, 1, 0, 0], [1, 1, 1, 1, 1, 1]]),
}


def tiny(name="bert", **changes):
    torch.manual_seed(0)
    config = CONFIG_MAPPING[name](**{**SIZE, **changes})
    model = AutoModel.from_config(config, attn_implementation="eager").eval()
    for weight in model.parameters():  # weights large enough for every place to matter
        if weight.dim() == 2:
            nn.init.normal_(weight, std=0.5)
    return model


def spread(h, *, strength=0.7, mask=None):
    """Push real tokens from their mean, outer ones more (so it does not pass a linear layer)."""
    real = torch.ones(h.shape[:-1], dtype=torch.bool) if mask is None else mask
    weights = real.unsqueeze(-1).to(h.dtype)
    mean = (h * weights).sum(-2, keepdim=True) / weights.sum(-2, keepdim=True)
    return h + strength * weights * (h - mean) * h.abs()


def output(model, inputs):
    with torch.no_grad():
        return model(**inputs).last_hidden_state


def by_hand(model, inputs, norm, placement, layers=(0, 1, 2)):
    """The encoder written out, with the norm at one place: no hooks."""
    mask = inputs.get("attention_mask")
    additive = None if mask is None else (1.0 - mask[:, None, None, :].float()) * -1e30
    padded = mask is not None and not bool(mask.all())
    normed = partial(norm, mask=mask.bool()) if padded else norm
    h = model.embeddings(input_ids=inputs["input_ids"])
    if hasattr(model, "embeddings_project"):
        h = model.embeddings_project(h)
    for index, layer in enumerate(model.encoder.layer):

        def at(place, h, here=index in layers):
            return normed(h) if here and place is placement else h

        h = layer_by_hand(layer, h, additive, at)
    return h


def layer_by_hand(layer, h, additive, at):
    h = at(Placement.ATTENTION_INPUT, h)
    context = layer.attention.self(h, additive)[0]
    context = at(Placement.ATTENTION_CONTEXT, context)
    mixed = layer.attention.output.dense(context)
    mixed = at(Placement.AFTER_ATTENTION_DENSE, mixed)
    total = at(Placement.AFTER_ATTENTION_RESIDUAL, mixed + h)
    half = layer.attention.output.LayerNorm(total)
    half = at(Placement.AFTER_ATTENTION_LAYER_NORM, half)
    fed = layer.output.dense(layer.intermediate(half))
    fed = at(Placement.FEED_FORWARD_OUTPUT, fed)
    total = at(Placement.AFTER_FEED_FORWARD_RESIDUAL, fed + half)
    return at(Placement.AFTER_OUTPUT_LAYER_NORM, layer.output.LayerNorm(total))


def hook_count(model):
    return sum(
        len(module._forward_hooks) + len(module._forward_pre_hooks) for module in model.modules()
    )


@pytest.mark.parametrize("name", ["bert", "roberta", "xlm-roberta", "camembert", "electra"])
@pytest.mark.parametrize("placement", POST)
@torch.no_grad()
def test_the_norm_acts_where_the_placement_says(name, placement):
    model = tiny(name)
    plain = output(model, PADDED)
    with attach(model, spread, placement=placement):
        attached = output(model, PADDED)
    expected = by_hand(model, PADDED, spread, placement)
    torch.testing.assert_close(attached, expected, rtol=1e-4, atol=1e-5)
    assert (attached - plain).abs().max() > 1e-2


@torch.no_grad()
def test_the_reference_without_a_norm_is_the_model():
    torch.testing.assert_close(
        output(tiny(), PADDED),
        by_hand(tiny(), PADDED, spread, None),
        rtol=1e-4,
        atol=1e-5,
    )


def test_all_eight_placements_give_different_outputs():
    model = tiny()
    outputs = []
    for placement in POST:
        with attach(model, spread, placement=placement):
            outputs.append(output(model, WHOLE))
    gaps = [(a - b).abs().max() for i, a in enumerate(outputs) for b in outputs[:i]]
    assert min(gaps) > 1e-3


def test_the_default_is_the_papers_placement():
    model = tiny()
    with attach(model, spread):
        default = output(model, WHOLE)
    with attach(model, spread, placement=Placement.AFTER_ATTENTION_RESIDUAL):
        assert torch.equal(default, output(model, WHOLE))


@torch.no_grad()
def test_only_the_chosen_layers_are_changed():
    model = tiny()
    placement = Placement.AFTER_ATTENTION_LAYER_NORM
    with attach(model, spread, placement=placement, layers=[2, 0, 0]):
        attached = output(model, WHOLE)
    expected = by_hand(model, WHOLE, spread, placement, layers=(0, 2))
    torch.testing.assert_close(attached, expected, rtol=1e-4, atol=1e-5)


def test_the_model_is_bit_identical_afterwards_and_keeps_no_hook():
    model = tiny()
    weights, before = copy.deepcopy(model.state_dict()), output(model, PADDED)
    for placement in POST:
        with attach(model, spread, placement=placement):
            output(model, PADDED)
    assert torch.equal(before, output(model, PADDED))
    assert hook_count(model) == 0
    assert all(torch.equal(weights[key], now) for key, now in model.state_dict().items())


@pytest.mark.parametrize("placement", POST)
def test_padding_does_not_reach_the_real_tokens(placement):
    model = tiny()
    short = {"input_ids": PADDED["input_ids"][:1, :4]}
    with attach(model, spread, placement=placement):
        alone, padded = output(model, short), output(model, PADDED)
    torch.testing.assert_close(padded[:1, :4], alone, rtol=1e-4, atol=1e-5)


def test_the_mask_is_found_as_a_positional_argument_too():
    seen = []
    model = tiny()
    with attach(model, partial(noted, seen)), torch.no_grad():
        model(PADDED["input_ids"], PADDED["attention_mask"])
    assert len(seen) == 3
    assert all(torch.equal(mask, PADDED["attention_mask"].bool()) for mask in seen)


def test_the_mask_is_found_under_a_head():
    seen = []
    torch.manual_seed(0)
    model = BertForSequenceClassification(BertConfig(**SIZE)).eval()
    with attach(model, partial(noted, seen)), torch.no_grad():
        model(**PADDED)
    assert all(torch.equal(mask, PADDED["attention_mask"].bool()) for mask in seen)
    assert len(seen) == 3


def test_no_mask_is_given_when_every_token_is_real():
    seen = []
    model = tiny()
    with attach(model, partial(noted, seen)):
        output(model, PADDED)
        output(model, {**WHOLE, "attention_mask": torch.ones(2, 6)})
        output(model, WHOLE)
    assert [mask is None for mask in seen] == [False] * 3 + [True] * 6


def noted(seen, h, *, mask=None):
    seen.append(mask)
    return h


def test_a_norm_without_a_mask_and_a_module_can_be_attached():
    class Doubled(nn.Module):
        def forward(self, h, mask=None):
            assert mask is not None
            return 2 * h

    model = tiny()
    placement = Placement.AFTER_OUTPUT_LAYER_NORM
    with attach(model, lambda h: 2 * h, placement=placement):
        first = output(model, PADDED)
    with attach(model, Doubled(), placement=placement):
        assert torch.equal(first, output(model, PADDED))
    assert not torch.equal(first, output(model, PADDED))


@torch.no_grad()
def test_nested_norms_act_in_the_order_of_entering():
    model = tiny()

    def shift(h):
        return h + torch.arange(float(h.shape[-1]))

    def square(h):
        return h * h.abs()

    for placement in POST:
        with attach(model, shift, placement=placement), attach(model, square, placement=placement):
            both = output(model, WHOLE)
        expected = by_hand(model, WHOLE, lambda h: square(shift(h)), placement)
        torch.testing.assert_close(both, expected, rtol=1e-4, atol=1e-4)


def test_leaving_the_inner_norm_keeps_the_outer_one():
    model = tiny()
    with attach(model, spread):
        outer = output(model, PADDED)
        with attach(model, lambda h: -h):
            assert not torch.equal(outer, output(model, PADDED))
        assert torch.equal(outer, output(model, PADDED))


def test_one_model_can_hold_a_norm_while_another_runs_plain():
    first, second = tiny(), tiny("electra")
    plain = output(second, PADDED)
    with attach(first, spread):
        assert torch.equal(plain, output(second, PADDED))


def test_an_error_inside_leaves_the_model_clean():
    model = tiny()
    before = output(model, WHOLE)

    def broken(h):
        raise RuntimeError("from the norm")

    with pytest.raises(RuntimeError, match="from the norm"), attach(model, broken):
        output(model, WHOLE)
    assert hook_count(model) == 0
    assert torch.equal(before, output(model, WHOLE))


def test_an_error_while_attaching_leaves_the_model_clean():
    model = tiny()
    del model.encoder.layer[2].attention.output.LayerNorm
    with pytest.raises(ValueError, match="must have a module"), attach(model, spread):
        pass
    assert hook_count(model) == 0


def test_another_thread_sees_the_plain_model():
    model = tiny()
    plain = output(model, WHOLE)
    with attach(model, spread), ThreadPoolExecutor(1) as pool:
        assert torch.equal(pool.submit(output, model, WHOLE).result(), plain)
        assert not torch.equal(output(model, WHOLE), plain)


def test_eight_threads_share_one_model_each_with_its_own_norm():
    model = tiny()
    plain = output(model, PADDED)
    settings = [(0.1 * (i + 1), POST[i]) for i in range(8)]

    def run(strength, placement):
        with attach(model, partial(spread, strength=strength), placement=placement):
            return output(model, PADDED)

    alone = [run(*setting) for setting in settings]
    start = threading.Barrier(8)

    def hammer(index):
        start.wait()
        for _ in range(15):
            if not torch.equal(run(*settings[index]), alone[index]):
                return False
            if not torch.equal(output(model, PADDED), plain):
                return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(hammer, range(8))) == [True] * 8
    assert hook_count(model) == 0


def test_hooks_are_registered_and_removed_one_thread_at_a_time(monkeypatch):
    held = []

    def watch(owner, name):
        original = getattr(owner, name)

        def watched(*arguments, **options):
            held.append(hooking._registering.locked())
            return original(*arguments, **options)

        monkeypatch.setattr(owner, name, watched)

    watch(nn.Module, "register_forward_pre_hook")
    watch(nn.Module, "register_forward_hook")
    watch(RemovableHandle, "remove")
    with attach(tiny(), spread, placement=Placement.AFTER_OUTPUT_LAYER_NORM):
        pass
    assert held == [True] * 14  # the encoder, three layers twice, added and removed
