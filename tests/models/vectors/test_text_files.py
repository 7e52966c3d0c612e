"""Texts of numbers as people write them, and as they should not."""

import time

import numpy as np
import pytest

from models.vectors.reading import read
from models.vectors.table import Bounds, Refused, gaps

BOUNDS = Bounds()


def table(text, bounds=BOUNDS):
    return read(text.encode() if isinstance(text, str) else text, "", bounds)


def reason(text, bounds=BOUNDS):
    with pytest.raises(Refused) as refused:
        table(text, bounds)
    return refused.value


@pytest.mark.parametrize(
    "text",
    [
        "1,2\n3,4",
        "1;2\n3;4\n",
        "1\t2\r\n3\t4\r\n",
        "1|2\n3|4",
        "1 2\n3 4",
        "  1   2 \n 3\t4 ",
        "x,y\n1,2\n3,4",
        "\ufeff1,2\n3,4",
        "1,2\n\n3,4\n\n",
        "[[1, 2], [3, 4]]",
        "[1 2]\n[3 4]",
        "[[1, 2],\n [3, 4]]",
        "1.0e0,+2\n3,4.",
        '"1","2"\n"3","4"',
        ",0,1,2\n0,1,2,9\n1,3,4,9",
    ],
)
def test_numbers_are_read_however_they_are_separated(text):
    assert table(text).values[:, :2].tolist() == [[1.0, 2.0], [3.0, 4.0]]


@pytest.mark.parametrize("separator", [";", "\t"])
def test_a_decimal_comma_is_understood_where_it_does_not_separate(separator):
    text = f"a{separator}b\n1,5{separator}2\n-0,25{separator}4"
    assert table(text).values.tolist() == [[1.5, 2.0], [-0.25, 4.0]]


def test_utf16_with_its_mark_is_read():
    assert table("a,b\n1,2\n3,4".encode("utf-16")).values.tolist() == [[1, 2], [3, 4]]


def test_another_encoding_is_refused_with_the_place_it_was_found_at():
    refused = reason("næme,x,y\na,1,2\nb,3,4".encode("latin-1"))
    assert (refused.reason, refused.slots) == ("encoding", {"tried": "UTF-8", "at": 1, "byte": 230})


@pytest.mark.parametrize("at", [0, (1 << 20) - 1, 1 << 20, (1 << 20) + 1])
def test_a_wrong_byte_is_found_wherever_parts_meet(at):
    text = bytearray(b"1" * ((1 << 20) + 10))
    text[at] = 0xFF
    assert reason(bytes(text)).slots["at"] == at


@pytest.mark.parametrize(
    ("text", "line", "found"), [("1,2\n3\n5,6", 2, 1), ("a,b\n1,2\n3,4,5\n6,7", 3, 3)]
)
def test_a_ragged_text_is_refused_with_its_line(text, line, found):
    refused = reason(text)
    assert (refused.reason, refused.slots) == (
        "ragged",
        {"line": line, "found": found, "expected": 2},
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "empty"),
        (" \n\n ", "empty"),
        ("1,2,3", "one_row"),
        ("1\n2\n3", "one_column"),
        ("x,y\n1,2", "one_row"),
        ("a,b\nc,d\ne,f", "no_numbers"),
        ("only words here", "no_numbers"),
    ],
)
def test_what_is_no_table_of_vectors_has_its_reason(text, expected):
    assert reason(text).reason == expected


def test_text_columns_are_offered_as_labels_and_numbers_by_name_too():
    read_table = table("id,kind,x,y,label\n0,a,1,2,7\n1,b,3,4,7\n2,a,5,6,8")
    assert read_table.columns == ("x", "y")
    assert read_table.labels == {"kind": ("a", "b", "a"), "label": ("7", "7", "8")}
    assert {note.name for note in read_table.notes} == {"row_numbers", "labels_by_name"}


def test_text_beyond_eight_columns_is_left_out_and_named():
    head = ",".join(f"t{k}" for k in range(10)) + ",x,y\n"
    row = "a," * 10 + "1,2\n"
    read_table = table(head + row + row)
    assert len(read_table.labels) == 8
    assert read_table.notes[0].slots["names"] == ("t8", "t9")


def test_a_column_named_twice_is_kept_twice_and_named():
    read_table = table("x,x,y\n1,2,3\n4,5,6")
    assert read_table.columns == ("x", "x (2)", "y")
    assert read_table.notes[0].slots["names"] == ("x",)
    assert read_table.values.tolist() == [[1, 2, 3], [4, 5, 6]]


@pytest.mark.parametrize("cell", ["", "NaN", "null", "NA", "n/a", "None", "#N/A", "oops"])
def test_a_cell_without_a_number_is_a_gap_and_never_dropped(cell):
    read_table = table(f"x,y\n1,2\n{cell},3\n4,5")
    assert read_table.values.shape == (3, 2)
    assert gaps(read_table).missing == 1
    assert gaps(read_table).rows == 1


@pytest.mark.parametrize("cell", ["inf", "-Infinity", "INF"])
def test_infinities_are_counted(cell):
    assert gaps(table(f"x,y\n1,2\n{cell},3\n4,5")).infinite == 1


def test_whole_numbers_first_and_fractions_much_later_are_numbers():
    lines = ["1,2"] * 15_000 + ["0.5,2"]
    assert table("\n".join(lines)).values[-1].tolist() == [0.5, 2.0]


def test_a_first_line_that_counts_is_a_vector_unless_it_is_plainly_a_header():
    assert table("1,2,3\n4,5,6").values.tolist() == [[1, 2, 3], [4, 5, 6]]
    head = ",".join(map(str, range(9)))
    named = table(f"{head}\n{head}\n{head}")
    assert named.values.shape == (2, 9)
    assert [note.name for note in named.notes] == ["counting_header"]


def test_a_quoted_line_break_stays_inside_its_cell():
    read_table = table('t,x,y\n"a\nb",1,2\n"c",3,4')
    assert read_table.labels == {"t": ("a\nb", "c")}


def test_ten_million_rows_are_refused_at_once():
    text = b"0.5,0.5\n" * 10_000_000
    started = time.process_time()
    assert reason(text).reason == "rows"
    assert time.process_time() - started < 3


def test_a_line_without_end_is_refused():
    assert reason(b"1," * 5_000_000).reason in ("columns", "line")
    assert reason(b"1" * 10_000_000).reason in ("one_column", "line", "one_row")


def test_numbers_keep_their_digits():
    values = np.random.default_rng(0).normal(size=(20, 5)).astype(np.float32)
    text = "\n".join(",".join(repr(float(x)) for x in row) for row in values)
    np.testing.assert_array_equal(table(text).values, values)
