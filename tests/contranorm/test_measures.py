"""Laws over the table of measures: directions, order, batches, both ends and every sentence."""

import pytest
import torch
import torch.nn.functional as F

from contranorm import MEASURES

ORDER = torch.tensor([2, 0, 4, 1, 3])
TURN = torch.linalg.qr(
    torch.randn(4, 4, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
)[0]


def inputs(name: str) -> list[torch.Tensor]:
    generator = torch.Generator().manual_seed(2)
    takes = MEASURES[name].takes
    if takes == "attention":
        raw = torch.randn(2, 3, 2, 5, 5, generator=generator, dtype=torch.float64)
        return [raw.softmax(-1)]
    count = 2 if takes == "pairs" else 1
    return [torch.randn(2, 3, 5, 4, generator=generator, dtype=torch.float64) for _ in range(count)]


def value(name: str, *tensors: torch.Tensor) -> torch.Tensor:
    needs = dict.fromkeys(MEASURES[name].needs, 0.5)
    return MEASURES[name].function(*tensors, **needs)


@pytest.mark.parametrize("name", MEASURES)
def test_a_measure_gives_one_number_per_item_whatever_the_batch(name):
    tensors = inputs(name)
    whole = value(name, *tensors)
    assert whole.shape == (2, 3)
    assert whole[0, 0] != whole[1, 2]
    for a in range(2):
        for b in range(3):
            item = value(name, *(t[a, b] for t in tensors))
            assert item.shape == ()
            torch.testing.assert_close(item, whole[a, b])


@pytest.mark.parametrize("name", MEASURES)
def test_the_order_of_the_tokens_does_not_matter(name):
    tensors = inputs(name)
    shuffled = [t[..., ORDER, :] for t in tensors]
    if MEASURES[name].takes == "attention":
        shuffled = [t[..., ORDER] for t in shuffled]
    torch.testing.assert_close(value(name, *shuffled), value(name, *tensors))


@pytest.mark.parametrize("name", [n for n in MEASURES if MEASURES[n].takes != "attention"])
def test_turning_all_tokens_does_not_matter(name):
    tensors = inputs(name)
    turned = [t @ TURN for t in tensors]
    torch.testing.assert_close(value(name, *turned), value(name, *tensors))


COLLAPSED = torch.outer(torch.ones(5), torch.tensor([0.6, 0.8, 0, 0])).double()
LINE = torch.outer(torch.tensor([1.0, 2, -1, 3, 1]), torch.tensor([0.6, 0.8, 0, 0])).double()
ALL_ALIKE = torch.linalg.qr(
    torch.randn(5, 4, generator=torch.Generator().manual_seed(3), dtype=torch.float64)
)[0]
SIMPLEX = torch.eye(5, dtype=torch.float64) - 0.2
UNIT = F.normalize(ALL_ALIKE, dim=-1)
ENDS = {
    "effective_rank": ((LINE,), 1, (ALL_ALIKE,), 4),
    "stable_rank": ((LINE,), 1, (ALL_ALIKE,), 4),
    "participation_ratio": ((LINE,), 1, (ALL_ALIKE,), 4),
    "mean_cosine_similarity": ((SIMPLEX,), -1 / 4, (COLLAPSED,), 1),
    "attention_similarity": ((torch.eye(5)[None],), 0, (torch.full((1, 5, 5), 0.2),), 1),
    "token_variance": ((COLLAPSED,), 0, (1e3 * LINE,), 1e6 * 8.8),
    "explained_variance": ((SIMPLEX,), 2 / 4, (LINE,), 1),
    "alignment": ((UNIT, UNIT), 0, (UNIT, -UNIT), 4),
    "uniformity": (
        (torch.eye(5, dtype=torch.float64),),
        5 * torch.tensor([2.0, 0, 0, 0, 0]).double().logsumexp(0).item(),
        (COLLAPSED,),
        5 * torch.tensor(5.0).log().item() + 5 / 0.5,
    ),
}


@pytest.mark.parametrize("name", MEASURES)
def test_both_ends_are_what_the_row_says(name):
    low, low_value, high, high_value = ENDS[name]
    assert value(name, *low).item() == pytest.approx(low_value, abs=1e-5)
    assert value(name, *high).item() == pytest.approx(high_value, rel=1e-6)


@pytest.mark.parametrize("name", MEASURES)
def test_no_input_passes_the_bounds(name):
    row = MEASURES[name]
    for tensors in (ENDS[name][0], ENDS[name][2], inputs(name)):
        result = value(name, *tensors)
        assert row.lower is None or (result >= row.lower).all()
        assert row.upper is None or (result <= row.upper).all()


@pytest.mark.parametrize("name", MEASURES)
def test_rows_say_everything(name):
    row = MEASURES[name]
    assert row.name == name == row.function.__name__
    for sentence in (row.title, row.unit, row.low_end, row.high_end, row.equation, row.source):
        assert sentence
    assert row.tag in {"code", "2nd", "mem", "num"}


def test_a_missing_temperature_is_said():
    assert [name for name, row in MEASURES.items() if row.needs] == ["uniformity"]
    with pytest.raises(TypeError, match="temperature"):
        MEASURES["uniformity"].function(COLLAPSED)
