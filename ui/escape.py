"""Visitors' text, made harmless for the place it is shown in."""

import html

_SIGNS = frozenset("\\`*_{}[]()<>#+-.!|~$&:\"'")


def markdown_text(text: str) -> str:
    """Return text in which Markdown and HTML find nothing to act on."""
    return "".join(f"&#{ord(sign)};" if sign in _SIGNS else sign for sign in text)


def plotly_text(text: str, longest: int = 24) -> str:
    """Return text for a Plotly label, cut to `longest` characters, without tags or templates."""
    cut = text if len(text) <= longest else text[: longest - 1] + "…"
    return html.escape(cut).replace("%{", "%&#123;")
