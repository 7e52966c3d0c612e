import dataclasses
import math
import shlex

import pytest

from models.methods import METHODS
from training.config import ConfigError, RunConfig, options
from training.run import parser


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"depth": 10_000}, "depth must be a whole number from 1 to 64; got 10000"),
        ({"depth": 0}, "depth must be a whole number from 1 to 64; got 0"),
        ({"depth": 2.5}, "depth must be a whole number from 1 to 64; got 2.5"),
        ({"epochs": True}, "epochs must be a whole number from 0 to 500; got True"),
        ({"width": 64, "heads": 3}, "the width must be a multiple of the heads; got 64 and 3"),
        ({"learning_rate": 0.0}, "learning_rate must be positive; got 0.0"),
        ({"learning_rate": math.inf}, "learning_rate must be finite; got inf"),
        ({"learning_rate": 2.0}, "learning_rate must be at most 1.0; got 2.0"),
        ({"scale": math.nan}, "scale must be finite; got nan"),
        ({"scale": 10**400}, "scale must be finite; got 10{400}"),
        ({"scale": -1.0}, "scale must be positive; got -1.0"),
        ({"temperature": 0}, "temperature must be positive; got 0"),
        ({"clip": 0}, "clip must be positive; got 0"),
        ({"scale": "big"}, "scale must be a number; got 'big'"),
        ({"gain": 0.0}, "gain must be positive; got 0.0"),
        ({"learned_gain": "no"}, "learned_gain must be one of False, True; got 'no'"),
        (
            {"method": "none", "gain": 2.0},
            "gain and learned_gain are of the LayerNorm behind a norm, which the method must "
            "have; got 'none'",
        ),
        ({"task": "nothing"}, "task must be one of digits, agreement, masked_words; got 'nothing'"),
        ({"method": "magic"}, "method must be one of none, layer_norm, .*; got 'magic'"),
        ({"layer_norm": "none"}, "layer_norm must be one of post, pre; got 'none'"),
        ({"form": "dual"}, "form must be one of residual, plain; got 'dual'"),
        ({"tried": 4}, "tried must be a whole number from 0 to 3; got 4"),
        ({"tried": 4, "gain": 2.0}, "tried must be a whole number from 0 to 3; got 4"),
        ({"split": 3}, "split must be a whole number from 0 to 2; got 3"),
        ({"seed": -1}, "seed must be a whole number from 0 to 1000000; got -1"),
    ],
)
def test_what_cannot_be_trained_is_refused_with_a_sentence(changes, sentence):
    with pytest.raises(ConfigError, match=f"^{sentence}$"):
        RunConfig(**changes)


def test_a_run_takes_its_setting_from_the_grid_and_replaces_single_numbers():
    grid = METHODS["contra_norm"].grid
    assert [RunConfig(tried=tried).setting for tried in range(4)] == list(grid)
    own = RunConfig(
        scale=0.5, temperature=2, form="plain", learnable=True, learning_rate=0.01
    ).setting
    assert (own.treatment.scale, own.treatment.temperature) == (0.5, 2)
    assert (own.treatment.form, own.treatment.learnable) == ("plain", True)
    assert own.learning_rate == 0.01
    gained = RunConfig(gain=0.5, learned_gain=False).setting.treatment
    assert (gained.gain, gained.learned_gain) == (0.5, False)
    assert (own.treatment.gain, own.treatment.learned_gain) == (1.0, True)
    assert own.treatment.norm == "contra_norm"
    assert RunConfig(method="uniformity_all", loss_weight=3).setting.treatment.loss_weight == 3


def test_pre_layer_norm_moves_the_layer_norm_of_ordinary_residuals_only():
    assert RunConfig(layer_norm="pre").setting.treatment.residual == "pre"
    assert RunConfig().setting.treatment.residual == "post"
    assert RunConfig(layer_norm="pre", method="rezero").setting.treatment.residual == "rezero"


def test_the_network_has_the_run_s_size_and_the_task_s_shape():
    network = RunConfig(depth=3, width=32, heads=2).network
    assert (network.depth, network.width, network.heads) == (3, 32, 2)
    assert (network.tokens, network.features, network.classes) == (16, 4, 10)
    assert network.treatment == METHODS["contra_norm"].default.treatment


def test_a_seed_has_its_own_split_unless_another_is_asked_for():
    assert [RunConfig(seed=seed).data_split for seed in range(5)] == [0, 1, 2, 0, 1]
    assert RunConfig(seed=1, split=0).data_split == 0


def test_the_command_repeats_every_field():
    others = {
        "task": "agreement",
        "method": "pair_norm",
        "tried": 2,
        "depth": 3,
        "width": 32,
        "heads": 8,
        "layer_norm": "pre",
        "scale": 0.5,
        "temperature": 0.7,
        "form": "plain",
        "learnable": True,
        "gain": 0.5,
        "learned_gain": False,
        "loss_weight": 2.0,
        "learning_rate": 0.002,
        "warm_up": 7,
        "epochs": 2,
        "batch": 64,
        "clip": 0.5,
        "seed": 4,
        "split": 1,
    }
    assert set(others) == {entry.name for entry in dataclasses.fields(RunConfig)}
    config = RunConfig(**others)
    said = vars(parser().parse_args(shlex.split(" ".join(options(config)))))
    said.pop("out")
    assert RunConfig(**said) == config
    assert config.command.startswith("python -m training.run --task agreement")
    assert RunConfig().command == "python -m training.run"
