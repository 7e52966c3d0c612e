"""Large things are handed over whole, in pieces, and without a second copy in the pickle."""

import pickle
import threading
from multiprocessing import Pipe

import numpy as np
import pytest

from ui.handing import PIECE, give, take


class Counting:
    """An end of a pipe that notes how large what it sends is."""

    def __init__(self, end):
        self.end, self.sizes = end, []

    def send(self, thing):
        self.sizes.append(len(pickle.dumps(thing)))
        self.end.send(thing)

    def send_bytes(self, piece):
        self.sizes.append(len(piece))
        self.end.send_bytes(piece)


def handed(thing):
    here, there = Pipe()
    counting = Counting(here)
    sender = threading.Thread(target=give, args=(counting, thing))
    sender.start()
    found = take(there)
    sender.join()
    assert not there.poll()
    return found, counting.sizes


@pytest.mark.parametrize("size", [0, 1, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE])
def test_every_byte_arrives_in_its_place_and_no_piece_is_large(size):
    values = np.random.default_rng(0).integers(0, 256, size).astype(np.uint8)
    found, sizes = handed({"values": values, "name": "a"})
    np.testing.assert_array_equal(found["values"], values)
    assert found["name"] == "a"
    assert max(sizes) <= PIECE
    assert sum(sizes[1:]) == size


def test_several_arrays_are_not_taken_for_each_other():
    first, second = np.arange(300_000.0), np.arange(700_000, dtype=np.int16).reshape(7, -1)
    found, _ = handed([first, second, first[::2]])
    for back, sent in zip(found, (first, second, first[::2]), strict=True):
        np.testing.assert_array_equal(back, sent)
        assert back.dtype == sent.dtype
        back[...] = 0  # who takes an array may write into it


def test_half_of_a_thing_is_no_thing():
    here, there = Pipe()
    here.send((pickle.dumps(0), [2 * PIECE]))
    here.send_bytes(b"a" * 10)
    here.close()
    with pytest.raises(EOFError):
        take(there)
