"""Every kind of file through the one door: sound ones come in whole, others with a reason."""

import io

import numpy as np
import pytest
import torch

from models.vectors.reading import KINDS, read
from models.vectors.table import Bounds, Refused
from models.vectors.writing import written
from tests.models.vectors import files
from tests.models.vectors.files import LABELS, VALUES

BOUNDS = Bounds()
CSV = b"kind,x,y,z\ncat,1.5,-2,3.25\ndog,0,4,5.5\ncat,7,8,-9\n"
SOUND = {
    "csv": CSV,
    "tsv": CSV.replace(b",", b"\t"),
    "npy": files.npy(VALUES),
    "npz": files.npz(vectors=VALUES, kind=np.array(LABELS)),
    "parquet": files.parquet(kind=list(LABELS), **dict(zip("xyz", VALUES.T, strict=True))),
    "safetensors": files.safetensors(vectors=VALUES, kind=np.array([0, 1, 0])),
}


def reason(data, name="", bounds=BOUNDS):
    with pytest.raises(Refused) as refused:
        read(data, name, bounds)
    return refused.value


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_read_to_the_same_numbers(kind):
    table = read(SOUND[kind], f"file.{kind}", BOUNDS)
    assert table.kind == kind
    assert table.values.dtype == np.float32
    assert table.values.flags["C_CONTIGUOUS"]
    np.testing.assert_array_equal(table.values, VALUES)
    assert table.notes == ()


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "npy"])
def test_labels_come_with_the_numbers(kind):
    cells = ("0", "1", "0") if kind == "safetensors" else LABELS
    assert read(SOUND[kind], "", BOUNDS).labels == {"kind": cells}


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_written_is_read_again_the_same(kind):
    table = read(SOUND[kind], "", BOUNDS)
    again = read(written(table), "", BOUNDS)
    np.testing.assert_array_equal(again.values, table.values)
    assert (again.kind, again.columns, again.labels) == (kind, table.columns, table.labels)
    assert again.member == table.member


@pytest.mark.parametrize("kind", KINDS)
def test_a_wrong_ending_changes_nothing_but_is_said(kind):
    table = read(SOUND[kind], "vectors.parquet" if kind != "parquet" else "v.npy", BOUNDS)
    np.testing.assert_array_equal(table.values, VALUES)
    assert [note.name for note in table.notes] == ["other_kind"]
    assert table.notes[0].slots["found"] == kind


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_keeps_to_the_bounds(kind):
    assert reason(SOUND[kind], bounds=Bounds(rows=2)).reason == "rows"
    assert reason(SOUND[kind], bounds=Bounds(columns=2)).reason == "columns"
    assert reason(SOUND[kind], bounds=Bounds(size=40)).reason == "size"


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_cut_anywhere_is_refused_or_read_but_never_fails(kind):
    data = SOUND[kind]
    outcomes = set()
    for length in range(0, len(data), max(1, len(data) // 60)):
        try:
            outcomes.add(read(data[:length], "", BOUNDS).kind)
        except Refused as refused:
            outcomes.add(refused.reason)
    assert "empty" in outcomes
    assert kind in ("csv", "tsv") or kind not in outcomes


@pytest.mark.parametrize("kind", ["npy", "npz", "parquet", "safetensors"])
def test_one_row_and_one_column_say_so(kind):
    make = {
        "npy": files.npy,
        "npz": lambda a: files.npz(a=a),
        "parquet": lambda a: files.parquet(**{f"c{k}": a[:, k] for k in range(a.shape[1])}),
        "safetensors": lambda a: files.safetensors(a=np.ascontiguousarray(a)),
    }[kind]
    assert reason(make(VALUES[:1])).reason == "one_row"
    assert reason(make(VALUES[:, :1])).reason == "one_column"
    assert reason(make(VALUES[:0])).reason == "empty"


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", "empty"),
        (files.pickled(), "pickled"),
        (files.pickled_npy(), "pickled"),
        (files.archive({"data.pkl": b"x", "a.npy": files.npy(VALUES)}), "pickled"),
        (files.archive({"a.npy": files.pickled_npy()}), "pickled"),
        (files.archive({"xl/workbook.xml": b"<x/>"}), "spreadsheet"),
        (files.archive({"readme.txt": b"hello"}), "archive"),
        (files.archive({}), "broken"),
        (b"\x1f\x8b\x08\x00" + bytes(40), "kind"),
        (b"\x89HDF\r\n\x1a\n" + bytes(40), "kind"),
        (bytes(40), "not_text"), (b"\n \n", "empty"),
        (b"1,2\n3,\x00\n4,5", "not_text"),
        (files.npy(np.arange(5.0)), "axes"),
        (files.npy(np.zeros((2, 2, 2))), "axes"),
        (files.npy(np.zeros((2, 2), dtype=complex)), "dtype"),
        (files.npy(np.array([["a", "b"], ["c", "d"]])), "dtype"),
        (files.npz(a=np.arange(5.0)), "no_matrix"),
        (files.safetensors(a=np.arange(5.0)), "no_matrix"),
        (files.npy(np.full((3, 3), 1e30)), "too_large"),
        (files.npy(np.full((3, 3), 1e-30)), "too_small"),
        (files.parquet(a=["x", "y"], b=["z", "w"]), "no_numbers"),
        (files.parquet(v=[[1.0, 2.0], [3.0]]), "ragged_lists"),
        (files.parquet(v=[[1.0, 2.0], None]), "ragged_lists"),
    ],
)  # fmt: skip
def test_what_is_not_read_has_its_own_reason(data, expected):
    assert reason(data).reason == expected


def test_a_pickle_is_never_loaded():
    files.Harmful.loaded = False
    for data in (files.pickled_npy(), files.archive({"a.npy": files.pickled_npy()})):
        assert reason(data, "vectors.npy").reason == "pickled"
    assert not files.Harmful.loaded
    np.load(io.BytesIO(files.pickled_npy()), allow_pickle=True)
    assert files.Harmful.loaded  # it would have left its mark


@pytest.mark.parametrize(
    "header",
    [
        "{'descr': '<f4', 'fortran_order': False, 'shape': (3, 3)",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (-3, -3), }",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (3, 3, ), }" + " " * 20_000,
        "{'descr': '<f4', 'fortran_order': False, 'shape': (True, 3), }",
        "{'descr': 'O4', 'fortran_order': 7, 'shape': 3, }",
        "(" * 5_000,
        "__import__('os').system('true')",
    ],
)
def test_an_npy_header_that_says_nonsense_is_broken(header):
    assert reason(files.npy_with_header(header, bytes(36))).reason == "broken"


def test_an_npy_that_promises_more_numbers_than_it_has_is_broken():
    header = "{'descr': '<f4', 'fortran_order': False, 'shape': (20000, 2048), }"
    assert reason(files.npy_with_header(header, bytes(36))).reason == "broken"


@pytest.mark.parametrize("dtype", ["<f8", ">f4", "<f2", "<i4", "|u1", ">i8"])
def test_numbers_of_every_kind_and_order_are_read(dtype):
    array = np.asfortranarray(np.arange(6).reshape(3, 2).astype(dtype))
    np.testing.assert_array_equal(read(files.npy(array), "", BOUNDS).values, array.astype("<f4"))


def test_half_precision_tensors_are_read():
    from safetensors.torch import save

    data = save({"v": torch.tensor(VALUES).bfloat16()})
    np.testing.assert_array_equal(read(data, "", BOUNDS).values, VALUES)


@pytest.mark.parametrize("make", [files.npz, files.safetensors])
def test_a_file_of_several_arrays_gives_the_one_asked_for(make):
    data = make(first=VALUES, second=2 * VALUES[:2], other=np.arange(7))
    table = read(data, "", BOUNDS)
    assert set(table.members) == {"first", "second"}
    np.testing.assert_array_equal(read(data, "", BOUNDS, "second").values, 2 * VALUES[:2])
    assert read(data, "", BOUNDS, "no such").member == table.member


@pytest.mark.parametrize(
    "header",
    [
        b"{" * 3000 + b"}",
        b"[1, 2, 3]",
        {"a": {"dtype": "F32", "shape": [3, 3], "data_offsets": [0, 1 << 40]}},
        {"a": {"dtype": "F32", "shape": [3, -3], "data_offsets": [0, 36]}},
        {"a": {"dtype": "F32", "shape": "ab", "data_offsets": [0, 36]}},
        {"a": {"dtype": "F32", "data_offsets": [0, 36]}},
        {"a": 3},
    ],
)
def test_a_safetensors_header_that_says_nonsense_is_broken(header):
    assert reason(files.safetensors_with_header(header, bytes(36))).reason in ("broken", "not_text")


def test_a_zip_bomb_is_refused_before_it_is_unpacked():
    import resource

    data = files.bomb()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert reason(data).reason == "broken"  # it declares less than its header promises
    honest = files.archive({"a.npy": files.npy(np.zeros((3000, 2000), dtype=np.float32))})
    assert len(honest) < 100_000
    assert reason(honest, bounds=Bounds(rows=100)).reason == "rows"
    assert reason(honest, bounds=Bounds(size=1_000_000)).reason == "unpacked"
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 20_000  # KB


def test_an_archive_of_very_many_members_is_refused_unread():
    data = files.archive({f"{k}.npy": b"" for k in range(500)})
    assert reason(data).reason == "members"


def test_a_list_column_of_a_parquet_file_is_the_vectors():
    data = files.parquet(text=["a", "b"], v=[[1.0, 2.0], [3.0, 4.0]], n=[1, 2])
    table = read(data, "", BOUNDS)
    assert table.values.tolist() == [[1.0, 2.0], [3.0, 4.0]]
    assert table.labels == {"text": ("a", "b")}
    assert table.notes[0].slots["names"] == ("n",)
    again = read(written(table), "", BOUNDS)
    assert again.vector_column == "v"
    np.testing.assert_array_equal(again.values, table.values)


def test_a_parquet_of_ten_million_rows_is_refused_by_its_footer():
    data = files.parquet(a=np.zeros(10_000_000, dtype=np.int8), b=np.zeros(10_000_000, np.int8))
    assert str(reason(data)) == "rows: found 10000000, most 20000"


def test_columns_of_a_parquet_file_that_are_neither_numbers_nor_text_are_named():
    import datetime

    data = files.parquet(x=[1.0, 2.0], y=[3.0, 4.0], when=[datetime.date(2026, 1, 1)] * 2)
    (note,) = read(data, "", BOUNDS).notes
    assert (note.name, note.slots["names"]) == ("columns_left_out", ("when",))
