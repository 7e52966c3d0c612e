import pytest
import torch

from contranorm.placements import Placement
from models.branch import Branch
from models.leak import VOCABULARY, leak, random_gpt2, random_ids
from models.reading import applied

IDS = random_ids(["a", "tiny", "model", "reads", "six", "words"])
LATER = torch.triu(torch.ones(len(IDS), len(IDS), dtype=torch.bool), 1)
OURS = applied(Branch("contra_norm", 1.0, 0.5))
PLACES = (Placement.BEFORE_ATTENTION_LAYER_NORM, Placement.AFTER_FEED_FORWARD_RESIDUAL)


def by_hand(ids, norm):
    """The same numbers, one sentence at a time through the model's own call."""
    from contextlib import nullcontext

    from contranorm import attach

    def outputs(row):
        put = attach(model, norm, placement=PLACES[0], causal=False) if norm else nullcontext()
        with put, torch.inference_mode():
            return model(input_ids=torch.tensor([row])).last_hidden_state[0].double()

    model, rows = random_gpt2(), []
    start = outputs(list(ids))
    for place, one in enumerate(ids):
        changed = [*ids[:place], (one + 1) % VOCABULARY, *ids[place + 1 :]]
        rows.append((outputs(changed) - start).norm(dim=-1) / start.norm(dim=-1))
    return torch.stack(rows, dim=1)  # (output, changed)


@pytest.mark.parametrize("norm", [None, OURS], ids=["none", "contra_norm"])
def test_the_leak_is_that_of_single_runs(norm):
    found = leak(random_gpt2(), IDS, norm=norm, placement=PLACES[0], causal=False)
    torch.testing.assert_close(found.double(), by_hand(IDS, norm), atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.value)
def test_with_the_mask_no_output_moves_when_a_later_token_is_changed(place):
    masked = leak(random_gpt2(), IDS, norm=OURS, placement=place, causal=True)
    open_to_all = leak(random_gpt2(), IDS, norm=OURS, placement=place, causal=False)
    assert masked[LATER].max() < 1e-5
    assert open_to_all[LATER].min() > 1e-4
    assert masked[~LATER].min() > 1e-3


def test_a_model_without_a_norm_does_not_leak():
    assert leak(random_gpt2(), IDS, norm=None)[LATER].max() < 1e-5


def test_the_tiny_model_is_the_same_every_time_and_leaves_the_seed_alone():
    random_gpt2.cache_clear()
    torch.manual_seed(5)
    expected = torch.rand(2)
    torch.manual_seed(5)
    first = random_gpt2()
    assert torch.equal(torch.rand(2), expected)
    random_gpt2.cache_clear()
    torch.testing.assert_close(first.wte.weight, random_gpt2().wte.weight, rtol=0, atol=0)
