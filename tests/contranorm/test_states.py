"""The chain of states inside a layer is what the layer written out passes through."""

import threading
from concurrent.futures import ThreadPoolExecutor
from functools import cache, partial

import pytest
import torch

from contranorm import FAMILIES, NORMS, Placement, family, trace
from tests.contranorm.blocks import by_hand, layers_of
from tests.contranorm.tiny_models import DEPTH, IDS, inputs, put, spread, tiny

NAMES = [row.name for row in FAMILIES]
PLACES = [(row.name, place) for row in FAMILIES for place in Placement if place in row.sites]
POST = {
    "ATTENTION_INPUT": "resid_pre",
    "AFTER_ATTENTION_DENSE": "attention_output",
    "AFTER_ATTENTION_RESIDUAL": "attention_sum",
    "AFTER_ATTENTION_LAYER_NORM": "resid_mid",
    "FEED_FORWARD_OUTPUT": "feed_forward_output",
    "AFTER_FEED_FORWARD_RESIDUAL": "feed_forward_sum",
    "AFTER_OUTPUT_LAYER_NORM": "resid_post",
}
PRE = {
    "BEFORE_ATTENTION_LAYER_NORM": "resid_pre",
    "AFTER_ATTENTION_DENSE": "attention_output",
    "BEFORE_FEED_FORWARD_LAYER_NORM": "resid_mid",
    "FEED_FORWARD_OUTPUT": "feed_forward_output",
    "AFTER_FEED_FORWARD_RESIDUAL": "resid_post",
}
POST_PARTS = ("start", "attention", "residual", "layer_norm", "mlp", "residual", "layer_norm")
PRE_PARTS = ("start", "layer_norm", "attention", "residual", "layer_norm", "mlp", "residual")
shared = cache(tiny)


def point_of(name, placement):
    points = POST if family(name).block == "post" else PRE
    others = {"ATTENTION_CONTEXT": "context", "ATTENTION_INPUT": "resid_pre"}
    return (points | others)[placement.name]


@torch.no_grad()
def seen(model, name, **options):
    return trace(model, inputs(name), attention=False, states=True, **options)


def close(left, right):
    torch.testing.assert_close(left, right, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("name", NAMES)
def test_the_parts_of_a_layer_come_in_the_order_of_its_block(name):
    expected = POST_PARTS if family(name).block == "post" else PRE_PARTS
    chains = seen(shared(name), name).states
    assert [tuple(state.part for state in chain) for chain in chains] == [expected] * DEPTH


@pytest.mark.parametrize("name", NAMES)
@torch.no_grad()
def test_every_state_is_that_of_the_layer_written_out(name):
    points, wanted = POST if family(name).block == "post" else PRE, {}

    def note(place, h, layer):
        if place.name in points:
            wanted[layer, points[place.name]] = h
        return h

    by_hand(shared(name), name, inputs(name), note)
    chains = seen(shared(name), name).states
    got = {(k, state.point): state.h for k, chain in enumerate(chains) for state in chain}
    assert len(wanted) == DEPTH * len(points)
    for place, h in wanted.items():
        close(got[place], h)


@pytest.mark.parametrize("name", [row.name for row in FAMILIES if row.block == "pre"])
@torch.no_grad()
def test_what_a_half_reads_is_the_layer_norm_of_the_residual_stream(name):
    row = family(name)
    layers = layers_of(shared(name), name)
    for layer, chain in zip(layers, seen(shared(name), name).states, strict=True):
        at = {state.point: state.h for state in chain}
        close(at["attention_read"], layer.get_submodule(row.first_norm)(at["resid_pre"]))
        close(at["feed_forward_read"], layer.get_submodule(row.second_norm)(at["resid_mid"]))


@pytest.mark.parametrize("name", NAMES)
def test_a_chain_leads_from_one_hidden_state_to_the_next(name):
    with put(shared(name), spread):
        traced = seen(shared(name), name)
    for k, chain in enumerate(traced.states):
        assert torch.equal(chain[0].h, traced.hidden[k])
        assert torch.equal(chain[-1].h, traced.hidden[k + 1])


@pytest.mark.parametrize(("name", "placement"), PLACES)
def test_an_attached_norm_is_a_part_of_its_own_in_the_right_place(name, placement):
    with put(shared(name), spread, placement=placement, layers=[0, 2]):
        chains = seen(shared(name), name).states
    for chain in (chains[0], chains[2]):
        (index,) = [i for i, state in enumerate(chain) if state.part == "norm"]
        assert chain[index].point == chain[index - 1].point == point_of(name, placement)
        close(chain[index].h, spread(chain[index - 1].h))
        parts = tuple(state.part for state in chain if state.part != "norm")
        context = placement is Placement.ATTENTION_CONTEXT
        expected = POST_PARTS if family(name).block == "post" else PRE_PARTS
        at = expected.index("attention")
        assert parts == (*expected[:at], *["attention"] * context, *expected[at:])
    assert "norm" not in {state.part for state in chains[1]}


@pytest.mark.parametrize("name", NAMES)
def test_the_residual_carries_what_entered_and_not_what_a_branch_read(name):
    row = family(name)
    branch = row.usual if row.block == "pre" else Placement.AFTER_ATTENTION_DENSE
    with put(shared(name), spread, placement=branch):
        chains = seen(shared(name), name).states
    for chain in chains:
        at = {state.point: state.h for state in chain}  # the norm's state where there are two
        summed = at["attention_sum" if row.block == "post" else "resid_mid"]
        close(summed, chain[0].h + at["attention_output"])


def test_two_nested_norms_are_one_part():
    model = shared("bert")
    with put(model, spread), put(model, lambda h: 2 * h):
        chain = seen(model, "bert").states[0]
    assert [state.part for state in chain].count("norm") == 1
    normed = next(state for state in chain if state.part == "norm")
    close(normed.h, 2 * spread(chain[chain.index(normed) - 1].h))


def test_no_norm_at_all_is_no_part():
    with put(shared("bert"), lambda h: NORMS["none"](h, scale=1)):
        assert {state.part for state in seen(shared("bert"), "bert").states[0]} == {*POST_PARTS}


def test_what_stands_between_two_layers_is_another_part():
    chains = seen(tiny("deberta-v2", conv_kernel_size=3), "deberta-v2").states
    assert [chain[-1].part for chain in chains] == ["other", "layer_norm", "layer_norm"]


def test_states_are_kept_only_on_demand_and_leave_the_rest_as_it_is():
    with torch.no_grad():
        plain = trace(shared("gpt2"), inputs("gpt2"))
        full = trace(shared("gpt2"), inputs("gpt2"), states=True)
    assert plain.states is None
    assert torch.equal(plain.hidden, full.hidden)
    assert torch.equal(plain.attention, full.attention)
    modules = shared("gpt2").modules()
    assert not any(m._forward_hooks or m._forward_pre_hooks for m in modules)


def test_states_are_refused_for_layers_of_no_family_and_for_chunks():
    with pytest.raises(ValueError, match="states need a model of one of the FAMILIES"):
        trace(torch.nn.Identity(), IDS, states=True, layers=[])
    with pytest.raises(ValueError, match="chunk_size_feed_forward must be 0; got 3"):
        seen(tiny("bert", chunk_size_feed_forward=3), "bert")


def test_two_threads_that_keep_states_do_not_see_each_other():
    model, strengths, start = shared("gpt2"), (0.3, 0.9), threading.Barrier(2)

    def last(strength):
        with put(model, partial(spread, strength=strength), placement=Placement.ATTENTION_CONTEXT):
            return [state.h for state in seen(model, "gpt2").states[-1]]

    alone = [last(strength) for strength in strengths]

    def hammer(index):
        start.wait()
        return all(
            torch.equal(one, other)
            for _ in range(5)
            for one, other in zip(last(strengths[index]), alone[index], strict=True)
        )

    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(hammer, range(2))) == [True, True]
