"""Whatever the bytes, a reader gives a table or a reason, and nothing else."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from models.vectors.reading import KINDS, read
from models.vectors.table import Bounds, Refused, Table, gaps
from models.vectors.writing import written
from tests.models.vectors.test_reading import SOUND

BOUNDS = Bounds(size=2_000_000, rows=500, columns=60)
CORPUS = sorted((Path(__file__).parent / "corpus").glob("*"))
MAGIC = (b"", b"\x93NUMPY\x01\x00", b"PK\x03\x04", b"PAR1", b"\x10" + bytes(7) + b"{", b"\xff\xfe")
LINES = some.text("0123456789.,;\t|eE+-naif \"'[]\n\r\ufeffxé", max_size=300)


def checked(data, name="", member=""):
    """Read, and hold a table to what every table promises."""
    try:
        table = read(data, name, BOUNDS, member)
    except Refused as refused:
        assert refused.reason
        return refused.reason
    assert isinstance(table, Table)
    rows, columns = table.values.shape
    assert 2 <= rows <= BOUNDS.rows
    assert 2 <= columns <= BOUNDS.columns
    assert table.values.dtype == np.float32
    assert all(len(cells) == rows for cells in table.labels.values())
    assert gaps(table).rows <= rows
    again = read(written(table), "", BOUNDS, table.member)
    np.testing.assert_array_equal(again.values, table.values)
    return table.kind


@given(start=some.sampled_from(MAGIC), rest=some.binary(max_size=400))
def test_any_bytes_after_any_beginning(start, rest):
    assert checked(start + rest)


@given(text=LINES)
@settings(max_examples=400)
def test_any_text(text):
    assert checked(text.encode("utf-8", "surrogatepass"))


@pytest.mark.parametrize("kind", KINDS)
@given(places=some.lists(some.tuples(some.floats(0, 1), some.integers(0, 255)), max_size=6))
@settings(max_examples=120, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_sound_file_with_bytes_changed_anywhere(kind, places):
    data = bytearray(SOUND[kind])
    for place, byte in places:
        data[int(place * (len(data) - 1))] = byte
    assert checked(bytes(data), f"x.{kind}")


@pytest.mark.parametrize("kind", KINDS)
@given(at=some.floats(0, 1), more=some.binary(max_size=40))
def test_a_sound_file_with_bytes_put_in(kind, at, more):
    data = SOUND[kind]
    cut = int(at * len(data))
    assert checked(data[:cut] + more + data[cut:])


@pytest.mark.parametrize("path", CORPUS, ids=lambda path: path.name)
def test_what_a_fuzzer_found_stays_mended(path):
    assert checked(path.read_bytes(), path.name)
