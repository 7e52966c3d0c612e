"""The parts' changes add up to the whole, and each is what its name says."""

from functools import cache
from itertools import pairwise

import pytest
import torch

from contranorm import FAMILIES, PARTS, Placement, effective_rank, rank_changes, trace
from tests.contranorm.tiny_models import IDS, inputs, put, spread, tiny

NAMES = [row.name for row in FAMILIES]
shared = cache(tiny)


@torch.no_grad()
def seen(name, given=None):
    given = inputs(name) if given is None else given
    return trace(shared(name), given, attention=False, states=True)


@pytest.mark.parametrize("centered", [False, True])
@pytest.mark.parametrize("name", NAMES)
def test_the_parts_add_up_to_what_the_layers_did_in_all(name, centered):
    with put(shared(name), spread):
        traced = seen(name)
    changes = rank_changes(traced, centered=centered)
    total = [
        effective_rank(traced.hidden[end], centered=centered).double().tolist() for end in (0, -1)
    ]
    whole = torch.tensor(total[1]) - torch.tensor(total[0])
    summed = changes.by_part.sum((0, 1)).float()
    torch.testing.assert_close(summed, whole, rtol=0, atol=1e-6)
    assert changes.by_part[:, PARTS.index("norm")].abs().min() > 1e-4


@pytest.mark.parametrize("name", ["bert", "gpt2"])
def test_each_layers_parts_add_up_to_what_that_layer_did(name):
    traced = seen(name)
    for k, layer in enumerate(rank_changes(traced).by_part):
        whole = effective_rank(traced.hidden[k + 1]) - effective_rank(traced.hidden[k])
        torch.testing.assert_close(layer.sum(0).float(), whole, rtol=0, atol=1e-5)


def test_a_part_is_the_rank_behind_it_less_the_rank_before():
    traced = seen("bert")
    at = [effective_rank(state.h).double() for state in traced.states[1]]
    by_part = rank_changes(traced).by_part[1]
    assert PARTS == ("attention", "residual", "norm", "layer_norm", "mlp", "other")
    torch.testing.assert_close(by_part[0], at[1] - at[0])
    torch.testing.assert_close(by_part[1], at[2] - at[1] + at[5] - at[4])
    torch.testing.assert_close(by_part[3], at[3] - at[2] + at[6] - at[5])
    torch.testing.assert_close(by_part[4], at[4] - at[3])
    assert by_part[2].abs().max() == by_part[5].abs().max() == 0


def test_steps_come_in_order_and_say_where_they_are():
    steps = rank_changes(seen("gpt2")).steps
    assert [(step.layer, step.part) for step in steps[5:8]] == [
        (0, "residual"),
        (1, "layer_norm"),
        (1, "attention"),
    ]
    assert steps[5].point == "resid_post"
    for step, following in pairwise(steps):
        assert torch.equal(step.after, following.before)
        assert torch.equal(step.change, step.after - step.before)


def test_a_norm_that_puts_all_tokens_on_one_line_takes_all_directions_but_one():
    with put(shared("bert"), lambda h: h[:, :1].expand_as(h), layers=[1]):
        steps = rank_changes(seen("bert")).steps
    (step,) = [step for step in steps if step.part == "norm"]
    assert step.layer == 1
    torch.testing.assert_close(step.after, torch.ones(2, dtype=torch.float64))


@pytest.mark.parametrize("side", ["left", "right"])
def test_pads_do_not_count(side):
    real = torch.tensor([0, 0, 1, 1, 1, 1] if side == "left" else [1, 1, 1, 1, 0, 0])
    given = {
        "input_ids": torch.where(real == 1, IDS[:1], 0),
        "attention_mask": real[None],
        "position_ids": (real.cumsum(0) - 1).clamp_min(0)[None],
    }
    alone = {"input_ids": IDS[:1, real == 1], "position_ids": torch.arange(4)[None]}
    with put(shared("bert"), spread, placement=Placement.AFTER_OUTPUT_LAYER_NORM):
        padded, short = (rank_changes(seen("bert", each)) for each in (given, alone))
    torch.testing.assert_close(padded.by_part, short.by_part, rtol=1e-4, atol=1e-5)


def test_an_item_without_real_tokens_has_no_rank():
    given = {"input_ids": IDS, "attention_mask": torch.tensor([[1] * 6, [0] * 6])}
    changes = rank_changes(seen("bert", given))
    assert changes.by_part[..., 1].abs().max() == 0
    assert changes.by_part[..., 0].abs().max() > 0


def test_a_trace_without_states_is_refused():
    with torch.no_grad(), pytest.raises(ValueError, match=r"trace\(\.\.\., states=True\)"):
        rank_changes(trace(shared("bert"), inputs("bert")))
