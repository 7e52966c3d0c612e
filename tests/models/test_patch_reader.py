"""The digits networks read as pretrained models are: the same numbers, and norms put into them."""

import pytest
import torch

from contranorm import Placement, contra_norm, effective_rank, rank_changes, trace
from contranorm.families import family_placements
from models.branch import Branch
from models.cards import SHIPPED, CheckpointError
from models.digits import digit_trace
from models.handwriting import PATCHES
from models.patch_reader import cut, digits_reader
from models.reading import sentence_trace, text_trace
from models.registry import ready

NONE = digits_reader("none", 6)


@pytest.mark.parametrize("method", SHIPPED)
def test_a_digit_is_read_as_its_network_reads_it(method):
    used = ready(f"digits_{method}_6")
    (found,) = sentence_trace("7", pretrained=used)
    expected = digit_trace(method, 7, trained_depth=6)
    torch.testing.assert_close(found.hidden, expected.hidden[:, 0], rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(found.attention, expected.attention[:, 0], rtol=1e-4, atol=1e-5)
    assert found.tokens == PATCHES
    assert (used.depth, used.family, used.verified) == (6, "lab", True)
    assert used.model.treated == (method != "none")


@pytest.mark.parametrize(
    ("text", "digit"), [("0", 0), ("", 0), ("no digit", 0), ("digit 12, not 3", 12), ("361", 1)]
)
def test_the_first_number_of_a_text_says_which_digit(text, digit):
    pieces = cut(text, 360)
    assert pieces.ids == tuple(range(16 * digit, 16 * digit + 16))
    assert pieces.words == pieces.names == PATCHES


@pytest.mark.parametrize("place", family_placements(NONE.model)[0])
def test_a_norm_lands_in_every_block_and_leaves_again(place):
    branches = (Branch(), Branch("contra_norm", 1.0, 1.0))
    plain, normed = sentence_trace("3", branches=branches, placement=place, pretrained=NONE)
    assert torch.equal(plain.hidden[0], normed.hidden[0])
    for layer in range(1, 7):
        assert not torch.allclose(plain.hidden[layer], normed.hidden[layer], atol=1e-3)
    (again,) = sentence_trace("3", pretrained=NONE)
    assert torch.equal(again.hidden, plain.hidden)


def test_the_norm_behind_a_block_is_the_one_that_was_asked_for():
    place = Placement.AFTER_OUTPUT_LAYER_NORM
    branches = (Branch(), Branch("contra_norm", 0.7, 0.5))
    plain, normed = sentence_trace("3", branches=branches, placement=place, pretrained=NONE)
    expected = contra_norm(plain.hidden[1], scale=0.7, temperature=0.5)
    torch.testing.assert_close(normed.hidden[1], expected, rtol=1e-4, atol=1e-5)


def test_the_usual_place_is_the_sum_of_attention_and_residual():
    branches = (Branch(), Branch("contra_norm", 0.7, 0.5))
    plain, normed = sentence_trace("3", branches=branches, pretrained=NONE)
    block = NONE.model.network.blocks[0]
    with torch.no_grad():
        h = plain.hidden[:1]
        between = contra_norm(h + block.attention(h)[0], scale=0.7, temperature=0.5)
        read = block.attention_join.norm(between)
        update = block.narrow(torch.nn.functional.gelu(block.widen(read)))
        expected = block.mlp_join.norm(read + update)
    torch.testing.assert_close(normed.hidden[1], expected[0], rtol=1e-4, atol=1e-4)


def test_the_parts_of_a_block_add_up_where_nothing_stands_behind_it():
    ids = torch.tensor([cut("5", 360).ids])
    with torch.inference_mode():
        seen = trace(NONE.model, {"input_ids": ids}, states=True)
    total = rank_changes(seen).by_part.sum().item()
    ranks = effective_rank(seen.hidden[[0, -1], 0])
    assert total == pytest.approx((ranks[1] - ranks[0]).item(), abs=1e-3)


def test_digits_are_read_together_and_never_in_part():
    (both,) = text_trace(["1", "2"], used=NONE)
    alone = digit_trace("none", [1, 2], trained_depth=6).hidden
    torch.testing.assert_close(both.hidden, alone, rtol=1e-4, atol=1e-5)
    with pytest.raises(ValueError, match="every digit has all its patches"):
        NONE.model(torch.zeros(1, 2, dtype=torch.long), torch.tensor([[1, 0]]))


def test_a_network_that_is_not_shipped_is_refused():
    with pytest.raises(CheckpointError, match="got 'rezero' of depth 6"):
        digits_reader("rezero", 6)
