from contranorm.placements import PLACEMENTS, Placement

PRE = ("BEFORE_ATTENTION_LAYER_NORM", "BEFORE_FEED_FORWARD_LAYER_NORM")


def test_every_placement_has_one_row_in_the_order_of_the_enum():
    assert [row.placement for row in PLACEMENTS] == list(Placement)
    assert len(PLACEMENTS) == 10


def test_both_numberings_are_permutations_of_one_to_eight():
    numbered = [row for row in PLACEMENTS if row.placement.name not in PRE]
    assert sorted(row.bert_number for row in numbered) == list(range(1, 9))
    assert sorted(row.albert_number for row in numbered) == list(range(1, 9))


def test_the_numbers_are_those_of_the_authors_code():
    numbers = {row.placement.name: (row.bert_number, row.albert_number) for row in PLACEMENTS}
    assert numbers == {
        "ATTENTION_INPUT": (1, 1),
        "BEFORE_ATTENTION_LAYER_NORM": (None, None),
        "ATTENTION_CONTEXT": (2, 2),
        "AFTER_ATTENTION_DENSE": (3, 3),
        "AFTER_ATTENTION_RESIDUAL": (7, 4),
        "AFTER_ATTENTION_LAYER_NORM": (4, 5),
        "BEFORE_FEED_FORWARD_LAYER_NORM": (None, None),
        "FEED_FORWARD_OUTPUT": (5, 6),
        "AFTER_FEED_FORWARD_RESIDUAL": (8, 7),
        "AFTER_OUTPUT_LAYER_NORM": (6, 8),
    }


def test_the_rows_say_something_different_each():
    assert len({row.title for row in PLACEMENTS}) == len({row.plain for row in PLACEMENTS}) == 10


def test_every_row_says_in_which_of_the_authors_files_it_was_read():
    for row in PLACEMENTS:
        file = "DeiT: main.py:" if row.placement.name in PRE else "modeling_bert.py:"
        assert file in row.source
