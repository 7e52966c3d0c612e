"""One table of methods: complete rows, equally long grids, one default each."""

import pytest

from models.methods import METHODS, RATE, TRIES
from models.treatment import Treatment

DEFAULTS = {name: method.default.treatment for name, method in METHODS.items()}


@pytest.mark.parametrize("name", METHODS)
def test_every_method_has_the_same_number_of_different_settings(name):
    grid = METHODS[name].grid
    assert len(grid) == len(set(grid)) == TRIES
    assert METHODS[name].default == grid[0]
    assert METHODS[name].default.learning_rate == RATE


@pytest.mark.parametrize("name", METHODS)
def test_every_row_says_what_it_is(name):
    row = METHODS[name]
    assert row.name == name
    assert row.title
    assert row.changes
    assert row.source


def test_no_two_methods_do_the_same_by_default():
    assert len(set(DEFAULTS.values())) == len(METHODS)


def test_the_plain_network_and_its_control_differ_in_a_layer_norm_only():
    assert DEFAULTS["none"] == Treatment()
    assert DEFAULTS["layer_norm"] == Treatment(then_layer_norm=True)


@pytest.mark.parametrize(
    "name", ["contra_norm", "partial_centering", "pair_norm", "token_batch_norm", "zca_whitening"]
)
def test_a_norm_is_followed_by_the_layer_norm_of_the_control(name):
    assert DEFAULTS[name].norm == name
    assert DEFAULTS[name].then_layer_norm


def test_the_losses_differ_in_their_layers_only():
    last, everywhere = DEFAULTS["uniformity_last"], DEFAULTS["uniformity_all"]
    assert (last.loss_layers, everywhere.loss_layers) == ("last", "all")
    assert last.loss_weight == everywhere.loss_weight > 0
    assert last.norm == everywhere.norm == "none"


def test_every_grid_has_the_same_slower_learning_rate_in_it():
    rates = {name: {setting.learning_rate for setting in METHODS[name].grid} for name in METHODS}
    assert all({1e-3, 3e-4} <= tried for tried in rates.values())
