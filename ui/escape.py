"""Visitors' text, made harmless for the place it is shown in."""

import html
import re
import unicodedata

_TICKS = re.compile("`+")


def markdown_text(text: str) -> str:
    """Return text as Markdown code, the one place where nothing in it is acted upon.

    Escaped signs would not do: Streamlit makes links and symbols of addresses and arrows after
    it has resolved the escapes. The fence is longer than any run of backticks in the text.

    >>> markdown_text("s = `2`")
    '`` s = `2` ``'
    """
    line = " ".join(text.splitlines())
    fence = "`" * (1 + max(map(len, _TICKS.findall(line)), default=0))
    padding = " " if not line.strip() or line[0] in " `" or line[-1] in " `" else ""
    return f"{fence}{padding}{line}{padding}{fence}"


def plotly_text(text: str, longest: int = 24) -> str:
    """Return text for a Plotly label, cut to `longest` characters, without tags or templates."""
    cut = text if len(text) <= longest else text[: longest - 1] + "…"
    return html.escape(cut).replace("%{", "%&#123;")


def sentence_text(text: str, longest: int = 24) -> str:
    """Return text for a computed sentence, cut, where two asterisks would begin bold letters.

    >>> sentence_text("a**b").encode("unicode_escape").decode()
    'a*\\u2060*b'
    """
    cut = text if len(text) <= longest else text[: longest - 1] + "…"
    return cut.replace("**", "*\u2060*")


def spreadsheet_text(text: str) -> str:
    """Return text that a spreadsheet shows and does not run.

    A quotation mark goes before whatever begins like a formula, with =, +, - or @ in any width,
    behind any number of invisible characters, or with a tab or a line break.

    >>> spreadsheet_text("=1+1"), spreadsheet_text("1 = 1")
    ("'=1+1", '1 = 1')
    """
    seen = (sign for sign in text if unicodedata.category(sign)[0] not in "CZ")
    first = unicodedata.normalize("NFKC", next(seen, " "))[0]
    return f"'{text}" if first in "=+-@" or text[:1] in ("\t", "\r", "\n") else text
