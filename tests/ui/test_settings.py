"""Any address is read into settings that can be run, and what is written is read back."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ui.settings import DEPTHS, FIELDS, SCALES, Settings, home, options, read, written

PARAMETERS = tuple(field.parameter for field in FIELDS)
NUMBERS = st.floats(width=32).map(str) | st.integers(-60, 300).map(str)
WORDS = st.sampled_from(["true", "FALSE", "yes", "nan", "inf", "-0", "1e0", "0x1", "１２", ""])
NAMED = st.sampled_from(
    [option for field in FIELDS for option in field.options if isinstance(option, str)]
)
ANY_TEXT = st.text(max_size=12) | NUMBERS | WORDS | NAMED


@st.composite
def experiments(draw):
    model = draw(st.sampled_from(tuple(DEPTHS)))
    values = {
        field.name: draw(st.sampled_from(allowed) if allowed else st.text(max_size=20))
        for field in FIELDS[1:]
        for allowed in [options(field, model)]
    }
    return Settings(model=model, **values)


@settings(max_examples=200, derandomize=True, deadline=None)
@given(st.dictionaries(st.sampled_from(PARAMETERS) | st.text(max_size=5), ANY_TEXT))
def test_any_address_gives_settings_that_are_all_allowed(address):
    read_ = read(address)
    assert read_.model in DEPTHS
    for field in FIELDS[1:]:
        allowed = options(field, read_.model)
        value = getattr(read_, field.name)
        if not allowed:
            assert value == address.get(field.parameter, getattr(home(read_.model), field.name))
            continue
        assert value in allowed
        assert type(value) in {type(option) for option in allowed}


@settings(max_examples=200, derandomize=True, deadline=None)
@given(experiments())
def test_what_is_written_is_read_back(experiment):
    address = written(experiment)
    assert read(address) == experiment
    assert set(address) <= set(PARAMETERS)
    assert all(isinstance(value, str) for value in address.values())


@pytest.mark.parametrize("model", DEPTHS)
def test_a_model_at_home_needs_only_its_name(model):
    assert written(home(model)) == ({} if model == "lab" else {"model": model})


@settings(max_examples=100, derandomize=True, deadline=None)
@given(st.floats(min_value=SCALES[0], max_value=SCALES[-1]))
def test_a_number_off_its_grid_goes_to_the_nearest_step(value):
    chosen = read({"s": repr(value)}).scale
    assert abs(chosen - value) == min(abs(step - value) for step in SCALES)


@pytest.mark.parametrize("asked", ["-0.001", "5.001", "inf", "nan", "x", "", "1e999"])
def test_what_lies_outside_its_grid_or_is_no_number_stays_at_home(asked):
    assert read({"s": asked}) == home("lab")


@pytest.mark.parametrize(
    ("name", "asked", "step"),
    [("s", "0", 0.0), ("s", "5", 5.0), ("depth", "1", 1), ("depth", "48", 48)],
)
def test_both_ends_of_a_grid_are_in_it(name, asked, step):
    field = next(field for field in FIELDS if field.parameter == name)
    assert getattr(read({name: asked}), field.name) == step


def test_depth_is_the_models_own():
    assert read({"model": "minilm", "depth": "7"}).depth == home("minilm").depth
    assert read({"model": "minilm", "depth": "6"}).depth == 6
    assert read({"model": "gpt", "depth": "48"}) == read({"depth": "48"})


@pytest.mark.parametrize(("asked", "meant"), [("FALSE", False), ("true", True), ("0", True)])
def test_a_switch_is_true_or_false_in_any_case_and_nothing_else(asked, meant):
    assert read({"mlp": asked}).mlp is meant


def test_a_home_is_where_each_model_was_measured():
    assert (home("lab").depth, home("minilm").depth, home("digits").depth) == (24, 6, 24)
    assert [home(model).temperature for model in DEPTHS] == [1.0, 1.0, 0.2, 0.2, 0.2]
    assert home("minilm").placement == "after_attention_residual"
    assert home("lab").placement == home("digits").placement == "after_output_layer_norm"


def test_the_branches_are_without_with_and_the_rival_at_the_same_strength():
    plain, ours, rival = Settings(scale=0.3, temperature=0.2, form="plain").branches()
    assert plain.norm == "none"
    assert (ours.norm, ours.scale, ours.temperature) == ("contra_norm", 0.3, 0.2)
    assert dict(ours.settings) == {"form": "plain"}
    assert (rival.norm, rival.scale, rival.temperature) == ("partial_centering", 0.3, 0.2)
