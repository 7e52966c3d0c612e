import sys

import numpy as np
import pytest

from ui import memory

LINUX = pytest.mark.skipif(sys.platform != "linux", reason="needs Linux and glibc")
MEGABYTE = 1_000_000


def test_the_memory_held_is_read_in_megabytes(tmp_path, monkeypatch):
    status = tmp_path / "statm"
    status.write_text("9 1000 3")
    monkeypatch.setattr(memory, "STATUS", str(status))
    assert memory.resident() == pytest.approx(4.096)
    status.unlink()
    assert memory.resident() == 0.0


@LINUX
def test_memory_in_use_is_counted():
    before = memory.resident()
    array = np.ones(50 * MEGABYTE // 8)
    assert memory.resident() - before == pytest.approx(50, abs=10)
    assert array.sum() > 0


@LINUX
def test_what_small_things_left_behind_is_given_back():
    many = [bytes(5000) for _ in range(20_000)]
    pins = many[::500]  # a heap shrinks only from its end unless it is asked
    full = memory.resident()
    del many
    assert memory.give_back()
    assert full - memory.resident() > 60
    assert len(pins) == 40


def test_a_c_library_that_cannot_be_asked_is_left_alone(monkeypatch):
    monkeypatch.setattr(memory, "_c_library", lambda: None)
    assert not memory.hold_little()
    assert not memory.give_back()


@LINUX
def test_this_c_library_can_be_asked():
    assert memory.hold_little()
