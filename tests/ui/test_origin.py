"""The descent on the two losses, checked by loops over points and by its printed program."""

import math
from dataclasses import fields

import numpy as np
import pytest
import torch

from ui.origin import LAST, PAIRS, Descent, descend, losses, slope, start
from ui.origin_packet import VERSION, Path


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
    path = descend(Descent(space, pull, push, temperature=temperature))
    assert path.points.shape == (LAST + 1, 2 * PAIRS, 2 if space == "circle" else 3)
    assert np.linalg.norm(path.points, axis=-1) == pytest.approx(np.ones((LAST + 1, 24)))
    assert np.diff(path.total).max() <= 2e-6
    assert path.total[-1] < path.total[0] - 1e-3


@pytest.mark.parametrize("space", ["circle", "sphere"])
def test_alignment_alone_ends_in_one_point_if_positives_overlap(space):
    path = descend(Descent(space, alignment=1.0, uniformity=0.0))
    assert path.verdict(LAST) == "ends_one_point"
    assert path.other_distance[-1] < 1e-3
    assert path.mean_length[-1] > 0.999


def test_alignment_alone_without_overlap_only_closes_the_pairs():
    path = descend(Descent(uniformity=0.0, overlap=0.0))
    assert path.pair_distance[-1] < 1e-3
    assert path.other_distance[-1] > 1
    assert path.verdict(LAST) == "ends_paired"


@pytest.mark.parametrize("space", ["circle", "sphere"])
def test_uniformity_alone_spreads_and_parts_the_partners(space):
    path = descend(Descent(space, alignment=0.0))
    assert path.verdict(LAST) == "ends_spread"
    assert path.mean_length[-1] < 0.01 < path.mean_length[0]
    assert path.pair_distance[-1] > path.pair_distance[0]


@pytest.mark.parametrize("space", ["circle", "sphere"])
def test_both_keep_pairs_close_and_the_rest_apart(space):
    path = descend(Descent(space))
    assert path.verdict(LAST) == "ends_paired"
    assert path.pair_distance[-1] < 0.2 * path.pair_distance[0]
    assert path.other_distance[-1] > path.other_distance[0]


def test_distances_and_cosines_are_those_of_a_loop_over_pairs():
    path = descend(Descent())
    h = torch.from_numpy(path.points[3]).double()
    within = [(h[i] - h[i + 1]).norm() for i in range(0, 24, 2)]
    across = [(i, j) for i in range(24) for j in range(24) if i // 2 != j // 2]
    ends = path.facts(3)
    assert ends["steps"] == 3
    assert ends["pair"] == pytest.approx(torch.stack(within).mean().item(), rel=1e-5)
    apart = torch.stack([(h[i] - h[j]).norm() for i, j in across]).mean().item()
    assert ends["other"] == pytest.approx(apart, rel=1e-5)
    cosine = torch.stack([h[i] @ h[j] for i, j in across]).mean().item()
    assert ends["cosine"] == pytest.approx(cosine, rel=1e-5)


def test_the_packet_is_versioned_float32_and_holds_all_steps():
    path = descend(Descent(space="sphere"))
    arrays = [getattr(path, field.name) for field in fields(Path) if field.name != "version"]
    assert path.version == VERSION
    assert {array.dtype for array in arrays} == {np.dtype("float32")}
    assert {len(array) for array in arrays} == {LAST + 1} == {path.last + 1}
    assert path.points[0] == pytest.approx(start(Descent(space="sphere")).numpy(), abs=1e-6)


@pytest.mark.parametrize("step", [0, 5, LAST])
def test_every_loss_belongs_to_the_points_of_its_step(step):
    settings = Descent(alignment=0.5, uniformity=1.5, overlap=0.3, temperature=0.5)
    path = descend(settings)
    h = torch.from_numpy(path.points[step]).double()
    found = [path.alignment[step], path.uniformity[step], path.total[step]]
    assert found == pytest.approx(losses(h, settings).tolist(), rel=1e-4)
    assert path.mean_length[step] == pytest.approx(h.mean(0).norm().item(), rel=1e-3, abs=1e-6)


def test_facts_and_verdict_are_those_of_the_step():
    path = descend(Descent())
    names = {"pair": path.pair_distance, "other": path.other_distance, "cosine": path.other_cosine}
    names |= {"alignment": path.alignment, "uniformity": path.uniformity, "mean": path.mean_length}
    for step in (0, 2, LAST):
        facts = path.facts(step)
        assert facts["steps"] == step
        assert {name: facts[name] for name in names} == {
            name: float(values[step]) for name, values in names.items()
        }
        assert facts["pair_start"] == float(path.pair_distance[0])
        assert facts["uniformity_start"] == float(path.uniformity[0])
    apart = descend(Descent(alignment=0.0))
    assert (apart.verdict(0), apart.verdict(LAST)) == ("ends_paired", "ends_spread")
