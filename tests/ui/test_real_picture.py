from dataclasses import replace

import numpy as np
import pytest
import torch

from contranorm import effective_rank
from contranorm.placements import Placement
from models.reading import sentence_trace
from ui.real_picture import picture
from ui.real_settings import RealSettings

SHORT = RealSettings(text="a cat saw a dog\nanother line")


@pytest.fixture(scope="module")
def real():
    return picture(SHORT)


def traced(settings, branch):
    return sentence_trace(
        settings.sentence, branches=[branch], placement=Placement(settings.placement)
    )[0]


@pytest.mark.parametrize("branch", [0, 1, 2])
def test_every_number_is_that_of_the_models_own_run(real, branch):
    run = traced(SHORT, SHORT.branches()[branch])
    hidden = run.hidden.double()
    np.testing.assert_allclose(
        real.packet.effective_rank[:, branch], effective_rank(hidden), rtol=1e-4
    )
    np.testing.assert_allclose(real.attention[:, branch], run.attention[:, 0], atol=1e-6)
    for layer, h in enumerate(hidden):
        for i in range(len(h)):
            for j in range(len(h)):
                cosine = torch.cosine_similarity(h[i], h[j], dim=0)
                assert real.cosine[layer, branch, i, j] == pytest.approx(cosine.item(), abs=1e-5)
    np.testing.assert_allclose(real.embeddings[branch], hidden[-1].mean(0), atol=1e-5)


def test_the_head_asked_for_is_the_one_shown_and_beyond_the_last_the_last(real):
    maps = traced(SHORT, SHORT.branches()[0]).attention
    third, beyond = picture(replace(SHORT, head=3)), picture(replace(SHORT, head=99))
    np.testing.assert_allclose(third.attention[:, 0], maps[:, 2], atol=1e-6)
    np.testing.assert_allclose(beyond.attention[:, 0], maps[:, -1], atol=1e-6)
    assert (third.head, beyond.head, real.heads) == (3, 12, 12)


def test_the_line_on_screen_is_the_one_run(real):
    assert "another" in picture(replace(SHORT, line=2)).packet.tokens
    assert "another" not in real.packet.tokens


@pytest.mark.parametrize(
    "change",
    [
        {"scale": 0.2},
        {"temperature": 0.1},
        {"placement": "after_output_layer_norm"},
        {"rival": "pair_norm"},
        {"form": "plain"},
    ],
)
def test_every_setting_moves_a_norm_and_leaves_the_unmodified_model_alone(real, change):
    other = picture(replace(SHORT, **change))
    np.testing.assert_array_equal(other.cosine[:, 0], real.cosine[:, 0])
    assert not np.allclose(other.cosine[:, 1:], real.cosine[:, 1:], atol=1e-4)


def test_the_unmodified_model_is_run_once_whatever_norm_is_put_in(monkeypatch, real):
    seen = []
    monkeypatch.setattr(
        "ui.real_picture.sentence_trace",
        lambda *a, **k: (seen.append(k["branches"][0].norm), sentence_trace(*a, **k))[1],
    )
    picture(replace(SHORT, placement="attention_context", scale=0.35))
    # two threads, so that either may be asked first; neither is the model without a norm
    assert sorted(seen) == ["contra_norm", "partial_centering"]


def test_what_is_kept_of_the_embedding_is_its_cosine_with_the_models_own(real):
    none, ours = (torch.tensor(real.embeddings[branch]) for branch in (0, 1))
    assert real.kept[0] == pytest.approx(1, abs=1e-6)
    assert real.kept[1] == pytest.approx(torch.cosine_similarity(none, ours, dim=0).item())
    assert 0 < real.kept[1] < 0.999


def test_the_closest_two_tokens_are_the_most_alike_of_all_pairs(real):
    cosine = real.cosine[4, 1]
    first, second, value = real.closest(4, 1)
    pairs = {(i, j): cosine[i, j] for i in range(len(cosine)) for j in range(i + 1, len(cosine))}
    assert (first, second) == max(pairs, key=pairs.get)
    assert value == pytest.approx(max(pairs.values()))


@pytest.mark.parametrize(
    "text", ["", "word", "x " * 10_000, "<b>%{x}</b> {0} ** `", "\x00", "שלום עולם", "🦊🦊 狐"]
)
def test_hostile_text_gives_a_packet(text):
    real = picture(RealSettings(text=text))
    assert 2 <= len(real.packet.tokens) <= 128
    assert np.isfinite(real.cosine).all()
    assert np.isfinite(real.kept).all()
