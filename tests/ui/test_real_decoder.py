"""A causal model from a folder on the page of real models: placements, rivals and its lesson."""

from dataclasses import replace

import numpy as np
import pytest

from tests.models.tiny import tiny_gpt2
from ui import real_models
from ui.real_causal import lesson
from ui.real_picture import picture, placed
from ui.real_settings import RealSettings
from ui.real_tug import tugs


@pytest.fixture
def gpt2(tmp_path, monkeypatch):
    folder = tiny_gpt2(tmp_path / "tiny-gpt2")
    monkeypatch.setenv("CONTRANORM_MODELS", str(folder))
    return RealSettings(text="a fox saw", model="folder_tiny-gpt2", rival="pair_norm")


def test_a_model_from_a_folder_is_in_the_menu_with_its_own_placements(gpt2):
    known = real_models.about(gpt2.model)
    assert gpt2.model in real_models.names()
    assert "tiny-gpt2" in real_models.title(gpt2.model)
    assert known.causal
    assert (known.heads, known.depth, known.usual) == (2, 2, "before_attention_layer_norm")
    assert set(known.places) | set(known.absent) == set(real_models.PLACES)
    assert "after_attention_residual" in known.absent
    assert placed(gpt2) == known.usual
    assert placed(replace(gpt2, placement="feed_forward_output")) == "feed_forward_output"


def test_a_rival_that_would_see_the_future_is_not_offered_and_never_run(gpt2):
    offered = real_models.rivals(real_models.about(gpt2.model))
    assert "partial_centering" in offered
    assert "pair_norm" not in offered
    assert "pair_norm" in real_models.rivals(real_models.about("minilm"))
    assert picture(gpt2).packet.branches == ("none", "contra_norm", "partial_centering")


def test_no_token_of_a_causal_model_feels_a_later_one_in_any_branch(gpt2):
    short, long = picture(gpt2), picture(replace(gpt2, text="a fox saw two"))
    count = len(short.packet.tokens)
    np.testing.assert_allclose(long.cosine[..., :count, :count], short.cosine, atol=1e-4)
    assert np.triu(short.attention[0, 1], 1).max() == 0
    bare = picture(replace(gpt2, scale=0.0))
    assert not np.allclose(bare.cosine[1:, 1], short.cosine[1:, 1], atol=1e-4)


def test_the_lesson_is_on_the_causal_model_itself_where_there_is_one(gpt2):
    found = lesson(gpt2)
    assert not found.random
    assert found.ahead(0) < 1e-4 < found.ahead(1)
    assert lesson(RealSettings()).random


def test_the_tug_of_war_of_a_pre_layer_norm_model_adds_up(gpt2):
    _, ours = tugs(gpt2)
    assert "norm" in ours.parts
    assert sum(ours.sums().values()) == pytest.approx(ours.total, abs=1e-6)
