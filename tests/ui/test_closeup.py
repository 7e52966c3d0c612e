"""The close-up of one layer, checked by loops over pairs and by its own printed program."""

import itertools
import math

import pytest
import torch

from contranorm import contra_norm
from ui.closeup import (
    CLOUDS,
    EXAMPLES,
    SCALES,
    SPELLINGS,
    TEMPERATURES,
    CloseUp,
    ExampleSettings,
    Settings,
    close_up,
    code,
    direction,
    example,
    explanation,
    facts,
    outcomes,
    shown,
    start,
)
from ui.figures.closeup import cloud_table, drawings, hand_tables, path_table, printed
from ui.text import words


def length(row: list[float]) -> float:
    return math.sqrt(sum(value * value for value in row))


def by_hand(h: list[list[float]], *, scale: float, temperature: float) -> list[list[float]]:
    """(1 + s) H − s A H, one number at a time."""
    out = []
    for a in h:
        pairs = [sum(x * y for x, y in zip(a, b, strict=True)) / length(a) / length(b) for b in h]
        weights = [math.exp(cosine / temperature) for cosine in pairs]
        average = [
            sum(w * b[k] for w, b in zip(weights, h, strict=True)) / sum(weights)
            for k in range(len(a))
        ]
        out.append([(1 + scale) * x - scale * y for x, y in zip(a, average, strict=True)])
    return out


def loss_by_hand(h: list[list[float]], temperature: float) -> float:
    dots = [[sum(x * y for x, y in zip(a, b, strict=True)) for b in h] for a in h]
    return sum(math.log(sum(math.exp(dot / temperature) for dot in row)) for row in dots)


def rank_by_hand(sigma: list[float]) -> float:
    shares = [value / sum(sigma) for value in sigma]
    return math.exp(-sum(p * math.log(p) for p in shares))


@pytest.fixture
def packet() -> CloseUp:
    return close_up(Settings(cloud="blob", dimension="3", steps=2))


def close(found: torch.Tensor, expected: list[list[float]]) -> bool:
    return torch.allclose(found, torch.tensor(expected, dtype=torch.float64), atol=1e-12)


@pytest.mark.parametrize("unit", [True, False])
def test_the_path_is_the_layer_written_as_a_loop(unit: bool) -> None:
    settings = Settings("blob", "3", scale=0.5, temperature=0.7, steps=3, unit=unit)
    h = start("blob", dimension=3).tolist()
    states = []
    for step in range(4):
        h = by_hand(h, scale=0.5, temperature=0.7) if step else h
        h = [[x / length(row) for x in row] for row in h] if unit else h
        states.append(h)
    found = close_up(settings)
    assert close(found.before, states[0])
    assert close(found.now, states[-1])
    assert close(found.pushed, by_hand(h, scale=0.5, temperature=0.7))
    assert found.losses == pytest.approx([loss_by_hand(state, 0.7) for state in states])


def test_ranks_spectra_and_cosines_belong_to_the_states(packet: CloseUp) -> None:
    for points, sigma, index in ((packet.before, packet.sigma_before, 0),
                                 (packet.now, packet.sigma_now, -1)):  # fmt: skip
        squares = torch.linalg.eigvalsh(points.mT @ points).flip(0)
        assert torch.allclose(sigma**2, squares)
        assert packet.ranks[index] == pytest.approx(rank_by_hand(sigma.tolist()))
        pairs = itertools.combinations(points.tolist(), 2)
        cosines = [sum(x * y for x, y in zip(a, b, strict=True)) for a, b in pairs]
        assert packet.cosines[index] == pytest.approx(sum(cosines) / len(cosines))


@pytest.mark.parametrize("steps", [0, 1, 20])
def test_there_is_one_entry_per_state(steps: int) -> None:
    found = close_up(Settings(steps=steps))
    assert len(found.losses) == len(found.ranks) == len(found.cosines) == steps + 1
    assert list(path_table(found)["layers"]) == list(range(steps + 1))


@pytest.mark.parametrize("variant", SPELLINGS)
@pytest.mark.parametrize("cloud", CLOUDS)
def test_every_spelling_survives_both_ends_of_every_slider(cloud: str, variant: str) -> None:
    ends = itertools.product((0.0, 3.0), (0.02, 10.0), (True, False))
    for scale, temperature, unit in ends:
        found = close_up(Settings(cloud, "3", variant, scale, temperature, 20, unit))
        values = found.losses + found.ranks + found.cosines
        assert all(math.isfinite(value) for value in values)


def test_scale_zero_moves_nothing() -> None:
    found = close_up(Settings(scale=0.0, steps=5))
    assert torch.allclose(found.now, found.before)
    assert {slots["went"] for slots in outcomes(found).values()} == {"same"}


def test_the_graph_spelling_is_not_offered() -> None:
    assert "gcn" not in SPELLINGS
    assert {"paper", "bert", "albert", "vit", "vit_dual"} <= set(SPELLINGS)


def test_clouds_have_the_shape_their_name_says() -> None:
    ring, pair = start("ring", dimension=3), start("antipodal", dimension=3)
    assert (ring[:, :2].norm(dim=-1) - 1).abs().max() < 0.15
    assert int((pair[:, 0] > 0).sum()) == len(pair) // 2
    ranks = {name: close_up(Settings(name, "3", steps=0)) for name in CLOUDS}
    assert ranks["cone"].cosines[0] > 0.9 > ranks["blob"].cosines[0] > 0.3
    assert abs(ranks["isotropic"].cosines[0]) < 0.1
    assert ranks["isotropic"].ranks[0] > 2.8 > 2.2 > ranks["antipodal"].ranks[0]


@pytest.mark.parametrize("unit", [True, False])
def test_the_printed_program_gives_the_numbers_on_the_page(unit: bool) -> None:
    settings = Settings("ring", "3", "albert", 0.75, 0.3, 4, unit)
    found, names = close_up(settings), {}
    exec(code(settings), names)
    assert names["loss"] == pytest.approx(found.losses[-1])
    assert names["rank"] == pytest.approx(found.ranks[-1])
    assert names["cosine"] == pytest.approx(found.cosines[-1])
    assert torch.allclose(names["arrows"], found.pushed - found.now)


def test_words_follow_the_numbers() -> None:
    assert [direction(1.0, b) for b in (0.9, 1.00001, 1.1)] == ["fell", "same", "rose"]
    assert direction(-0.5, -0.4) == "rose"
    assert direction(1e-17, -1e-17) == "same"
    found = outcomes(close_up(Settings(cloud="cone")))
    assert [slots["went"] for slots in found.values()] == ["fell", "rose", "fell"]
    assert float(found["happened_rank"]["before"]) < float(found["happened_rank"]["after"])


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


@pytest.mark.parametrize(("dimension", "kind"), [("2", "scatter"), ("3", "scatter3d")])
def test_the_drawings_hold_the_packet_s_numbers(dimension: str, kind: str) -> None:
    settings = Settings(dimension=dimension, steps=4)
    packet = close_up(settings)
    points, spectrum, losses = drawings(packet, say=words("layer"), facts=facts(settings, packet))
    before, arrow, now = points.figure.data
    assert {trace.type for trace in points.figure.data} == {kind}
    assert list(before.y) == packet.before[:, 1].tolist()
    assert list(now.x) == packet.now[:, 0].tolist()
    assert list(arrow.x[:3]) == [float(packet.now[0, 0]), float(packet.pushed[0, 0]), None]
    assert len(arrow.y) == 3 * len(packet.now)
    assert [list(bar.y) for bar in spectrum.figure.data] == [
        packet.sigma_before.tolist(),
        packet.sigma_now.tolist(),
    ]
    assert list(losses.figure.data[0].y) == list(packet.losses)
    assert "nats" in losses.figure.layout.yaxis.title.text
    assert shown(packet.losses[-1]) in losses.alt
    assert f"after {settings.steps} layers" in points.alt


def test_the_table_of_the_cloud_lists_the_arrows(packet: CloseUp) -> None:
    table = cloud_table(packet)
    assert len(table) == len(packet.now)
    assert len(table.columns) == 9
    moved = table["now z"] + table["arrow z"]
    assert moved.tolist() == pytest.approx(packet.pushed[:, 2].tolist())
    assert table["before x"].tolist() == packet.before[:, 0].tolist()
