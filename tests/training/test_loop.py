import copy
import dataclasses
import math

import pytest
import torch

from contranorm import MEASURES
from models.methods import METHODS
from models.network import Network, Pass
from models.treatment import Treatment
from training.config import RunConfig
from training.loop import (
    Cancelled,
    Diverged,
    Training,
    batches,
    optimizer_of,
    spreading_loss,
    step,
)
from training.probe import PROBED, gradient_lengths, layers
from training.task import Part, answer_loss

SPREADING = Treatment(temperature=0.5, loss_layers="all", loss_weight=0.3)


def without_time(records):
    return [dataclasses.replace(record, seconds=0.0) for record in records]


def test_equal_runs_give_equal_records_whatever_was_drawn_before(small):
    first = without_time(Training(small()).epochs())
    torch.rand(7)
    assert without_time(Training(small()).epochs()) == first
    assert without_time(Training(small(seed=1, split=0)).epochs()) != first


@pytest.mark.parametrize("learned", [True, False])
def test_a_held_gain_stays_where_it_started_while_everything_else_learns(small, learned):
    training = Training(small(gain=2.0, learned_gain=learned, epochs=1))
    before = copy.deepcopy(training.network.state_dict())
    list(training.epochs())
    after = training.network.state_dict()
    stayed = {name for name, now in after.items() if now.equal(before[name])}
    held = {name for name in before if "after_norm" in name}
    assert held
    assert stayed == (set() if learned else held)


def test_training_leaves_the_random_state_of_others_alone(small):
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    list(Training(small(epochs=1)).epochs())
    assert torch.equal(torch.rand(3), expected)


def test_a_step_is_adamw_on_the_gradient_of_loss_and_spread_cut_to_its_length(small):
    training = Training(small(method="uniformity_all"))
    network, train = training.network, training.data.train
    written_out = copy.deepcopy(network)
    weights = list(written_out.parameters())
    reference = torch.optim.AdamW(weights, lr=1e-3)
    for rows in list(batches(96, training.config, 0))[:2]:
        part = Part(train.inputs[rows], train.labels[rows])
        run = written_out(part.inputs)
        chosen = run.logits.log_softmax(-1).gather(1, part.labels.unsqueeze(1))
        spread = spreading_loss(run, training.setting.treatment)
        slopes = torch.autograd.grad(spread - chosen.mean(), weights)
        length = sum(slope.square().sum() for slope in slopes).sqrt()
        assert length > 0.05
        for weight, slope in zip(weights, slopes, strict=True):
            weight.grad = slope * min(1.0, 0.05 / length)
        reference.step()
        step(network, training.optimizer, part, training.setting.treatment, 0.05)
    for ours, theirs in zip(network.parameters(), weights, strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-3, atol=1e-4)


def test_the_score_of_a_step_is_that_of_the_batch_before_the_update(small):
    training = Training(small())
    part = training.data.validation
    logits = training.network(part.inputs).logits.detach()
    score = step(training.network, training.optimizer, part, training.setting.treatment, 1.0)
    assert score.loss == pytest.approx(
        -logits.log_softmax(-1)[torch.arange(32), part.labels].mean().item()
    )
    assert score.accuracy == (logits.argmax(-1) == part.labels).double().mean().item()


@pytest.mark.parametrize("chosen", ["last", "all"])
def test_the_spread_is_the_uniformity_loss_over_pairs_of_tokens(chosen):
    hidden = list(torch.randn(3, 2, 4, 5, generator=torch.Generator().manual_seed(0)))
    total, terms = 0.0, 0
    for h in hidden[-1:] if chosen == "last" else hidden[1:]:
        for item in h:
            for one in item:
                alike = [
                    math.exp(torch.cosine_similarity(one, other, dim=0).item() / 0.5)
                    for other in item
                ]
                total, terms = total + math.log(sum(alike)), terms + 1
    treatment = dataclasses.replace(SPREADING, loss_layers=chosen)
    loss = spreading_loss(Pass(torch.zeros(2, 2), hidden), treatment)
    assert loss.item() == pytest.approx(0.3 * total / terms, rel=1e-5)


def test_without_a_loss_nothing_is_added():
    assert spreading_loss(Pass(torch.zeros(1), []), Treatment()) == 0.0


def test_an_epoch_deals_every_input_once_in_an_order_that_the_method_does_not_change():
    config = RunConfig(batch=40)
    first, second = (torch.cat(list(batches(100, config, epoch))) for epoch in (0, 1))
    assert torch.equal(first.sort().values, torch.arange(100))
    assert not torch.equal(first, second)
    assert [len(rows) for rows in batches(100, config, 0)] == [40, 40, 20]
    other = torch.cat(list(batches(100, RunConfig(batch=40, method="none"), 0)))
    assert torch.equal(first, other)


def test_records_hold_scores_of_every_part_and_every_layer(small):
    records = list(Training(small()).epochs())
    assert [record.epoch for record in records] == [0, 1, 2, 3]
    assert [record.step for record in records] == [0, 3, 6, 9]
    assert records[0].train is None
    assert records[-1].train.loss < records[1].train.loss
    for record in records:
        assert [layer.layer for layer in record.layers] == [0, 1, 2]
        assert record.seconds > 0
    assert records[0].layers[1].gradient is None
    assert records[1].layers[0].gradient is None
    assert records[1].layers[1].gradient > 0
    tokens = {name for name, row in MEASURES.items() if row.takes == "tokens"}
    assert set(records[0].layers[0].measures) == tokens
    assert set(records[0].layers[1].measures) == tokens | {"attention_similarity"}


def test_scores_are_of_the_parts_they_are_named_for(small):
    training = Training(small(epochs=0))
    (record,) = training.epochs()
    for score, part in (
        (record.validation, training.data.validation),
        (record.test, training.data.test),
    ):
        logits = training.network(part.inputs).logits
        assert score.accuracy == (logits.argmax(-1) == part.labels).double().mean().item()


def test_measures_are_means_over_the_probe_batch_layer_by_layer(small):
    training = Training(small())
    probed = training.data.test.inputs[:PROBED]
    seen = layers(training.network, probed, [])
    with torch.no_grad():
        hidden = training.network(probed).hidden
    for layer, h in zip(seen, hidden, strict=True):
        sigma = torch.linalg.svdvals(h.double())
        p = sigma / sigma.sum(-1, keepdim=True)
        expected = (-(p * p.clamp_min(1e-300).log()).sum(-1)).exp().mean().item()
        assert layer.measures["effective_rank"] == pytest.approx(expected, rel=1e-3)


def test_gradients_are_told_by_block(small):
    network = Training(small()).network
    network(torch.rand(4, 16, 4)).logits.sum().backward()
    for block, length in zip(network.blocks, gradient_lengths(network), strict=True):
        squares = sum(weight.grad.square().sum().item() for weight in block.parameters())
        assert length == pytest.approx(squares**0.5, rel=1e-4)


@pytest.mark.parametrize("clip", [0.05, 1e6])
def test_gradients_are_told_as_they_were_before_they_were_cut(small, clip):
    training = Training(small())
    network, part = training.network, training.data.train
    uncut = copy.deepcopy(network)
    answer_loss(uncut(part.inputs).logits, part.labels).backward()
    taken = step(network, training.optimizer, part, training.setting.treatment, clip)
    assert (taken.cut == 1) == (clip > 1)
    assert gradient_lengths(network, taken.cut) == pytest.approx(gradient_lengths(uncut), rel=1e-3)


def test_what_is_recorded_of_a_gradient_is_not_cut(small):
    _, record = Training(small(clip=1e-3, epochs=1)).epochs()
    assert max(layer.gradient for layer in record.layers[1:]) > 10 * 1e-3


def test_a_warm_up_raises_the_learning_rate_evenly_to_its_value(small):
    training = Training(small(warm_up=4, epochs=2, learning_rate=0.01))
    rates = []
    inner = training.optimizer.step

    def watched(*args, **kwargs):
        rates.append(training.optimizer.param_groups[0]["lr"])
        return inner(*args, **kwargs)

    training.optimizer.step = watched
    list(training.epochs())
    assert rates == pytest.approx([0.0025, 0.005, 0.0075, 0.01, 0.01, 0.01])


def test_a_loss_that_is_no_number_stops_with_a_sentence_and_keeps_the_records(small):
    training = Training(small(scale=1e30))
    records = []
    with pytest.raises(Diverged, match=r"must stay a finite number; it was nan at step 1 of epoch"):
        for record in training.epochs():
            records.append(record)
    assert [record.epoch for record in records] == [0]


def test_a_spread_that_is_no_number_stops_too(small):
    training = Training(small(method="uniformity_all", loss_weight=1e39))
    with pytest.raises(Diverged, match="finite number"):
        list(training.epochs())


def test_a_request_to_stop_is_heard_before_the_next_step(small):
    training, asked = Training(small(epochs=50)), []

    def stop():
        asked.append(training.step)
        return training.step == 4

    with pytest.raises(Cancelled, match="stopped in epoch 2"):
        list(training.epochs(stop))
    assert asked == [0, 1, 2, 3, 4]
    assert training.step == 4


def test_all_methods_are_trained_with_the_same_optimiser():
    network = Network(RunConfig(depth=1, width=16).network)
    optimizer = optimizer_of(network, 0.01)
    assert isinstance(optimizer, torch.optim.AdamW)
    assert len(optimizer.param_groups) == 1
    assert len(optimizer.param_groups[0]["params"]) == len(list(network.parameters()))


@pytest.mark.parametrize("method", METHODS)
def test_every_method_trains_and_moves_its_weights(small, method):
    training = Training(small(method=method, epochs=1))
    before = [weight.clone() for weight in training.network.parameters()]
    *_, last = training.epochs()
    assert math.isfinite(last.train.loss)
    moved = [
        not torch.equal(old, new)
        for old, new in zip(before, training.network.parameters(), strict=True)
    ]
    assert sum(moved) >= len(moved) - 1


def test_words_are_learned_by_the_same_loop_and_only_the_verb_is_scored():
    config = RunConfig(
        task="agreement", depth=1, width=16, heads=2, batch=256, epochs=2, learning_rate=0.01
    )
    training = Training(config)
    first, _, last = training.epochs()
    assert training.network(training.data.test.inputs[:3]).logits.shape == (3, 12, 2)
    assert first.test.accuracy == pytest.approx(0.5, abs=0.1)
    assert last.train.loss < math.log(2) - 0.05
    assert last.test.accuracy > first.test.accuracy + 0.05
