"""A layer of the page above as the cloud: its hidden states, its directions, its link."""

import numpy as np
import pytest
import torch

from contranorm import effective_rank
from contranorm.functional import unit_vectors
from models.pretrained import package_folder
from ui.closeup import LAYER, CloudSettings, Source, close_up
from ui.closeup_layer import (
    BRANCHES,
    LONGEST_LINK,
    branch_of,
    hidden_states,
    link,
    linked,
)
from ui.picture import picture
from ui.settings import Settings, home

SHORT = Settings(text="one red bird sings in the old tree", depth=4, scale=0.5, gain=2.0)
NO_MINILM = pytest.mark.skipif(package_folder() is None, reason="all-MiniLM-L6-v2 is not here")
MOVED = Settings(
    text="a b c",
    depth=2,
    width=32,
    heads=2,
    placement="after_attention_residual",
    rival="pair_norm",
    residual=False,
    mlp=False,
    layer_norm="none",
    positions=False,
    attention_temperature=0.5,
    seed=3,
    form="plain",
)
SENTENCE = Settings(model="minilm", text="a red bird", depth=2)
EXPERIMENTS = [
    pytest.param(SHORT, id="lab"),
    pytest.param(MOVED, id="lab, all moved"),
    pytest.param(Settings(model="digits", digit=7, depth=3, temperature=0.2), id="digits"),
    pytest.param(Settings(model="digits", rival="pair_norm", depth=2), id="digits' own rival"),
    pytest.param(SENTENCE, id="minilm", marks=NO_MINILM),
]


@pytest.mark.parametrize("experiment", EXPERIMENTS)
@pytest.mark.parametrize("branch", BRANCHES)
def test_hidden_states_are_those_the_page_above_measures(experiment: Settings, branch: str) -> None:
    names, hidden = hidden_states(experiment, branch=branch)
    seen = picture(experiment)
    found = effective_rank(hidden.double()).float().numpy()
    assert len(names) == hidden.shape[1] == len(seen.tokens)
    assert found == pytest.approx(seen.effective_rank[:, BRANCHES.index(branch)], rel=1e-4)
    assert experiment.model == "digits" or names == seen.tokens


def test_every_branch_runs_the_norm_of_its_name() -> None:
    norms = [branch_of(MOVED, name).norm for name in ("without", "contra_norm", "rival")]
    assert norms == ["none", "contra_norm", "pair_norm"]
    assert branch_of(Settings(model="digits", rival="pair_norm"), "rival").norm == (
        "partial_centering"
    )


@pytest.mark.parametrize("dimension", [2, 3])
@pytest.mark.parametrize("layer", [0, 3])
def test_the_drawing_is_a_projection_on_the_start_s_main_directions(
    dimension: int, layer: int
) -> None:
    source = Source(SHORT, "contra_norm", layer)
    found = close_up(CloudSettings(LAYER, str(dimension), source=source))
    h = unit_vectors(hidden_states(SHORT, branch="contra_norm")[1][layer].double())
    values, vectors = np.linalg.eigh(torch.cov(h.mT, correction=0).numpy())
    main = vectors[:, ::-1][:, :dimension]
    main = main * np.sign(main[np.abs(main).argmax(0), range(dimension)])
    share = values[::-1] / values.sum()
    assert found.features == 128
    assert found.axes_share == pytest.approx(share[:dimension], rel=1e-6)
    assert found.drawn_share[0] == pytest.approx(share[:dimension].sum(), rel=1e-6)
    assert found.coordinates[0] == pytest.approx(h.numpy() @ main, abs=1e-5)


def test_numbers_come_from_all_features_not_from_the_drawing() -> None:
    source = Source(SHORT, layer=0)
    flat, deep = (close_up(CloudSettings(LAYER, size, source=source)) for size in "23")
    assert flat.effective_rank.tolist() == deep.effective_rank.tolist()
    assert flat.effective_rank[0] > 3
    assert flat.singular_values.shape[1] == len(flat.tokens)
    assert (flat.drawn_share < deep.drawn_share).all()
    assert (deep.drawn_share < 1).all()


def test_branch_and_layer_choose_the_cloud() -> None:
    sources = [Source(SHORT, branch, layer) for branch in BRANCHES for layer in (1, 4)]
    starts = {
        close_up(CloudSettings(LAYER, source=one)).coordinates[0].tobytes() for one in sources
    }
    assert len(starts) == 6
    deepest = close_up(CloudSettings(LAYER, source=Source(SHORT, "without", 4)))
    beyond = close_up(CloudSettings(LAYER, source=Source(SHORT, "without", 40)))
    assert beyond.coordinates.tobytes() == deepest.coordinates.tobytes()


def test_one_token_and_no_token_are_clouds_of_one_point() -> None:
    for text in ("one", ""):
        found = close_up(CloudSettings(LAYER, "3", source=Source(Settings(text=text, depth=2))))
        assert found.coordinates.shape == (21, 1, 3)
        assert np.isfinite(found.coordinates).all()
        assert found.drawn_share.tolist() == [0.0] * 21


def test_tokens_that_only_rounding_tells_apart_are_called_noise() -> None:
    alike = Settings(text="a a a a", positions=False, depth=2)
    apart = Settings(text="a a a b", positions=False, depth=2)
    noisy = [close_up(CloudSettings(LAYER, source=Source(one))).noisy for one in (alike, apart)]
    assert noisy == [True, False]


@pytest.mark.parametrize(
    "experiment",
    [Settings(), SHORT, home("minilm"), home("digits"), Settings(text="a&b=c?#% 狐 🦊\n+", depth=7),
     Settings(text=""), Settings(text="狐" * 500)],
)  # fmt: skip
def test_a_link_brings_back_the_experiment(experiment: Settings) -> None:
    assert linked(link(experiment)) == experiment
    assert len(link(experiment)) < LONGEST_LINK


def test_a_long_text_is_not_in_the_link_and_the_rest_is() -> None:
    found = linked(link(Settings(text="a" * 501, depth=9)))
    assert found == Settings(depth=9)
    assert linked("depth=9&text=" + "a" * 501) == Settings(depth=9)


@pytest.mark.parametrize(
    "value",
    ["", "&&&", "depth", "depth=1e999&seed=nan", "model=<script>", "a=" * 9000, "%",
     "text=%ED%A0%80", "\ud800", "depth=5;rm", "model=minilm&depth=48", "\0=\0",
     "digit=-1&s=inf&tau=--"],
)  # fmt: skip
def test_hostile_links_fall_back_to_what_is_possible(value: str) -> None:
    found = linked(value)
    assert found.scale == home(found.model).scale
    assert found.depth == home(found.model).depth
    assert linked(link(found)).depth == found.depth


def test_a_link_with_a_broken_character_can_still_be_written() -> None:
    assert linked(link(Settings(text="\ud800a"))).text == "?a"
