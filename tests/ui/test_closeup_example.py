"""Four tokens by hand: every intermediate number, and the reason given for the result."""

import itertools
import math

import pytest
import torch

from contranorm import contra_norm
from tests.ui.closeup_loops import by_hand, length, rank_by_hand
from ui.closeup import SCALES
from ui.closeup_example import EXAMPLES, ExampleSettings, example, explanation
from ui.closeup_words import direction
from ui.figures.closeup import hand_tables, printed
from ui.settings import TEMPERATURES


def close(found: torch.Tensor, expected: list[list[float]]) -> bool:
    return torch.allclose(found, torch.tensor(expected, dtype=torch.float64), atol=1e-12)


@pytest.mark.parametrize("tokens", EXAMPLES)
def test_every_step_of_the_hand_example_agrees_with_a_loop(tokens: str) -> None:
    found = example(ExampleSettings(tokens, 0.5, 0.7))
    h = found.h.tolist()
    assert len(h) == 4
    assert close(found.result, by_hand(h, scale=0.5, temperature=0.7))
    for i, j in itertools.product(range(4), range(4)):
        dot = sum(x * y for x, y in zip(h[i], h[j], strict=True))
        cosine = dot / length(h[i]) / length(h[j])
        assert float(found.cosine[i, j]) == pytest.approx(cosine)
        total = sum(math.exp(float(c) / 0.7) for c in found.cosine[i])
        assert float(found.weights[i, j]) == pytest.approx(math.exp(cosine / 0.7) / total)
    assert torch.allclose(1.5 * found.h - 0.5 * found.average, found.result)
    assert torch.allclose(found.result, contra_norm(found.h, scale=0.5, temperature=0.7))
    assert found.rank_before == pytest.approx(rank_by_hand(list(found.sigma_before)))
    assert found.rank_after == pytest.approx(rank_by_hand(list(found.sigma_after)))


@pytest.mark.parametrize(
    ("tokens", "scale", "sentence"),
    [("fan", 0.5, "why_fell"), ("cone", 0.5, "why_rose"), ("axes", 3.0, "why_fell"),
     ("fan", 0.0, "why_same")],
)  # fmt: skip
def test_the_reason_belongs_to_the_way_the_rank_went(
    tokens: str, scale: float, sentence: str
) -> None:
    found = example(ExampleSettings(tokens, scale, 1.0))
    name, slots = explanation(found)
    assert name == sentence
    ratios = [sigma[0] / sigma[-1] for sigma in (found.sigma_before, found.sigma_after)]
    assert [slots["before"], slots["after"]] == [f"{ratio:.4g}" for ratio in ratios]


def test_the_explanation_holds_at_every_step_of_both_sliders() -> None:
    opposite = {"why_rose": "fell", "why_fell": "rose"}
    for tokens, scale, tau in itertools.product(EXAMPLES, SCALES, TEMPERATURES):
        name, slots = explanation(example(ExampleSettings(tokens, scale, tau)))
        ratio = direction(float(slots["before"]), float(slots["after"]))
        assert ratio == opposite.get(name, ratio), (tokens, scale, tau)


def test_four_equal_axes_lose_toward_three_directions() -> None:
    ranks = [example(ExampleSettings("axes", s, 1.0)).rank_after for s in (0.5, 3.0, 1e6)]
    assert 4 > ranks[0] > ranks[1] > ranks[2] == pytest.approx(3.0, abs=1e-3)


def test_the_hand_tables_print_three_decimals_and_no_negative_zero() -> None:
    tables = hand_tables(example(ExampleSettings("axes", 1.0, 0.2)))
    assert tables["hand_h"].loc["b"].tolist() == ["0.000", "1.000", "0.000", "0.000"]
    cells = [cell for table in tables.values() for cell in table.to_numpy().ravel()]
    assert all(len(cell.split(".")[1]) == 3 for cell in cells)
    assert printed(torch.tensor([[-1e-9]]), ("a",), ("1",)).loc["a", "1"] == "0.000"
    assert tables["hand_cosine"].shape == tables["hand_weights"].shape == (4, 4)
    assert tables["hand_result"].loc["a", "2"] == tables["hand_result"].loc["b", "1"] != "0.000"
