import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
import torch
from torch import nn
from transformers import CONFIG_MAPPING, AutoModel

from contranorm.attaching import attach
from contranorm.families import family
from contranorm.placements import Placement
from contranorm.tracing import trace

INPUTS = {
    "input_ids": torch.tensor([[3, 4, 5, 6, 0], [9, 10, 11, 12, 13]]),
    "attention_mask": torch.tensor([[1, 1, 1, 1, 0], [1, 1, 1, 1, 1]]),
}


def tiny(name="bert", attention="eager"):
    torch.manual_seed(0)
    config = CONFIG_MAPPING[name](
        vocab_size=30,
        hidden_size=16,
        num_hidden_layers=3,
        num_attention_heads=2,
        intermediate_size=24,
        max_position_embeddings=20,
        pad_token_id=0,
        bos_token_id=1,
        eos_token_id=2,
    )
    model = AutoModel.from_config(config, attn_implementation=attention).eval()
    for weight in model.parameters():
        if weight.dim() == 2:
            nn.init.normal_(weight, std=0.5)
    return model


def seen(model, inputs=None, **options):
    with torch.no_grad():
        return trace(model, INPUTS if inputs is None else inputs, **options)


def test_a_trace_is_what_the_model_itself_reports():
    model = tiny()
    traced = seen(model)
    with torch.no_grad():
        reported = model(**INPUTS, output_hidden_states=True, output_attentions=True)
    assert torch.equal(traced.hidden, torch.stack(reported.hidden_states))
    assert torch.equal(traced.attention, torch.stack(reported.attentions))
    assert torch.equal(traced.final, reported.last_hidden_state)


def test_shapes_names_mask_and_times_are_kept():
    traced = seen(tiny())
    assert traced.hidden.shape == (4, 2, 5, 16)
    assert traced.attention.shape == (3, 2, 2, 5, 5)
    assert traced.names == ("input", "encoder.layer.0", "encoder.layer.1", "encoder.layer.2")
    assert torch.equal(traced.mask, INPUTS["attention_mask"].bool())
    assert len(traced.seconds) == 4
    assert min(traced.seconds) > 0


def test_without_a_mask_in_the_call_there_is_none_in_the_trace():
    assert seen(tiny(), INPUTS["input_ids"]).mask is None


def test_a_tensor_is_the_models_first_argument():
    traced = seen(tiny(), INPUTS["input_ids"])
    named = seen(tiny(), {"input_ids": INPUTS["input_ids"]})
    assert torch.equal(traced.hidden, named.hidden)


@pytest.mark.parametrize("placement", family("bert").sites)
def test_an_attached_norm_shows_in_the_trace(placement):
    model = tiny()
    plain = seen(model)
    with attach(model, lambda h: 2 * h - h.mean(-2, keepdim=True), placement=placement):
        traced = seen(model)
        with torch.no_grad():
            last = model(**INPUTS).last_hidden_state
    assert torch.equal(traced.hidden[-1], last)
    assert torch.equal(traced.hidden[0], plain.hidden[0])
    assert not torch.allclose(traced.hidden[1], plain.hidden[1])


def test_a_norm_at_the_output_is_what_the_trace_keeps():
    model = tiny()
    with attach(model, lambda h: 0 * h + 3, placement=Placement.AFTER_OUTPUT_LAYER_NORM):
        assert torch.all(seen(model).hidden[1:] == 3)


def test_tracing_leaves_no_hook_and_changes_no_bit():
    model = tiny()
    before = seen(model).hidden
    assert torch.equal(before, seen(model).hidden)
    assert not any(m._forward_hooks or m._forward_pre_hooks for m in model.modules())


def test_attention_can_be_left_out():
    traced = seen(tiny(attention="sdpa"), attention=False)
    assert traced.attention is None
    assert traced.hidden.shape == (4, 2, 5, 16)


def test_a_model_that_hides_its_attention_is_told_to_load_eagerly():
    with pytest.raises(ValueError, match=r"attn_implementation='eager'.*got 0 maps from 3 layers"):
        seen(tiny(attention="sdpa"))


def test_an_unknown_model_needs_its_layers():
    with pytest.raises(ValueError, match="model_type must be one of"):
        seen(nn.Linear(4, 4), torch.ones(1, 3, 4))


class Stack(nn.Module):
    """One shared layer run three times, which returns its attention map too, as ALBERT does."""

    def __init__(self):
        super().__init__()
        self.shared = Layer()

    def forward(self, h):
        for _ in range(3):
            h, _ = self.shared(h)
        return h


class Layer(nn.Module):
    def forward(self, h):
        attention = (h @ h.mT).softmax(-1)
        return h + attention @ h, attention.unsqueeze(1)


def test_any_module_can_be_traced_by_its_layers_and_a_shared_one_counts_each_time():
    torch.manual_seed(1)
    h = torch.randn(2, 4, 6, dtype=torch.float64)
    model = Stack()
    traced = seen(model, h, layers=[model.shared] * 3)
    assert traced.names == ("input", "shared", "shared", "shared")
    for k in range(3):
        attention = (traced.hidden[k] @ traced.hidden[k].mT).softmax(-1)
        torch.testing.assert_close(traced.attention[k, :, 0], attention)
        torch.testing.assert_close(
            traced.hidden[k + 1], traced.hidden[k] + attention @ traced.hidden[k]
        )
    assert torch.equal(traced.hidden[0], h)


def test_layers_that_do_not_run_are_an_error():
    with pytest.raises(ValueError, match="at least one of the layers must run"):
        seen(nn.Linear(4, 4), torch.ones(1, 3, 4), layers=[nn.Identity()], attention=False)


def test_eight_threads_can_trace_one_model_with_different_norms():
    model = tiny()

    def run(strength):
        with attach(model, lambda h, mask=None: h + strength * (h - h.mean(-2, keepdim=True))):
            return seen(model)

    strengths = [0.2 * k for k in range(8)]
    alone = [run(strength) for strength in strengths]
    start = threading.Barrier(8)

    def hammer(index):
        start.wait()
        return all(
            torch.equal(traced.hidden, alone[index].hidden)
            and torch.equal(traced.attention, alone[index].attention)
            for traced in (run(strengths[index]) for _ in range(10))
        )

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(hammer, range(8))) == [True] * 8
