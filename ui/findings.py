"""Sentences' values, computed from a packet: what happened, in numbers."""

from contranorm import MEASURES
from ui.figures.palette import style
from ui.packet import Packet
from ui.text import Words, words

COLLAPSED = 2.0  # effective rank below which one direction rules


def findings(packet: Packet, words: Words) -> tuple[str, ...]:
    """Say what happened from the first layer to the last, and whether it is more than a rival."""
    ranks = packet.effective_rank
    said = [
        words(
            "fell" if last < first else "rose" if last > first else "stayed",
            name=style(name).title,
            first=f"{first:.2f}",
            last=f"{last:.2f}",
            kept=f"{100 * last / max(first, 1e-9):.0f}",
            cosine=f"{cosine:.2f}",
            verdict=words("collapsed" if last < COLLAPSED else "open"),
        )
        for name, first, last, cosine in zip(
            packet.branches, ranks[0], ranks[-1], packet.mean_cosine[-1], strict=True
        )
    ]
    return (*said, more_than_rival(packet, words))


def results(packet: Packet) -> dict[str, float]:
    """Give each branch's measures at the last layer, by name, for a pinned run."""
    measured = {
        "effective_rank": packet.effective_rank,
        "mean_cosine_similarity": packet.mean_cosine,
        "attention_similarity": packet.attention_similarity,
    }
    say = words("shared")
    return {
        say("run_at_end", measure=MEASURES[measure].title, name=style(name).title): float(last)
        for measure, values in measured.items()
        for name, last in zip(packet.branches, values[-1], strict=True)
    }


def more_than_rival(packet: Packet, words: Words) -> str:
    """Compare the second branch with the third at the last layer."""
    _, ours, theirs = (float(rank) for rank in packet.effective_rank[-1])
    gap = abs(ours - theirs) / max(ours, theirs, 1e-9)
    name = "nearly_equal" if gap < 0.05 else "ours_higher" if ours > theirs else "theirs_higher"
    return words(
        name,
        ours=f"{ours:.2f}",
        theirs=f"{theirs:.2f}",
        rival=style(packet.branches[2]).title,
        gap=f"{100 * gap:.1f}",
    )
