"""Every row of the table leads to the places it names, checked against layers written out."""

import copy
import threading
from concurrent.futures import ThreadPoolExecutor
from functools import cache, partial

import pytest
import torch
from torch import nn

from contranorm import FAMILIES, PLACEMENTS, Placement, family, family_placements, trace
from tests.contranorm.blocks import BY_HAND, by_hand, only
from tests.contranorm.tiny_models import IDS, inputs, put, spread, tiny

NAMES = [row.name for row in FAMILIES]
PLACES = [(row.name, place) for row in FAMILIES for place in Placement if place in row.sites]
ABSENCES = [(row.name, place) for row in FAMILIES for place in row.absent]
shared = cache(tiny)  # tests leave a model as it was; that is tested too


def output(model, name):
    with torch.no_grad():
        return model(**inputs(name)).last_hidden_state


def test_every_family_has_every_placement_or_says_why_not():
    for row in FAMILIES:
        assert set(row.sites) | set(row.absent) == set(Placement)
        assert not set(row.sites) & set(row.absent)
        assert len(set(row.sites.values())) == len(row.sites)
        assert row.usual in row.sites


def test_a_reason_names_only_placements_that_the_family_has():
    values = [place.value for place in Placement]
    for row in FAMILIES:
        for reason in row.absent.values():
            named = [value for value in values if value in reason.replace(",", " ").split()]
            assert all(Placement(value) in row.sites for value in named)


def test_the_families_are_those_written_out_by_hand():
    assert set(NAMES) == set(BY_HAND)
    assert len(set(NAMES)) == len(NAMES)


@pytest.mark.parametrize(("name", "placement"), PLACES)
@torch.no_grad()
def test_the_norm_acts_where_the_placement_says(name, placement):
    model = shared(name)
    with put(model, spread, placement=placement):
        attached = output(model, name)
    expected = by_hand(model, name, inputs(name), only(spread, placement))
    torch.testing.assert_close(attached, expected, rtol=1e-4, atol=1e-4)
    assert (attached - output(model, name)).abs().max() > 1e-2


@pytest.mark.parametrize("name", NAMES)
@torch.no_grad()
def test_without_a_norm_the_layers_written_out_are_the_model(name):
    expected = by_hand(shared(name), name, inputs(name), only(spread, None))
    torch.testing.assert_close(output(shared(name), name), expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("name", NAMES)
def test_the_usual_placement_is_the_authors(name):
    model = shared(name)
    post = {"bert": "AFTER_ATTENTION_RESIDUAL", "deit": "BEFORE_ATTENTION_LAYER_NORM"}
    usual = Placement[post["bert" if family(name).block == "post" else "deit"]]
    with put(model, spread):
        default = output(model, name)
    with put(model, spread, placement=usual):
        assert torch.equal(default, output(model, name))


@pytest.mark.parametrize("name", NAMES)
@torch.no_grad()
def test_only_the_chosen_layers_are_changed_even_where_all_share_one(name):
    model = shared(name)
    with put(model, spread, placement=Placement.FEED_FORWARD_OUTPUT, layers=[2, 0]):
        attached = output(model, name)
    act = only(spread, Placement.FEED_FORWARD_OUTPUT, layers=(0, 2))
    expected = by_hand(model, name, inputs(name), act)
    torch.testing.assert_close(attached, expected, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize(("name", "placement"), ABSENCES)
def test_a_placement_the_family_lacks_is_refused_with_the_reason(name, placement):
    reason = family(name).absent[placement]
    with (
        pytest.raises(ValueError, match=f"got {placement.value}: {reason}"),
        put(shared(name), spread, placement=placement),
    ):
        pass


@pytest.mark.parametrize("name", NAMES)
def test_a_menu_gets_what_is_there_and_why_the_rest_is_not(name):
    there, absent = family_placements(shared(name))
    assert [*there] == [row.placement for row in PLACEMENTS if row.placement not in absent]
    assert set(there) == set(family(name).sites)
    assert all(reason.startswith(("in this family", "no LayerNorm")) for reason in absent.values())


@pytest.mark.parametrize("name", NAMES)
def test_a_trace_is_what_the_model_itself_reports(name):
    model = shared(name)
    with torch.no_grad():
        traced = trace(model, inputs(name))
        reported = model(**inputs(name), output_hidden_states=True, output_attentions=True)
    hidden = torch.stack(reported.hidden_states)
    torch.testing.assert_close(traced.hidden[:-1], hidden[:-1], rtol=0, atol=1e-5)
    torch.testing.assert_close(traced.final, reported.last_hidden_state, rtol=0, atol=1e-5)
    last = traced.hidden[-1]
    closed = getattr(model, family(name).final_norm or "none", nn.Identity())(last)
    torch.testing.assert_close(closed, traced.final, rtol=0, atol=1e-5)
    torch.testing.assert_close(traced.attention, torch.stack(reported.attentions))


@pytest.mark.parametrize("name", NAMES)
def test_an_attached_norm_changes_what_the_next_layer_reads(name):
    model = shared(name)
    with torch.no_grad():
        plain = trace(model, inputs(name), attention=False)
        with put(model, spread, layers=[0]):
            traced = trace(model, inputs(name), attention=False)
    assert torch.equal(traced.hidden[0], plain.hidden[0])
    assert (traced.hidden[1] - plain.hidden[1]).abs().max() > 1e-2


@pytest.mark.parametrize("name", NAMES)
def test_the_model_is_bit_identical_afterwards_even_after_an_error(name):
    model = tiny(name)
    weights, before = copy.deepcopy(model.state_dict()), output(model, name)
    for placement in family(name).sites:
        with put(model, spread, placement=placement):
            output(model, name)

    def broken(h):
        raise RuntimeError("from the norm")

    with pytest.raises(RuntimeError, match="from the norm"), put(model, broken):
        output(model, name)
    assert torch.equal(before, output(model, name))
    assert all(torch.equal(weights[key], now) for key, now in model.state_dict().items())
    assert not any(m._forward_hooks or m._forward_pre_hooks for m in model.modules())


@pytest.mark.parametrize("name", NAMES)
def test_two_threads_with_different_strengths_do_not_see_each_other(name):
    model = shared(name)

    def run(strength):
        norm = partial(spread, strength=strength)
        with put(model, norm, placement=Placement.FEED_FORWARD_OUTPUT, layers=[0, 2]):
            return output(model, name)

    strengths = (0.3, 0.9)
    alone, start = [run(strength) for strength in strengths], threading.Barrier(2)

    def hammer(index):
        start.wait()
        return all(torch.equal(run(strengths[index]), alone[index]) for _ in range(5))

    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(hammer, range(2))) == [True, True]


def test_a_convolution_after_the_first_layer_counts_as_part_of_it():
    model = tiny("deberta-v2", conv_kernel_size=3)
    with torch.no_grad():
        traced = trace(model, inputs("deberta-v2"))
        reported = model(**inputs("deberta-v2"), output_hidden_states=True)
    assert torch.equal(traced.hidden, torch.stack(reported.hidden_states))


def test_shared_layers_in_groups_are_counted_as_they_run():
    model = tiny("albert", num_hidden_groups=3)
    with torch.no_grad():
        traced = trace(model, inputs("albert"))
        reported = model(**inputs("albert"), output_hidden_states=True)
    assert torch.equal(traced.hidden, torch.stack(reported.hidden_states))
    assert traced.names == (
        "input",
        *(f"encoder.albert_layer_groups.{group}.albert_layers.0" for group in range(3)),
    )


def test_groups_of_several_layers_are_counted_one_by_one():
    model, last = tiny("albert", inner_group_num=2), Placement.AFTER_OUTPUT_LAYER_NORM
    with torch.no_grad():
        plain = trace(model, inputs("albert"))
        with put(model, spread, placement=last, layers=[5]):
            traced = trace(model, inputs("albert"))
    assert len(plain.hidden) == 7
    assert torch.equal(traced.hidden[:6], plain.hidden[:6])
    torch.testing.assert_close(traced.hidden[6], spread(plain.hidden[6]))
    with pytest.raises(ValueError, match="numbered from 0 to 5"), put(model, spread, layers=[6]):
        pass


def test_a_layer_that_a_shared_model_does_not_run_is_refused():
    with (
        pytest.raises(ValueError, match="numbered from 0 to 2; got"),
        put(shared("albert"), spread, layers=[3]),
    ):
        pass


def test_chunks_are_refused_only_inside_the_chunked_part():
    model = tiny("albert", chunk_size_feed_forward=3)
    with put(model, spread, placement=Placement.AFTER_OUTPUT_LAYER_NORM):
        output(model, "albert")
    with (
        pytest.raises(ValueError, match="chunk_size_feed_forward must be 0; got 3"),
        put(model, spread, placement=Placement.FEED_FORWARD_OUTPUT),
    ):
        pass


def test_a_model_whose_modules_have_other_names_is_refused_with_the_name():
    model = tiny("gpt2")
    model.h[1].ln_9 = model.h[1].ln_1
    del model.h[1].ln_1
    with (
        pytest.raises(ValueError, match="a gpt2 model must have a module 'ln_1' in its GPT2Block"),
        put(model, spread),
    ):
        pass
    assert not any(m._forward_hooks or m._forward_pre_hooks for m in model.modules())


@pytest.mark.parametrize("unknown", ["t5", None, "BERT"])
def test_an_unknown_family_is_answered_with_the_known_ones(unknown):
    with pytest.raises(ValueError, match=f"{', '.join(NAMES)}; got"):
        family(unknown)


def test_a_layer_that_runs_without_its_model_has_the_norm_too():
    layer = shared("bert").encoder.layer[1]
    h = torch.randn(1, IDS.shape[1], 16, generator=torch.Generator().manual_seed(2))
    with torch.no_grad(), put(shared("bert"), lambda h: 0 * h + 3, placement=LAST):
        for _ in range(4):
            assert torch.all(layer(h) == 3)


LAST = Placement.AFTER_OUTPUT_LAYER_NORM
