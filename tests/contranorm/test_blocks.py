"""Block by block is the same as in one piece: ContraNorm's rows and a cloud's moments."""

import pytest
import torch

from contranorm import contra_norm, effective_rank, mean_cosine_similarity, singular_values
from contranorm.blocks import contra_norm_in_blocks, moments

TIGHT = {"rtol": 1e-5, "atol": 1e-5}


def cloud(n=23, d=7, offset=1.0):
    h = torch.randn(n, d, generator=torch.Generator().manual_seed(n + d)) + offset
    h[3] = 0
    return h


@pytest.mark.parametrize("rows", [1, 5, 23, 100])
@pytest.mark.parametrize("form", ["residual", "plain"])
@pytest.mark.parametrize(("scale", "temperature"), [(0.0, 1.0), (1.5, 0.2), (3.0, torch.inf)])
def test_blocks_are_the_rows_of_the_whole(rows, form, scale, temperature):
    h = cloud()
    settings = {"scale": scale, "temperature": temperature, "form": form}
    blocks = list(contra_norm_in_blocks(h, rows=rows, **settings))
    assert [len(block) for block in blocks[:-1]] == [rows] * (len(blocks) - 1)
    torch.testing.assert_close(torch.cat(blocks), contra_norm(h, **settings), **TIGHT)


def test_a_block_is_computed_when_it_is_asked_for():
    blocks = contra_norm_in_blocks(cloud(), scale=1.0, rows=5)
    assert len(next(blocks)) == 5
    blocks.close()
    assert list(blocks) == []


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"scale": 1.0, "rows": 0}, "rows must be at least 1; got 0"),
        ({"scale": float("nan")}, "scale must be a finite number"),
        ({"scale": 1.0, "temperature": 0.0}, "temperature must be positive"),
    ],
)
def test_wrong_arguments_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        next(contra_norm_in_blocks(cloud(), **arguments))


@pytest.mark.parametrize(("n", "d"), [(23, 7), (7, 23), (2, 2)])
@pytest.mark.parametrize("rows", [1, 4, 100])
@pytest.mark.parametrize("offset", [0.0, 100.0])
def test_moments_give_the_numbers_of_the_whole(n, d, rows, offset):
    h = torch.randn(n, d, generator=torch.Generator().manual_seed(1)).double() + offset
    found = moments(h, rows=rows)
    centred = h - h.mean(0)
    for centered, own in ((False, h), (True, centred)):
        sigma = found.singular_values(centered=centered)
        assert sigma.shape == (min(n, d),)
        floor = 1e-6 * singular_values(own)[0].item()
        torch.testing.assert_close(sigma, singular_values(own), rtol=1e-8, atol=floor)
        cosine = mean_cosine_similarity(own).item()
        assert found.mean_cosine(centered=centered) == pytest.approx(cosine, abs=1e-9)
    assert found.gram.trace().item() == pytest.approx(centred.square().sum().item())


def test_rows_of_zeros_have_no_direction():
    h = cloud()
    assert moments(h).directed == (22, 23)
    cosine = mean_cosine_similarity(h.double()).item()
    assert moments(h).mean_cosine() == pytest.approx(cosine, abs=1e-9)
    assert moments(torch.ones(1, 3)).mean_cosine() == 1.0


def test_unused_directions_are_zero_and_not_rounding():
    few = torch.randn(500, 2, dtype=torch.float64) @ torch.randn(2, 60, dtype=torch.float64)
    sigma = moments(few).singular_values(centered=True)
    assert (sigma > 0).sum() == 2
    assert effective_rank(few, centered=True).item() == pytest.approx(
        torch.exp(torch.special.entr(sigma / sigma.sum()).sum()).item(), rel=1e-6
    )


def test_progress_is_told_and_ends_at_one():
    told = []
    moments(cloud(), rows=10, report=told.append)
    assert told == pytest.approx([10 / 23, 20 / 23, 1.0])
