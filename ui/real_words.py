"""Sentences' values on the page of real models, computed from its packet."""

from ui.escape import sentence_text
from ui.figures.palette import style
from ui.real_packet import RealPacket
from ui.text import Words


def keeping(real: RealPacket, words: Words, *, patches: bool = False) -> tuple[str, ...]:
    """Say for each norm how much of the model's own embedding of the whole it leaves."""
    return tuple(
        words("cost_digit" if patches else "cost", name=style(norm).title, cosine=f"{cosine:.3f}")
        for norm, cosine in zip(real.packet.branches[1:], real.kept[1:], strict=True)
    )


def closest(real: RealPacket, layer: int, words: Words) -> tuple[str, ...]:
    """Say which two tokens are hardest to tell apart at a layer, and how each norm has them."""
    if len(real.packet.tokens) < 2:
        return ()
    first, second, cosine = real.closest(layer, 0)
    with_norms = ", ".join(
        words(
            "closest_with",
            name=style(norm).title,
            cosine=f"{float(real.cosine[layer, branch, first, second]):.2f}",
        )
        for branch, norm in enumerate(real.packet.branches)
        if branch
    )
    return (
        words(
            "closest",
            layer=layer,
            first=named(real.packet.tokens, first),
            second=named(real.packet.tokens, second),
            cosine=f"{cosine:.2f}",
            others=with_norms,
        ),
    )


def named(tokens: tuple[str, ...], place: int) -> str:
    """Name a token in a sentence, with its place where its spelling is not the only one.

    >>> named(("a", "b", "a"), 2), named(("a", "b", "a"), 1)
    ('“a” (3)', '“b”')
    """
    spelt = f"“{sentence_text(tokens[place])}”"
    return f"{spelt} ({place + 1})" if tokens.count(tokens[place]) > 1 else spelt
