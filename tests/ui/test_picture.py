from dataclasses import replace

import numpy as np
import pytest
import torch

from contranorm import attention_similarity, effective_rank, mean_cosine_similarity
from models.encoder import encode, kept_weights
from ui.compute import forget
from ui.findings import findings
from ui.picture import joined, measured, picture
from ui.seen import Seen, seen
from ui.settings import Settings
from ui.text import words

DEFAULT = Settings()
SHORT = replace(DEFAULT, depth=4, text="one two three four five")


@pytest.fixture(scope="module")
def packet():
    return picture(DEFAULT)


def test_by_default_the_plain_branch_collapses_and_contra_norm_keeps_its_rank(packet):
    assert packet.branches == ("none", "contra_norm", "partial_centering")
    assert len(packet.tokens) >= 12
    assert packet.depth == 24
    assert packet.effective_rank[-1, 0] < 2
    assert packet.effective_rank[-1, 1] >= 0.8 * packet.effective_rank[0, 1]


def test_the_findings_say_it_in_computed_words(packet):
    said = findings(packet, words("watch"))
    assert len(said) == 4
    assert f"{packet.effective_rank[-1, 0]:.2f}" in said[0]
    assert "fell" in said[0]
    assert words("watch")("collapsed") in said[0]
    assert words("watch")("open") in said[1]
    turned = replace(packet, effective_rank=packet.effective_rank[::-1].copy())
    assert "rose" in findings(turned, words("watch"))[0]


@pytest.mark.parametrize(
    ("ranks", "entry"),
    [
        ((1, 10, 9.9), "1.0 % apart: by this measure hardly"),
        ((1, 10, 5), "partial centring is 50.0 % lower"),
        ((1, 5, 10), "ContraNorm is 50.0 % lower"),
    ],
)
def test_the_last_sentence_compares_the_right_branches(packet, ranks, entry):
    changed = packet.effective_rank.copy()
    changed[-1] = ranks
    assert entry in findings(replace(packet, effective_rank=changed), words("watch"))[-1]


def three_branches(hidden, attention):
    """Join three branches given as (layers, branches, n, d) and (layers, branches, heads, n, n)."""
    words = tuple("abcde")
    runs = [measured(Seen(words, hidden[:, b], attention[:, b])) for b in range(3)]
    return joined(("none", "contra_norm", "partial_centering"), runs)


def test_the_numbers_are_those_of_the_hidden_states():
    generator = torch.Generator().manual_seed(0)
    hidden = torch.randn(3, 3, 5, 8, generator=generator)
    attention = torch.rand(2, 3, 2, 5, 5, generator=generator).softmax(-1)
    packet = three_branches(hidden, attention)
    for layer in range(3):
        for branch in range(3):
            h = hidden[layer, branch].double()
            sigma = torch.linalg.svdvals(h)
            np.testing.assert_allclose(packet.singular_values[layer, branch], sigma, rtol=1e-5)
            rank = effective_rank(h).item()
            assert packet.effective_rank[layer, branch] == pytest.approx(rank, rel=1e-5)
            cosine = mean_cosine_similarity(h).item()
            assert packet.mean_cosine[layer, branch] == pytest.approx(cosine, abs=1e-5)
            spread = (h - h.mean(0)).square().sum(-1).mean().sqrt().item()
            assert packet.spread[layer, branch] == pytest.approx(spread, rel=1e-5)
            away = packet.coordinates[layer, branch][:, None] - packet.coordinates[layer, branch]
            true = (h[:, None] - h).norm(dim=-1).numpy()
            assert (np.linalg.norm(away, axis=-1) <= true + 1e-5).all()
    for layer in range(2):
        for branch in range(3):
            similarity = attention_similarity(attention[layer, branch].double()).mean().item()
            shown = packet.attention_similarity[layer, branch]
            assert shown == pytest.approx(similarity, rel=1e-5)


def test_a_rival_without_a_step_size_is_not_run_again_when_s_moves(monkeypatch):
    plain = replace(SHORT, rival="layer_norm")
    picture(plain)
    seen = []
    monkeypatch.setattr(
        "ui.seen.encode", lambda *a, **k: (seen.append(k["branches"]), encode(*a, **k))[1]
    )
    picture(replace(plain, scale=0.3))
    assert [branch.norm for together in seen for branch in together] == ["contra_norm"]


def test_the_pair_of_directions_carries_the_share_it_says_and_no_pair_carries_more():
    hidden = torch.randn(3, 3, 5, 8, generator=torch.Generator().manual_seed(0))
    packet = three_branches(hidden, torch.full((2, 3, 1, 5, 5), 0.2))
    centred = (hidden - hidden.mean(dim=2, keepdim=True)).double().flatten(0, 2)
    energy = np.square(packet.coordinates).sum(axis=(0, 1, 2)) / centred.square().sum().item()
    np.testing.assert_allclose(packet.share, energy, rtol=1e-4)
    best = torch.linalg.svdvals(centred).square()[:2].sum() / centred.square().sum()
    assert sum(packet.share) == pytest.approx(best.item(), rel=1e-4)


def test_two_dimensional_clouds_are_projected_without_loss():
    generator = torch.Generator().manual_seed(0)
    plane = torch.linalg.qr(torch.randn(8, 2, generator=generator)).Q
    hidden = torch.randn(2, 3, 5, 2, generator=generator) @ plane.mT
    packet = three_branches(hidden, torch.full((1, 3, 1, 5, 5), 0.2))
    assert sum(packet.share) == pytest.approx(1, abs=1e-5)
    norms = np.linalg.norm(packet.coordinates, axis=-1)
    centred = hidden - hidden.mean(dim=2, keepdim=True)
    np.testing.assert_allclose(norms, centred.norm(dim=-1), rtol=1e-4)


@pytest.mark.parametrize(
    ("moved", "runs"),
    [
        ({"temperature": 0.3}, 1),
        ({"scale": 0.3}, 2),
        ({"seed": 7}, 3),
        ({"rival": "layer_norm"}, 1),
        ({"rival": "layer_norm", "scale": 0.3}, 2),
    ],
)
def test_only_the_branches_a_setting_acts_on_are_run_again(monkeypatch, moved, runs):
    forget()
    picture(SHORT)
    seen = []
    monkeypatch.setattr(
        "ui.seen.encode", lambda *a, **k: (seen.append(k["branches"]), encode(*a, **k))[1]
    )
    fresh = picture(replace(SHORT, **moved))
    assert sum(map(len, seen)) == runs
    forget()
    again = picture(replace(SHORT, **moved))
    np.testing.assert_array_equal(fresh.coordinates, again.coordinates)
    np.testing.assert_array_equal(fresh.effective_rank, again.effective_rank)


def test_forgetting_drops_the_drawn_layers_too():
    picture(SHORT)
    assert kept_weights() > 0
    forget()
    assert kept_weights() == 0


@pytest.mark.parametrize("other", [{"scale": 0.9}, {"temperature": 1.5}, {"depth": 23}])
def test_no_axis_flips_between_neighbouring_settings(packet, other):
    start, moved = packet.coordinates[0, 0], picture(replace(DEFAULT, **other)).coordinates[0, 0]
    for axis in (0, 1):
        assert np.corrcoef(start[:, axis], moved[:, axis])[0, 1] > 0.5


def test_exact_collapse_is_at_the_noise_floor_and_a_cloud_is_not(packet):
    assert not packet.noisy(0, 0)
    tiny = replace(packet, spread=packet.spread * np.array([1e-9, 1, 1], dtype=np.float32))
    assert tiny.noisy(0, 0)
    assert not tiny.noisy(0, 1)


@pytest.mark.parametrize(
    "change",
    [
        {"scale": 0.2},
        {"temperature": 0.1},
        {"depth": 3},
        {"text": "other words here"},
        {"seed": 1},
        {"gain": 2.0},
        {"residual": False},
        {"mlp": False},
        {"layer_norm": "pre"},
        {"positions": False},
        {"rival": "pair_norm"},
        {"form": "plain"},
        {"placement": "after_attention_residual"},
        {"width": 64},
        {"heads": 1},
        {"attention_temperature": 0.2},
    ],
)
def test_every_setting_of_the_lab_encoder_changes_the_picture(change):
    base, other = picture(SHORT), picture(replace(SHORT, **change))
    same = base.effective_rank.shape == other.effective_rank.shape and np.allclose(
        base.effective_rank, other.effective_rank
    )
    assert not same


def test_minilm_gives_all_branches_and_obeys_the_placement():
    settings = replace(SHORT, model="minilm", depth=6)
    base = picture(settings)
    other = picture(replace(settings, placement="attention_context"))
    assert base.depth == 6
    assert not np.allclose(base.effective_rank[:, 1], other.effective_rank[:, 1])
    np.testing.assert_allclose(base.effective_rank[:, 0], other.effective_rank[:, 0])


def test_digits_answer_with_the_trained_networks():
    packet = picture(replace(DEFAULT, model="digits", temperature=0.2))
    assert len(packet.answers) == 3
    assert len(packet.pixels) == 8
    assert packet.tokens[4] == "2,1"


@pytest.mark.parametrize("text", ["", "word", "x " * 5_000, "<b>%{x}</b> {0} {title}", "\x00"])
def test_hostile_text_gives_a_packet(text):
    packet = picture(replace(SHORT, text=text))
    assert 1 <= len(packet.tokens) <= 64
    assert np.isfinite(packet.effective_rank).all()


@pytest.mark.parametrize("model", ["lab", "minilm"])
def test_a_branch_is_the_same_whatever_runs_beside_it(model):
    settings = replace(SHORT, model=model)
    branches = [*settings.branches(), *replace(settings, scale=2.0).branches()[1:]]
    beside = seen(settings, branches)
    for branch, one in zip(branches, beside, strict=True):
        (alone,) = seen(settings, [branch])
        assert torch.equal(one.hidden, alone.hidden)
        assert torch.equal(one.attention, alone.attention)
    assert not torch.allclose(beside[1].hidden, beside[3].hidden, atol=1e-2)


def test_a_branch_is_the_same_beside_others_for_a_text_of_any_length():
    for length in range(1, 25):
        settings = replace(SHORT, depth=2, text=" ".join("abcdefghijklmnopqrstuvwx"[:length]))
        branches = settings.branches()
        for branch, one in zip(branches, seen(settings, branches), strict=True):
            (alone,) = seen(settings, [branch])
            assert torch.equal(one.hidden, alone.hidden), length
