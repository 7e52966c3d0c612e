import pytest
import torch

from models.branch import Branch
from models.reading import TextTrace, text_trace
from models.token_twins import hardest, kept_apart, token_twins, word_vectors
from models.word_pieces import Pieces


def at(*degrees):
    angle = torch.tensor(degrees).deg2rad()
    return torch.stack([angle.cos(), angle.sin()], dim=-1)


@pytest.fixture
def runs():
    """Two branches of two layers over [CLS] fox dog Fo ##x [SEP], in a batch with padding."""
    pieces = Pieces(
        ids=(2, 6, 9, 6, 8, 3),
        names=("[CLS]", "fox", "dog", "Fo", "##x", "[SEP]"),
        words=("fox", "dog", "Fox"),
        word_of=(-1, 0, 1, 2, 2, -1),
        special=(True, False, False, False, False, True),
        dropped=0,
    )
    pad = (0, 0, 0, 2)
    plain = torch.stack([at(5, 0, 90, 40, 60, 7), at(5, 0, 20, 60, 100, 7), at(5, 0, 4, 50, 70, 7)])
    held = torch.stack([at(5, 0, 90, 40, 60, 7), at(5, 0, 50, 80, 100, 7), at(5, 0, 60, 0, 20, 7)])
    mask = torch.tensor([[True] * 6 + [False] * 2])
    return [
        TextTrace(branch, (pieces,), mask, torch.nn.functional.pad(h, pad)[:, None], None, "CPU")
        for branch, h in ((Branch(), plain), (Branch("contra_norm"), held))
    ]


def test_a_words_vector_is_the_mean_of_its_pieces_without_the_special_ones(runs):
    vectors = word_vectors(runs[0])
    assert vectors.shape == (3, 3, 2)
    torch.testing.assert_close(vectors[0, 0], at(0)[0])
    torch.testing.assert_close(vectors[0, 2], (at(40)[0] + at(60)[0]) / 2)


def test_cosines_ranks_and_first_layers_are_those_worked_out_by_hand(runs):
    twins = token_twins(runs, threshold=0.9)
    assert twins.words == ("fox", "dog", "Fox")
    assert twins.pairs.tolist() == [[0, 1], [0, 2], [1, 2]]
    degrees = torch.tensor(
        [[[90, 50, 40], [20, 80, 60], [4, 60, 56]], [[90, 50, 40], [50, 90, 40], [60, 10, 50]]]
    )
    torch.testing.assert_close(twins.cosine, degrees.deg2rad().cos(), atol=1e-6, rtol=0)
    assert twins.rank.tolist() == [
        [[3, 2, 1], [1, 3, 2], [1, 3, 2]],
        [[3, 2, 1], [2, 3, 1], [3, 1, 2]],
    ]
    assert twins.first_layer.tolist() == [[1, -1, -1], [-1, 2, -1]]


def test_a_pair_that_reaches_the_threshold_exactly_has_reached_it(runs):
    same = token_twins([runs[0]], threshold=token_twins(runs).cosine[0, 1, 0].item())
    assert same.first_layer[0, 0] == 1


def test_the_hardest_pairs_come_first_with_both_branches_beside_them(runs):
    twins = token_twins(runs)
    first, second = hardest(twins, count=2)
    assert (first.first, first.second, first.places) == ("fox", "dog", (0, 1))
    assert first.rank == (1, 3)
    assert first.first_layer == (1, None)
    assert first.layer == 2
    assert first.cosine == pytest.approx((0.99756, 0.5), abs=1e-4)
    assert (second.first, second.second) == ("dog", "Fox")
    (of_held,) = hardest(twins, branch=1, layer=1, count=1)
    assert (of_held.first, of_held.second, of_held.layer) == ("dog", "Fox", 1)


def test_a_word_that_stands_twice_can_be_left_out(runs):
    twins = token_twins(runs)
    assert hardest(twins, branch=1, count=1)[0].repeated
    kept = hardest(twins, branch=1, count=9, repeated=False)
    assert [(pair.first, pair.second) for pair in kept] == [("dog", "Fox"), ("fox", "dog")]


def test_kept_apart_are_the_twins_of_one_branch_that_the_other_never_has(runs):
    twins = token_twins(runs)
    assert [pair.places for pair in kept_apart(twins)] == [(0, 1)]
    assert [pair.places for pair in kept_apart(twins, branch=0, against=1)] == [(0, 2)]
    assert kept_apart(twins, branch=0, against=0) == ()


@pytest.mark.parametrize("threshold", [-1.0, 1.5, float("nan")])
def test_a_threshold_that_is_no_cosine_is_refused(runs, threshold):
    with pytest.raises(ValueError, match="a cosine above -1 and up to 1"):
        token_twins(runs, threshold=threshold)


@pytest.mark.parametrize("text", ["", "fox"])
def test_a_text_without_two_words_has_no_pairs(tiny, text):
    twins = token_twins(text_trace([text], used=tiny))
    assert twins.pairs.shape == (0, 2)
    assert twins.rank.shape == (1, 4, 0)
    assert hardest(twins) == ()
    assert kept_apart(twins, branch=0) == ()


def test_a_text_in_a_batch_has_the_twins_it_has_alone(tiny):
    branches = [Branch(), Branch("contra_norm")]
    texts = ["dog", "a fox jumps dog", "a fox jumps a fox jumps a fox"]
    together = token_twins(text_trace(texts, used=tiny, branches=branches), index=1)
    alone = token_twins(text_trace([texts[1]], used=tiny, branches=branches))
    assert together.words == alone.words == ("a", "fox", "jumps", "dog")
    torch.testing.assert_close(together.cosine, alone.cosine, atol=1e-5, rtol=0)
