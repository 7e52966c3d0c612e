from pathlib import Path

import pytest

from ui.limits import LIMITS, PUBLIC, limit

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", LIMITS)
def test_every_limit_is_documented_with_its_default(name):
    row = LIMITS[name]
    assert f"| `{row.variable}` | {row.default} | {row.meaning} |" in README


@pytest.mark.parametrize("name", LIMITS)
@pytest.mark.parametrize(
    ("asked", "expected"), [("7", 7), ("-5", 1), ("0", 1), ("x", None), ("", None), ("1e3", None)]
)
def test_a_limit_is_what_was_set_within_reason(name, asked, expected):
    row = LIMITS[name]
    assert limit(name, {row.variable: asked}) == (row.default if expected is None else expected)
    assert limit(name, {row.variable: "9" * 30}) == row.most


@pytest.mark.parametrize("name", LIMITS)
def test_a_public_host_has_defaults_of_its_own_which_a_variable_still_overrules(name):
    public = {"CONTRANORM_HOST": "public"}
    assert limit(name, public) == PUBLIC.get(name, LIMITS[name].default)
    assert limit(name, {"CONTRANORM_HOST": "laptop"}) == LIMITS[name].default
    assert limit(name, public | {LIMITS[name].variable: "3"}) == 3


@pytest.mark.parametrize("name", PUBLIC)
def test_what_a_public_host_gives_is_less_and_documented(name):
    assert PUBLIC[name] < LIMITS[name].default
    assert f"`{LIMITS[name].variable}` {PUBLIC[name]}" in README
