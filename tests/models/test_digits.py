import hashlib
import json
import shutil
import threading

import pytest
import torch

from contranorm import effective_rank, mean_cosine_similarity
from models.cards import (
    CHECKPOINTS,
    SHIPPED,
    SHIPPED_DEPTHS,
    TWIN_DEPTHS,
    Card,
    CheckpointError,
    card,
    load_twin,
)
from models.digits import TWINS, accuracy, digit_trace, share_right
from models.handwriting import digits, patches
from models.methods import METHODS
from training.config import RunConfig
from training.loop import evaluation
from training.task import commonest
from training.tasks import TASKS

ONE_DIGIT = 1 / 360  # another machine rounds otherwise, and may read one digit otherwise


EVERY = pytest.mark.parametrize(
    ("name", "depth"), [(name, depth) for depth in TWIN_DEPTHS for name in SHIPPED]
)


@EVERY
def test_the_accuracy_computed_now_is_the_one_on_the_card(name, depth):
    written = card(name, depth=depth).test_accuracy
    assert accuracy(name, trained_depth=depth) == pytest.approx(written, abs=1.01 * ONE_DIGIT)


@EVERY
def test_the_measures_computed_now_are_those_on_the_card(name, depth):
    last = digit_trace(name, range(360), trained_depth=depth).hidden[-1].double()
    written = card(name, depth=depth).measures
    assert effective_rank(last).mean().item() == pytest.approx(written.effective_rank, abs=0.01)
    cosine = mean_cosine_similarity(last).mean().item()
    assert cosine == pytest.approx(written.mean_cosine_similarity, abs=0.002)


def test_the_deep_twins_are_ordered_none_then_centring_then_contra_norm():
    assert accuracy("none") < accuracy("partial_centering") < accuracy("contra_norm")
    assert accuracy("layer_norm") < accuracy("contra_norm")


@EVERY
def test_every_card_says_how_its_network_was_made(name, depth):
    described = card(name, depth=depth)
    content = (CHECKPOINTS / "digits" / f"{name}-{depth}.safetensors").read_bytes()
    assert described.sha256 == hashlib.sha256(content).hexdigest()
    assert described.name == name
    assert described.treatment == METHODS[name].default.treatment
    assert described.title == METHODS[name].title
    assert described.test_answers == 360
    assert described.commonest == pytest.approx(commonest(digits().test_labels), abs=5e-5)
    assert described.config.depth == depth
    assert "CC BY 4.0" in described.data
    said = RunConfig(method=name, depth=depth, epochs=described.epochs, seed=described.seed)
    assert described.command == said.command


def test_all_checkpoints_together_stay_small():
    files = [path for path in CHECKPOINTS.rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) < 40_000_000
    assert len(files) == 2 * len(SHIPPED) * sum(map(len, SHIPPED_DEPTHS.values()))


@pytest.mark.parametrize("name", SHIPPED)
@pytest.mark.parametrize("task", sorted(set(SHIPPED_DEPTHS) - {"digits"}))
def test_the_other_tasks_cards_describe_the_networks_beside_them(task, name):
    (depth,) = SHIPPED_DEPTHS[task]
    described = card(name, depth=depth, task=task)
    network = load_twin(name, depth=depth, task=task)
    assert (
        network.config == described.config == RunConfig(task=task, method=name, depth=depth).network
    )
    run = RunConfig(task=task, method=name, depth=depth, epochs=described.epochs)
    assert described.command == run.command
    assert described.data.startswith(TASKS[task].title)
    assert described.test_answers > 500


@pytest.mark.parametrize("name", SHIPPED)
def test_the_sentences_are_answered_as_the_cards_say(name):
    test = TASKS["agreement"].data(0).test
    found = evaluation(load_twin(name, depth=12, task="agreement"), test)
    written = card(name, depth=12, task="agreement")
    assert found.accuracy == pytest.approx(written.test_accuracy, abs=2.1 / len(test.labels))
    assert written.commonest == pytest.approx(commonest(test.labels), abs=5e-5)


def test_twins_differ_in_their_treatment_only():
    shared = ("data", "split", "seed", "epochs", "test_answers", "torch")
    cards = [card(name, depth=depth) for name in SHIPPED for depth in TWIN_DEPTHS]
    assert all(getattr(c, field) == getattr(cards[0], field) for c in cards for field in shared)
    contra = card("contra_norm").treatment
    assert (contra.scale, contra.temperature) == (1.0, 0.2)
    assert card("partial_centering").treatment.scale == 1.0
    assert set(TWINS) < set(SHIPPED)


def test_a_card_survives_being_written_and_read():
    described = card("contra_norm")
    assert Card.from_json(described.to_json()) == described


def test_a_trace_is_the_network_with_the_norm_it_was_trained_with():
    traced = digit_trace("contra_norm", 7)
    network = load_twin("contra_norm")
    with torch.no_grad():
        run = network.trace(patches(digits().test_pixels[7:8]))
    assert torch.equal(traced.hidden, run.hidden)
    assert traced.hidden.shape == (25, 1, 16, 64)
    assert traced.attention.shape == (24, 1, 4, 16, 16)


def test_scale_temperature_and_depth_reach_the_network():
    default = digit_trace("contra_norm", 3).hidden
    assert not torch.allclose(digit_trace("contra_norm", 3, scale=0.1).hidden, default)
    assert not torch.allclose(digit_trace("contra_norm", 3, temperature=1.0).hidden, default)
    assert not torch.allclose(
        digit_trace("partial_centering", 3, scale=0.1).hidden,
        digit_trace("partial_centering", 3).hidden,
    )
    assert torch.equal(digit_trace("contra_norm", 3, depth=5).hidden, default[:6])


def test_the_network_without_a_norm_ignores_scale_and_temperature():
    plain = digit_trace("none", [0, 1])
    assert torch.equal(plain.hidden, digit_trace("none", [0, 1], scale=3, temperature=9.0).hidden)


def test_accuracy_follows_the_scale_and_the_depth():
    assert accuracy("contra_norm", scale=0.0) < accuracy("contra_norm") - 0.1
    assert accuracy("contra_norm", depth=1) < accuracy("contra_norm") - 0.1
    assert accuracy("contra_norm", temperature=10.0) != accuracy("contra_norm")


def test_several_digits_are_traced_in_the_order_asked():
    both = digit_trace("contra_norm", [5, 2]).hidden
    torch.testing.assert_close(
        both[:, 1:], digit_trace("contra_norm", 2).hidden, rtol=0.01, atol=0.01
    )


@pytest.mark.parametrize("index", [360, -1, []])
def test_a_digit_that_does_not_exist_is_refused(index):
    with pytest.raises(ValueError, match="numbered from 0 to 359; got"):
        digit_trace("none", index)


def test_share_right_counts_rows():
    logits = torch.eye(4)
    assert share_right(logits, torch.tensor([0, 1, 2, 0])) == 0.75


def test_an_unknown_network_is_answered_with_the_known_ones():
    with pytest.raises(CheckpointError, match="one of none, layer_norm, partial_cent"):
        load_twin("batch_norm")


def test_a_changed_file_is_refused(tmp_path):
    (tmp_path / "digits").mkdir()
    for suffix in ("json", "safetensors"):
        shutil.copy(CHECKPOINTS / "digits" / f"none-24.{suffix}", tmp_path / "digits")
    assert load_twin("none", folder=tmp_path).config.depth == 24
    weights = tmp_path / "digits" / "none-24.safetensors"
    content = bytearray(weights.read_bytes())
    content[-1] ^= 1
    weights.write_bytes(bytes(content))
    with pytest.raises(CheckpointError, match="must have the sha256 on its card"):
        load_twin("none", folder=tmp_path)


def test_a_card_without_its_weights_is_refused(tmp_path):
    (tmp_path / "digits").mkdir()
    shutil.copy(CHECKPOINTS / "digits" / "none-24.json", tmp_path / "digits")
    with pytest.raises(CheckpointError, match=r"none-24\.safetensors is missing"):
        load_twin("none", folder=tmp_path)


@EVERY
def test_the_cards_are_plain_json_with_a_sha256(name, depth):
    fields = json.loads((CHECKPOINTS / "digits" / f"{name}-{depth}.json").read_text())
    assert len(fields["sha256"]) == 64


def test_an_unknown_depth_is_answered_with_the_known_ones():
    with pytest.raises(CheckpointError, match="of depth 6, 12, 24 for digits; got 'none'"):
        card("none", depth=7)


def test_threads_that_trace_one_network_agree():
    expected = digit_trace("contra_norm", 0).hidden
    agreed = []

    def look():
        agreed.append(torch.equal(digit_trace("contra_norm", 0).hidden, expected))

    threads = [threading.Thread(target=look) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert agreed == [True] * 6
