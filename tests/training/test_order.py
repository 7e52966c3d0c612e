"""What the whole is for: a short real training in which the norm decides, over three seeds."""

import pytest

from training.config import RunConfig
from training.loop import Training

MARGIN = 0.2  # of the test accuracy; the smallest of the three gaps was 0.40


def last_accuracy(method, seed):
    config = RunConfig(method=method, depth=12, epochs=5, width=32, heads=4, batch=64, seed=seed)
    *_, last = Training(config).epochs()
    return last.test.accuracy


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_twelve_layers_read_digits_with_contra_norm_and_hardly_without(seed):
    assert last_accuracy("none", seed) + MARGIN < last_accuracy("contra_norm", seed)
