import math

import pytest
import torch
from torch.nn import functional as F

from ui.figures.origin import (
    derivation_table,
    losses_figure,
    losses_table,
    pairs_figure,
    points_table,
    rows_table,
)
from ui.origin import (
    PAIRS,
    Descent,
    Step,
    code,
    derivation,
    derivations,
    descend,
    drawn_rows,
    losses,
    slope,
    start,
)


def test_losses_are_the_sums_written_as_loops_over_points():
    settings = Descent(alignment=0.5, uniformity=2.0, overlap=0.3, temperature=0.4)
    h = start(settings)
    n = len(h)
    square = [[sum((a - b) ** 2 for a, b in zip(x, y, strict=True)) for y in h] for x in h]
    pull = 0.7 * sum(square[i][i ^ 1] for i in range(n)) / n + 0.3 * sum(map(sum, square)) / n**2
    push = sum(math.log(sum(math.exp(x @ y / 0.4) for y in h)) for x in h) / n
    expected = torch.stack([pull, torch.tensor(push), 0.5 * pull + 2 * push]).double()
    torch.testing.assert_close(losses(h, settings), expected)


@pytest.mark.parametrize("space", ["circle", "sphere"])
def test_slope_is_n_times_the_autograd_gradient(space):
    settings = Descent(space=space, alignment=0.5, uniformity=1.5, overlap=0.3)
    h = start(settings).requires_grad_()
    (gradient,) = torch.autograd.grad(losses(h, settings)[-1], h)
    torch.testing.assert_close(slope(h.detach(), settings), len(h) * gradient)


@pytest.mark.parametrize("space", ["circle", "sphere"])
@pytest.mark.parametrize(("pull", "push"), [(0, 2), (2, 0), (1, 1), (2, 2), (0.25, 2)])
@pytest.mark.parametrize("temperature", [0.1, 0.2, 2.0])
def test_the_weighted_sum_never_rises_and_points_stay_on_the_sphere(space, pull, push, temperature):
    settings = Descent(space, pull, push, temperature=temperature, steps=80)
    path = descend(settings)
    assert path.points.shape == (81, 2 * PAIRS, 2 if space == "circle" else 3)
    torch.testing.assert_close(path.points.norm(dim=-1), torch.ones(81, 24).double())
    assert path.total.diff().max() <= 1e-12
    assert path.total[-1] < path.total[0] - 1e-3


@pytest.mark.parametrize("space", ["circle", "sphere"])
def test_alignment_alone_ends_in_one_point_if_positives_overlap(space):
    path = descend(Descent(space, alignment=1.0, uniformity=0.0, steps=320))
    assert path.verdict == "ends_one_point"
    assert path.other_distance[-1] < 1e-3
    assert path.mean_length[-1] > 0.999


def test_alignment_alone_without_overlap_only_closes_the_pairs():
    path = descend(Descent(uniformity=0.0, overlap=0.0, steps=320))
    assert path.pair_distance[-1] < 1e-3
    assert path.other_distance[-1] > 1
    assert path.verdict == "ends_paired"


@pytest.mark.parametrize("space", ["circle", "sphere"])
def test_uniformity_alone_spreads_and_parts_the_partners(space):
    path = descend(Descent(space, alignment=0.0, steps=320))
    assert path.verdict == "ends_spread"
    assert path.mean_length[-1] < 0.01 < path.mean_length[0]
    assert path.pair_distance[-1] > path.pair_distance[0]


@pytest.mark.parametrize("space", ["circle", "sphere"])
def test_both_keep_pairs_close_and_the_rest_apart(space):
    path = descend(Descent(space))
    assert path.verdict == "ends_paired"
    assert path.pair_distance[-1] < 0.2 * path.pair_distance[0]
    assert path.other_distance[-1] > path.other_distance[0]


def test_distances_and_cosines_are_those_of_a_loop_over_pairs():
    path = descend(Descent(steps=3))
    h = path.points[-1]
    within = [(h[i] - h[i + 1]).norm() for i in range(0, 24, 2)]
    across = [(i, j) for i in range(24) for j in range(24) if i // 2 != j // 2]
    ends = path.ends
    assert ends["steps"] == 3
    assert ends["pair"] == pytest.approx(torch.stack(within).mean().item())
    apart = torch.stack([(h[i] - h[j]).norm() for i, j in across]).mean().item()
    assert ends["other"] == pytest.approx(apart)
    cosine = torch.stack([h[i] @ h[j] for i, j in across]).mean().item()
    assert ends["cosine"] == pytest.approx(cosine)


@pytest.mark.parametrize("temperature", [0.1, 0.5, 2.0])
@pytest.mark.parametrize("scale", [0.1, 2.0])
def test_closed_form_agrees_with_autograd_and_with_finite_differences(scale, temperature):
    for found in derivations(Step(scale, temperature)):
        assert found.autograd_gap < 1e-11
        assert 0 < found.difference_gap < 1e-5
        assert found.printed_gap < 1e-12


def test_the_step_is_the_layer_on_unit_rows_and_not_on_rows_as_drawn():
    unit, drawn = derivations(Step())
    assert unit.layer_gap < 1e-14
    assert drawn.layer_gap > 0.1
    h = drawn_rows(0)
    weights = torch.softmax(h @ h.T / 0.5, -1)
    cosines = torch.softmax(F.normalize(h) @ F.normalize(h).T / 0.5, -1)
    expected = (0.5 * (weights - cosines) @ h).abs().max().item()
    assert drawn.layer_gap == pytest.approx(expected)
    assert drawn.layer_change == pytest.approx((0.5 * cosines @ h).abs().max().item())


def test_the_two_halves_are_the_row_and_the_column_softmax():
    h = drawn_rows(1)
    found = derivation(h, Step(0.5, 0.3))
    similar = (h @ h.T / 0.3).exp()
    anchor = similar / similar.sum(1, keepdim=True) @ h / 0.3
    negative = similar / similar.sum(0, keepdim=True) @ h / 0.3
    assert found.anchor_norm == pytest.approx(anchor.norm().item())
    assert found.negative_norm == pytest.approx(negative.norm().item())
    assert found.full_norm == pytest.approx((anchor + negative).norm().item())
    cosine = (anchor * negative).sum() / anchor.norm() / negative.norm()
    assert found.halves_cosine == pytest.approx(cosine.item())


def test_layer_norm_centres_rows_and_makes_them_equally_long():
    unit, drawn = derivations(Step())
    assert unit.rows["before"][1:3] == pytest.approx((1, 1))
    lengths = drawn_rows(0).norm(dim=1)
    assert drawn.rows["before"][1:3] == pytest.approx((lengths.min().item(), lengths.max().item()))
    mean, shortest, longest, cosine = drawn.rows["layer_norm"]
    assert mean < 1e-12 < drawn.rows["layer"][0]
    assert (shortest, longest) == pytest.approx((math.sqrt(8), math.sqrt(8)), abs=0.01)
    assert drawn.rows["layer"][1] < drawn.rows["before"][1]
    h = drawn_rows(0)
    h = h - 0.5 * torch.softmax(F.normalize(h) @ F.normalize(h).T / 0.5, -1) @ h
    unit_rows = F.normalize(h - h.mean(1, keepdim=True))
    alike = ((unit_rows @ unit_rows.T).sum() - 12) / (12 * 11)
    assert cosine == pytest.approx(alike.item(), abs=1e-6)


def test_tables_show_each_number_in_its_own_column():
    unit, drawn = derivations(Step())
    table = derivation_table(unit, drawn)
    full, kept, dropped = range(2, 5)
    for line, name in ((full, "full_norm"), (kept, "anchor_norm"), (dropped, "negative_norm")):
        shown = [f"{getattr(numbers, name):.3g}" for numbers in (unit, drawn)]
        assert table.iloc[line, 1:].tolist() == shown
    rows = rows_table(drawn)
    for line, name in enumerate(("before", "layer", "layer_norm")):
        assert [float(cell) for cell in rows.iloc[line, 1:]] == pytest.approx(
            drawn.rows[name], abs=6e-4
        )


def test_the_shown_code_gives_the_same_numbers(capsys):
    settings, step = Descent(steps=2, overlap=0.5), Step(0.2, 0.3)
    scope = {}
    exec(code(settings, step), scope)
    assert scope["path"].ends == descend(settings).ends
    assert scope["rows_as_drawn"] == derivations(step)[1]
    assert str(scope["rows_as_drawn"]) in capsys.readouterr().out


@pytest.mark.parametrize(("space", "rings"), [("circle", 1), ("sphere", 3)])
def test_figures_show_the_last_step_and_play_from_the_first(space, rings):
    path = descend(Descent(space, steps=100))
    figure = pairs_figure(path)
    assert list(figure.data[-1].x) == path.points[-1, :, 0].tolist()
    assert list(figure.data[rings].x) == path.points[0, :, 0].tolist()
    assert list(figure.data[-2].y)[:2] == path.points[-1, :2, 1].tolist()
    assert len(figure.frames) <= 41
    assert list(figure.frames[0].data[-1].x) == path.points[0, :, 0].tolist()
    assert list(figure.frames[-1].data[-1].x) == path.points[-1, :, 0].tolist()
    assert list(figure.frames[0].traces) == [rings + 1, rings + 2]
    table = points_table(path)
    assert table["x at the start"].tolist() == path.points[0, :, 0].tolist()
    assert table["x now"].tolist() == path.points[-1, :, 0].tolist()


def test_the_loss_figure_names_its_curves_and_its_axes():
    path = descend(Descent(steps=4))
    figure = losses_figure(path)
    assert [list(curve.y) for curve in figure.data] == [
        path.alignment.tolist(),
        path.uniformity.tolist(),
        path.total.tolist(),
    ]
    assert [curve.yaxis for curve in figure.data] == ["y", "y2", "y2"]
    assert "squared" in figure.layout.yaxis.title.text
    assert "nats" in figure.layout.yaxis2.title.text
    assert losses_table(path)["weighted sum"].tolist() == path.total.tolist()
