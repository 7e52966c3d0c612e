"""What another process does with vectors: each number is handed on as what it is."""

import numpy as np
import torch

from contranorm import contra_norm
from models.branch import Branch
from models.vectors import work
from models.vectors.diagnosis import diagnose, normed
from models.vectors.reading import read
from models.vectors.table import Bounds, Table

VALUES = np.random.default_rng(3).normal(size=(12, 5)).astype(np.float32)


def test_strength_and_temperature_are_not_taken_for_each_other():
    told = []
    data, found = work.apply(told.append, Table("npy", VALUES), "contra_norm", 0.3, 2.0)
    expected = contra_norm(torch.from_numpy(VALUES), scale=0.3, temperature=2.0).numpy()
    np.testing.assert_allclose(read(data, "a.npy", Bounds()).values, expected, rtol=1e-6)
    assert found.raw == diagnose(expected).raw
    assert told == sorted(told)


def test_for_another_process_the_file_is_the_same_in_a_buffer():
    asked = (lambda share: None, Table("npy", VALUES), "contra_norm", 0.3, 2.0)
    data, found = work.apply(*asked)
    buffer, again = work.apply_apart(*asked)
    assert (bytes(buffer), again.raw) == (data, found.raw)
    back = work.open_file(lambda share: None, memoryview(data), "a.npy", Bounds())
    np.testing.assert_array_equal(back.values, read(data, "a.npy", Bounds()).values)


def test_the_map_after_is_of_the_rows_with_the_norm_of_that_strength(monkeypatch):
    mapped = []
    monkeypatch.setattr(
        work, "neighbour_map", lambda report, values, **made: mapped.append((values, made))
    )
    branch = Branch("contra_norm", scale=0.3, temperature=2.0)
    work.map_neighbours(lambda share: None, VALUES, branch, 7, 4)
    (before, made), (after, _) = mapped
    np.testing.assert_array_equal(before, VALUES)
    expected = normed(VALUES, "contra_norm", scale=0.3, temperature=2.0)
    np.testing.assert_array_equal(after, expected)
    assert made == {"neighbours": 7, "seed": 4}
