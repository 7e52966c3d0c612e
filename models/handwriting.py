"""Real handwritten digits: to train on, to choose settings with, and to test on."""

from dataclasses import dataclass
from functools import lru_cache

import torch
from jaxtyping import Float, Int
from torch import Tensor

SHARE = 0.2  # of all digits, for each of validation and test
BRIGHTEST = 16.0  # scikit-learn's digits run from 0 to 16
PATCH = 2  # pixels along one edge of a patch
TOKENS = 16
PATCHES = tuple(f"{index // 4 + 1},{index % 4 + 1}" for index in range(TOKENS))  # row, column


@dataclass(frozen=True)
class Digits:
    """Handwritten digits, 8x8 grey levels from 0 to 1, in a fixed split.

    Source: the test part of "Optical Recognition of Handwritten Digits" (Alpaydin and Kaynak,
    1998, UCI, CC BY 4.0), as it comes with scikit-learn.
    """

    train_pixels: Float[Tensor, "train 8 8"]
    train_labels: Int[Tensor, "train"]
    validation_pixels: Float[Tensor, "validation 8 8"]
    validation_labels: Int[Tensor, "validation"]
    test_pixels: Float[Tensor, "test 8 8"]
    test_labels: Int[Tensor, "test"]


@lru_cache(maxsize=4)
def digits(split: int = 0) -> Digits:
    """Load the digits: 1077 to train on, 360 to choose with, 360 to test on.

    Args:
        split: Which of the splits, drawn from this seed; the same one every time.

    >>> data = digits()
    >>> len(data.train_labels), len(data.validation_labels), len(data.test_labels)
    (1077, 360, 360)
    """
    from sklearn.datasets import load_digits  # slow to import, and only needed here
    from sklearn.model_selection import train_test_split

    images, labels = load_digits(return_X_y=True)
    known_images, test_images, known_labels, test_labels = train_test_split(
        images, labels, test_size=SHARE, random_state=split, stratify=labels
    )
    train_images, chosen_images, train_labels, chosen_labels = train_test_split(
        known_images,
        known_labels,
        test_size=len(test_labels),
        random_state=split,
        stratify=known_labels,
    )
    return Digits(
        _pixels(train_images),
        _labels(train_labels),
        _pixels(chosen_images),
        _labels(chosen_labels),
        _pixels(test_images),
        _labels(test_labels),
    )


def patches(pixels: Float[Tensor, "b 8 8"]) -> Float[Tensor, "b 16 4"]:
    """Cut each digit into its sixteen 2x2 patches, row by row; each patch is one token.

    Args:
        pixels: Grey levels, any scale.

    >>> patches(torch.arange(64.0).reshape(1, 8, 8))[0, 1].tolist()
    [2.0, 3.0, 10.0, 11.0]
    """
    cut = pixels.unfold(1, PATCH, PATCH).unfold(2, PATCH, PATCH)  # (b, 4, 4, 2, 2)
    return cut.reshape(len(pixels), TOKENS, PATCH * PATCH)


def _pixels(images: object) -> Tensor:
    return torch.tensor(images, dtype=torch.float32).view(-1, 8, 8) / BRIGHTEST


def _labels(labels: object) -> Tensor:
    return torch.tensor(labels, dtype=torch.int64)
