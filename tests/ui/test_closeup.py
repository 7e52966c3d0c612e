"""The close-up of one layer, checked by loops over pairs and by its own printed program."""

import itertools
import math
from dataclasses import fields

import numpy as np
import pytest

from tests.ui.closeup_loops import by_hand, length, loss_by_hand, rank_by_hand
from ui.closeup import (
    CLOUDS,
    LAST,
    LAYER,
    SPELLINGS,
    CloudSettings,
    Source,
    close_up,
    facts,
    outcomes,
    start,
)
from ui.closeup_packet import VERSION, CloseUp
from ui.closeup_words import direction
from ui.settings import Settings

SHORT = Settings(text="one red bird sings in the old tree", depth=4)


def states_by_hand(settings: CloudSettings) -> list[list[list[float]]]:
    h, states = start(settings.cloud, dimension=int(settings.dimension)).tolist(), []
    for step in range(LAST + 1):
        if step:
            h = by_hand(h, scale=settings.scale, temperature=settings.temperature)
        h = [[x / length(row) for x in row] for row in h] if settings.unit else h
        states.append(h)
    return states


@pytest.mark.parametrize("unit", [True, False])
def test_the_path_is_the_layer_written_as_a_loop(unit: bool) -> None:
    settings = CloudSettings("blob", "3", scale=0.1, temperature=0.7, unit=unit)
    states, found = states_by_hand(settings), close_up(settings)
    assert found.last == LAST
    assert found.bounded is unit
    for step in (0, 1, 2, 7, LAST):
        h = states[step]
        further = by_hand(h, scale=0.1, temperature=0.7)
        assert found.coordinates[step] == pytest.approx(np.array(h), rel=1e-5, abs=1e-6)
        assert found.pushed[step] == pytest.approx(np.array(further), rel=1e-5, abs=1e-6)
        assert found.uniformity[step] == pytest.approx(loss_by_hand(h, 0.7), rel=1e-6)


def test_ranks_spectra_cosines_and_spread_belong_to_their_step() -> None:
    settings = CloudSettings("blob", "3")
    states, found = states_by_hand(settings), close_up(settings)
    for step in (0, 2, LAST):
        h = np.array(states[step])
        sigma = np.sqrt(np.linalg.eigvalsh(h.T @ h)[::-1])
        assert found.singular_values[step] == pytest.approx(sigma, rel=1e-5)
        assert found.effective_rank[step] == pytest.approx(rank_by_hand(sigma.tolist()))
        cosines = [float(a @ b) for a, b in itertools.combinations(h, 2)]
        assert found.mean_cosine[step] == pytest.approx(sum(cosines) / len(cosines), rel=1e-5)
        spread = math.sqrt(sum(((a - h.mean(0)) ** 2).sum() for a in h) / len(h))
        assert found.spread[step] == pytest.approx(spread, rel=1e-5)


@pytest.mark.parametrize("cloud", ["ring", LAYER])
def test_the_packet_is_versioned_float32_and_holds_all_steps(cloud: str) -> None:
    found = close_up(CloudSettings(cloud, source=Source(SHORT, layer=2)))
    arrays = [getattr(found, field.name) for field in fields(CloseUp)]
    arrays = [array for array in arrays if isinstance(array, np.ndarray)]
    assert found.version == VERSION
    assert len(arrays) == 8
    assert {array.dtype for array in arrays} == {np.dtype("float32")}
    assert {len(array) for array in arrays} == {LAST + 1}
    assert found.coordinates.shape == found.pushed.shape


@pytest.mark.parametrize("variant", SPELLINGS)
@pytest.mark.parametrize("cloud", [name for name in CLOUDS if name != LAYER])
def test_every_spelling_survives_both_ends_of_every_slider(cloud: str, variant: str) -> None:
    for scale, tau, unit in itertools.product((0.0, 3.0), (0.02, 10.0), (True, False)):
        found = close_up(CloudSettings(cloud, "3", variant, scale, tau, unit))
        parts = (found.coordinates, found.pushed, found.singular_values, found.uniformity)
        parts += (found.effective_rank, found.mean_cosine, found.drawn_share, found.spread)
        assert all(np.isfinite(part).all() for part in parts)
        assert found.last == LAST or not unit


def test_a_cloud_that_runs_away_ends_early() -> None:
    found = close_up(CloudSettings(variant="paper", scale=3.0, temperature=0.02, unit=False))
    assert 0 < found.last < LAST
    assert 1e12 < np.abs(found.coordinates[-1]).max() < 1e15
    assert np.abs(found.pushed[-1]).max() > 1e15


def test_scale_zero_moves_nothing() -> None:
    found = close_up(CloudSettings(scale=0.0))
    assert np.allclose(found.coordinates, found.coordinates[:1])
    assert {slots["went"] for slots in outcomes(found, LAST).values()} == {"same"}


def test_the_graph_spelling_is_not_offered() -> None:
    assert "gcn" not in SPELLINGS
    assert {"paper", "bert", "albert", "vit", "vit_dual"} <= set(SPELLINGS)


def test_clouds_have_the_shape_their_name_says() -> None:
    ring, pair = start("ring", dimension=3), start("antipodal", dimension=3)
    assert (ring[:, :2].norm(dim=-1) - 1).abs().max() < 0.15
    assert int((pair[:, 0] > 0).sum()) == len(pair) // 2
    seen = {name: close_up(CloudSettings(name, "3")) for name in CLOUDS if name != LAYER}
    cosines = {name: packet.mean_cosine[0] for name, packet in seen.items()}
    assert cosines["cone"] > 0.9 > cosines["blob"] > 0.3
    assert abs(cosines["isotropic"]) < 0.1
    assert seen["isotropic"].effective_rank[0] > 2.8 > 2.2 > seen["antipodal"].effective_rank[0]


def test_words_follow_the_numbers_of_the_step() -> None:
    assert [direction(1.0, b) for b in (0.9, 1.00001, 1.1)] == ["fell", "same", "rose"]
    assert direction(-0.5, -0.4) == "rose"
    assert direction(1e-17, -1e-17) == "same"
    packet = close_up(CloudSettings(cloud="cone"))
    assert [slots["went"] for slots in outcomes(packet, 3).values()] == ["fell", "rose", "fell"]
    assert {slots["went"] for slots in outcomes(packet, 0).values()} == {"same"}
    for step in (1, 5):
        rank = outcomes(packet, step)["happened_rank"]
        assert rank["before"] == f"{packet.effective_rank[0]:.4g}"
        assert rank["after"] == f"{packet.effective_rank[step]:.4g}"
        about = facts(CloudSettings(), packet, step)
        assert about["after"] == f"{packet.uniformity[step]:.4g}"
        assert about["steps"] == str(step)
