"""Visitors' text does nothing but be read, wherever it is put."""

import html
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ui.escape import markdown_text, plotly_text, spreadsheet_text


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("0.313", "`0.313`"),
        ("https://a.example", "`https://a.example`"),
        ("a`b", "``a`b``"),
        ("``", "``` `` ```"),
        (" a", "`  a `"),
        ("a\n\nb\u2028c", "`a  b c`"),
        ("", "`  `"),
    ],
)
def test_markdown_shows_the_text_as_code(text, code):
    assert markdown_text(text) == code


@given(st.text(alphabet="`a \n\\*", max_size=20))
def test_no_text_can_close_the_code_it_stands_in(text):
    code = markdown_text(text)
    fence = re.match("`+", code).group()
    assert code.endswith(fence)
    inside = code[len(fence) : -len(fence)]
    assert len(fence) not in map(len, re.findall("`+", inside))
    assert not inside.startswith("`") and not inside.endswith("`")
    assert "\n" not in code
    assert " ".join(text.splitlines()).strip() == inside.strip()


def test_a_label_keeps_short_text_and_cuts_long_text_at_its_limit():
    assert plotly_text("x" * 24) == "x" * 24
    assert plotly_text("x" * 25) == "x" * 23 + "…"
    assert plotly_text("abcd", 3) == "ab…"


@given(st.text(alphabet="<>&%{}\"'ab/", max_size=24))
def test_a_label_has_no_tag_and_no_template_and_says_the_same(text):
    label = plotly_text(text)
    assert not {"<", ">"} & set(label)
    assert "%{" not in label
    assert html.unescape(label) == text


@pytest.mark.parametrize(
    "text",
    [
        *("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n1", "\t1"),
        *("＝1+1", "＋1", "－1", "＠x", "﹦1", "﹢1", "﹣1", "﹫x"),
        *(" =1", "\u200b=1", "\ufeff=1", "\u202e=1", "\x00=1", "\u00a0=1"),
    ],
)
def test_a_cell_that_a_spreadsheet_would_run_is_made_plain(text):
    assert spreadsheet_text(text) == f"'{text}"


@pytest.mark.parametrize("text", ["", " ", "a=1", "1", "'=1", "−1", "🦊", "#1", "\u200b"])
def test_any_other_cell_stays_as_it_is(text):
    assert spreadsheet_text(text) == text
