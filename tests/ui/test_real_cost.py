from dataclasses import replace

import pytest

from models.costs import Range
from ui.real_cost import cost, costs, file, own, own_table, sentences, table
from ui.real_picture import picture
from ui.real_settings import RealSettings
from ui.text import words

SHORT = RealSettings(text="a cat saw a dog\nanother line")


@pytest.fixture(scope="module")
def found():
    return tuple(cost(one) for one in costs(SHORT))


def test_every_line_keeps_as_much_as_it_does_alone():
    kept = own(SHORT)
    assert len(kept) == 2
    for line, values in enumerate(kept, start=1):
        assert values == pytest.approx(picture(replace(SHORT, line=line)).kept[1:], abs=1e-4)
    rows = own_table(SHORT, kept, words("real"))
    assert list(rows.iloc[:, 0]) == ["a cat saw a dog", "another line"]
    assert rows.iloc[1, 1] == kept[1][0]


def test_the_costs_are_of_contra_norm_and_of_the_rival_where_the_norm_is_put():
    ours, rival = costs(replace(SHORT, placement="attention_input", rival="pair_norm"))
    assert (ours.branch.norm, rival.branch.norm) == ("contra_norm", "pair_norm")
    assert ours.placement == rival.placement == "attention_input"
    assert costs(replace(SHORT, text="other")) == costs(SHORT)  # no text has a part in it


def test_the_table_has_each_norms_own_numbers(found):
    rows = table(costs(SHORT), found, words("real"))
    assert list(rows.iloc[:, 0]) == ["without", "ContraNorm", "partial centring"]
    assert rows.iloc[0, 1].startswith(f"{found[0].without.spearman.value:.3f}")
    for row, one in enumerate(found, start=1):
        assert rows.iloc[row, 1].startswith(f"{one.with_norm.spearman.value:.3f}")
        assert rows.iloc[row, 2].startswith(f"{one.with_norm.ordered.value:.3f}")
        assert rows.iloc[row, 3] == f"{one.similarity.value:.3f}"
    numbers = file(costs(SHORT), found, words("real"))
    assert list(numbers.columns[1:4]) == [f"rank correlation{end}" for end in ("", " –", " +")]
    ours = found[0].with_norm
    ranges = (ours.spearman, ours.ordered)
    cells = [cell for one in ranges for cell in (one.value, one.low, one.high)]
    assert numbers.iloc[1, 1:].tolist() == [*cells, found[0].similarity.value]
    assert numbers.iloc[0, -1] == 1.0


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (Range(-0.2, -0.3, -0.1), "worse than"),
        (Range(0.2, 0.1, 0.3), "better than"),
        (Range(-0.1, -0.3, 0.1), "neither better nor worse"),
    ],
)
def test_a_norm_is_called_worse_or_better_only_where_the_whole_range_is(found, change, said):
    asked, one = costs(SHORT), found[0]
    turned = replace(one, change=replace(one.change, spearman=change))
    assert said in sentences(asked, (turned, found[1]), words("real"))[0].replace("\n", " ")


def test_more_strength_costs_more(found):
    weak, _ = (cost(one) for one in costs(replace(SHORT, scale=0.05)))
    assert weak.similarity.value > found[0].similarity.value
