import pytest
from hypothesis import given
from hypothesis import strategies as st

from ui.real_settings import (
    MOST_LINES,
    PARAMETERS,
    RealSettings,
    lines,
    options,
    read,
    written,
)

ANOTHER = {
    name: next(
        option for option in (*options(name), "a b") if option != getattr(RealSettings(), name)
    )
    for name in PARAMETERS
    if name != "model"
}


@pytest.mark.parametrize("name", ANOTHER)
def test_each_setting_goes_into_the_address_and_comes_back(name):
    settings = RealSettings(**{name: ANOTHER[name]})
    address = written(settings)
    assert set(address) == {PARAMETERS[name]}
    assert read(address) == settings


def test_the_start_needs_no_address():
    assert written(RealSettings()) == {}
    assert read({}) == RealSettings()


@given(st.dictionaries(st.sampled_from(sorted(PARAMETERS.values())), st.text(max_size=20)))
def test_any_address_is_read(address):
    settings = read(address)
    assert all(getattr(settings, name) in options(name) for name in PARAMETERS if options(name))


def test_lines_are_sentences_and_empty_ones_are_none():
    assert lines("a\r\n\n  b  \n") == ("a", "b")
    assert lines("\n \n") == ("",)
    assert len(lines("x\n" * 500)) == MOST_LINES


@pytest.mark.parametrize(("line", "sentence"), [(1, "a"), (2, "b"), (9, "b")])
def test_the_line_on_screen_is_the_one_asked_for_or_the_last(line, sentence):
    assert RealSettings(text="a\nb", line=line).sentence == sentence


def test_the_branches_take_what_was_set():
    none, ours, rival = RealSettings(
        scale=0.3, temperature=0.2, rival="pair_norm", form="plain"
    ).branches()
    assert (none.norm, ours.norm, rival.norm) == ("none", "contra_norm", "pair_norm")
    assert (ours.scale, ours.temperature, ours.settings) == (0.3, 0.2, (("form", "plain"),))
    assert (rival.scale, rival.settings) == (0.3, ())
