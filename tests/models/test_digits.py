import hashlib
import json
import shutil
import threading

import pytest
import torch

from contranorm import effective_rank, mean_cosine_similarity
from models.digits import (
    CHECKPOINTS,
    TWINS,
    Card,
    CheckpointError,
    accuracy,
    card,
    digit_trace,
    digits,
    load_twin,
    share_right,
)

ONE_DIGIT = 1 / 360  # another machine rounds otherwise, and may read one digit otherwise


@pytest.mark.parametrize("name", TWINS)
def test_the_accuracy_computed_now_is_the_one_on_the_card(name):
    assert accuracy(name) == pytest.approx(card(name).test_accuracy, abs=1.01 * ONE_DIGIT)


@pytest.mark.parametrize("name", TWINS)
def test_the_measures_computed_now_are_those_on_the_card(name):
    last = digit_trace(name, range(360)).hidden[-1].double()
    written = card(name).measures
    assert effective_rank(last).mean().item() == pytest.approx(written.effective_rank, abs=0.01)
    cosine = mean_cosine_similarity(last).mean().item()
    assert cosine == pytest.approx(written.mean_cosine_similarity, abs=0.002)


def test_the_trio_is_ordered_none_then_centring_then_contra_norm():
    assert accuracy("none") < accuracy("partial_centering") < accuracy("contra_norm")


@pytest.mark.parametrize("name", TWINS)
def test_every_card_says_how_its_network_was_made(name):
    described = card(name)
    content = (CHECKPOINTS / f"{name}.safetensors").read_bytes()
    assert described.sha256 == hashlib.sha256(content).hexdigest()
    assert described.name == described.norm == name
    assert described.test_digits == 360
    assert described.config.depth == 24
    for option in (f"--seed {described.seed}", f"--epochs {described.epochs}", "--depth 24"):
        assert option in described.command
    assert len(content) < 6_000_000


def test_the_trio_differs_in_its_norm_only():
    shared = ("config", "seed", "epochs", "command", "test_digits", "torch")
    cards = [card(name) for name in TWINS]
    assert all(getattr(c, field) == getattr(cards[0], field) for c in cards for field in shared)
    assert (card("contra_norm").scale, card("contra_norm").temperature) == (1.0, 0.2)
    assert card("partial_centering").scale == 1.0


def test_a_card_survives_being_written_and_read():
    described = card("contra_norm")
    assert Card.from_json(described.to_json()) == described


def test_the_split_is_fixed_covers_everything_once_and_is_balanced():
    data = digits()
    assert data.train_pixels.shape == (1437, 8, 8)
    assert data.test_pixels.shape == (360, 8, 8)
    assert data.train_pixels.min() == 0
    assert data.train_pixels.max() == 1
    assert torch.bincount(data.test_labels).tolist() == [36, 36, 35, 37, 36, 37, 36, 36, 35, 36]
    train = {tuple(image.flatten().tolist()) for image in data.train_pixels}
    test = {tuple(image.flatten().tolist()) for image in data.test_pixels}
    assert not train & test


def test_a_trace_is_the_network_with_the_norm_it_was_trained_with():
    traced = digit_trace("contra_norm", 7)
    network = load_twin("contra_norm")
    with torch.no_grad():
        run = network(digits().test_pixels[7:8], norm="contra_norm", scale=1.0, temperature=0.2)
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
    with pytest.raises(CheckpointError, match="one of none, partial_centering, contra_norm"):
        load_twin("batch_norm")


def test_a_changed_file_is_refused(tmp_path):
    for suffix in ("json", "safetensors"):
        shutil.copy(CHECKPOINTS / f"none.{suffix}", tmp_path)
    assert load_twin("none", folder=tmp_path).config.depth == 24
    content = bytearray((tmp_path / "none.safetensors").read_bytes())
    content[-1] ^= 1
    (tmp_path / "none.safetensors").write_bytes(bytes(content))
    with pytest.raises(CheckpointError, match="must have the sha256 on its card"):
        load_twin("none", folder=tmp_path)


def test_a_card_without_its_weights_is_refused(tmp_path):
    shutil.copy(CHECKPOINTS / "none.json", tmp_path)
    with pytest.raises(CheckpointError, match=r"none\.safetensors is missing"):
        load_twin("none", folder=tmp_path)


def test_the_cards_are_plain_json_with_a_sha256():
    for name in TWINS:
        fields = json.loads((CHECKPOINTS / f"{name}.json").read_text())
        assert len(fields["sha256"]) == 64


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
