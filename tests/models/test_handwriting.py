import pytest
import torch

from models.handwriting import digits, patches


@pytest.mark.parametrize("split", [0, 1, 2])
def test_a_split_covers_every_digit_once_and_is_balanced(split):
    data = digits(split)
    parts = [
        (data.train_pixels, data.train_labels),
        (data.validation_pixels, data.validation_labels),
        (data.test_pixels, data.test_labels),
    ]
    assert [len(pixels) for pixels, _ in parts] == [1077, 360, 360]
    assert all(len(pixels) == len(labels) for pixels, labels in parts)
    images = [tuple(image.flatten().tolist()) for pixels, _ in parts for image in pixels]
    assert len(set(images)) == len(images) == 1797
    for _, labels in parts[1:]:
        assert torch.bincount(labels).min() >= 34
    assert data.train_pixels.min() == 0
    assert data.train_pixels.max() == 1


def test_splits_differ_and_stay_the_same():
    assert digits(0) is digits(0)
    assert not torch.equal(digits(0).test_labels, digits(1).test_labels)
    assert digits(0).test_labels[:8].tolist() == [7, 6, 3, 7, 7, 3, 2, 8]


def test_patches_are_cut_row_by_row_and_lose_no_pixel():
    image = torch.arange(64.0).reshape(1, 8, 8)
    cut = patches(image)
    assert cut[0, 4].tolist() == [16.0, 17.0, 24.0, 25.0]
    assert torch.equal(cut.flatten().sort().values, image.flatten())
