import pytest

from contranorm.placements import FAMILIES, PLACEMENTS, Placement, family


def test_every_placement_has_one_row_in_the_order_of_the_enum():
    assert [row.placement for row in PLACEMENTS] == list(Placement)
    assert len(PLACEMENTS) == 8


def test_both_numberings_are_permutations_of_one_to_eight():
    assert sorted(row.bert_number for row in PLACEMENTS) == list(range(1, 9))
    assert sorted(row.albert_number for row in PLACEMENTS) == list(range(1, 9))


def test_the_numbers_are_those_of_the_authors_code():
    numbers = {row.placement.name: (row.bert_number, row.albert_number) for row in PLACEMENTS}
    assert numbers == {
        "ATTENTION_INPUT": (1, 1),
        "ATTENTION_CONTEXT": (2, 2),
        "AFTER_ATTENTION_DENSE": (3, 3),
        "AFTER_ATTENTION_RESIDUAL": (7, 4),
        "AFTER_ATTENTION_LAYER_NORM": (4, 5),
        "FEED_FORWARD_OUTPUT": (5, 6),
        "AFTER_FEED_FORWARD_RESIDUAL": (8, 7),
        "AFTER_OUTPUT_LAYER_NORM": (6, 8),
    }


@pytest.mark.parametrize("row", FAMILIES, ids=lambda row: row.name)
def test_every_family_has_a_different_site_for_every_placement(row):
    assert set(row.sites) == set(Placement)
    assert len(set(row.sites.values())) == 8


def test_the_rows_say_something_different_each():
    assert len({row.title for row in PLACEMENTS}) == len({row.plain for row in PLACEMENTS}) == 8
    assert all("modeling_bert.py:" in row.source for row in PLACEMENTS)


@pytest.mark.parametrize("unknown", ["gpt2", None, "BERT"])
def test_an_unknown_family_is_answered_with_the_known_ones(unknown):
    with pytest.raises(ValueError, match="bert, roberta, xlm-roberta, camembert, electra; got"):
        family(unknown)
