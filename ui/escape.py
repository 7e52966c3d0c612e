"""Visitors' text, made harmless for the place it is shown in."""

import html
import re

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
