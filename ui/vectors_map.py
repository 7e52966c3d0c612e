"""The map of neighbours of the page of vectors: an option, made by another process."""

from dataclasses import dataclass, replace

import streamlit as st

from models.branch import Branch
from models.vectors import work
from models.vectors.neighbours import FEWEST_ROWS, LOOKED_AT, NeighbourMap, installed, kept
from ui import controls, still, vectors_upload
from ui.figures import vectors as figures
from ui.figures.palette import style
from ui.jobs import Job
from ui.scene import Packed, Scene, packed
from ui.shell import note
from ui.text import Words
from ui.text import words as sentences
from ui.vectors_picture import Picture, picture
from ui.vectors_settings import View
from ui.vectors_store import Cloud

PART = "vectors:map"
MAPPING = "vectors mapping"
NEIGHBOURS, SEEDS = (5, 15, 50), tuple(range(10))
Maps = tuple[NeighbourMap, NeighbourMap]


@dataclass(frozen=True, eq=False)
class Mapping:
    """The job of a map, and what it is about: equal `about` means the same map."""

    about: tuple[object, ...]
    job: Job


@dataclass(frozen=True)
class Asked:
    """How a map is made: how many neighbours each row holds on to, and the seed."""

    neighbours: int
    seed: int


def draw(own: Cloud, view: View, words: Words) -> Asked | None:
    """Offer the map, follow its job, and draw it; return how it was made once it is on screen."""
    st.header(words("map_heading"))
    note(words("map_about"))
    if not installed():
        note(words("map_missing"))
        return None
    if len(own.shown) < FEWEST_ROWS:
        note(words("map_few", fewest=FEWEST_ROWS))
        return None
    asked = _asked(words)
    about = (own.key or own.name, view.norm, view.scale, view.temperature, asked)
    doing = _begun(own, view, asked, about, words)
    if doing is None:
        return None
    if not vectors_upload.followed(doing.job, words("map_making", rows=len(own.shown)), words):
        return None
    if doing.job.state != "done":
        st.error(vectors_upload.ended(doing.job, words))
        controls.button("vectors_map_again", words("again"), then=_forget)
        return None
    still.draw(PART, ready, (doing.job.result, view, own), shared=False)
    return asked


def ready(asked: tuple[Maps, View, Cloud]) -> Packed:
    """Compute the scene as it is sent."""
    return packed(scene(*asked))


def scene(maps: Maps, view: View, own: Cloud) -> Scene:
    """Compute both maps as charts, and what they kept."""
    words, found = sentences("vectors"), picture(view, own)
    before, after = maps
    mapped = replace(
        found,
        before=replace(found.before, points=before.points),
        after=replace(found.after, points=after.points),
    )
    facts = {"n": str(len(found.rows)), "total": str(found.total), "norm": style(view.norm).title}
    return Scene(
        page=PART,
        arrays=figures.arrays(mapped),
        charts=figures.maps(mapped, view.norm, words, facts),
        frames=1,
        findings=said(maps, found, own, words),
    )


def said(maps: Maps, found: Picture, own: Cloud, words: Words) -> tuple[str, ...]:
    """Say what the map before the norm kept, beside what two straight directions keep."""
    flat = kept(own.shown, found.before.points)
    drawn = (maps[0].kept, maps[0].distances)
    ways = {"map": drawn, "flat": flat}
    return tuple(
        words(
            f"map_said_{way}",
            near=f"{100 * near:.0f}",
            count=min(LOOKED_AT, len(own.shown) - 1),
            order=f"{order:.2f}",
        )
        for way, (near, order) in ways.items()
    )


def _asked(words: Words) -> Asked:
    left, right = st.columns(2)
    with left:
        neighbours = controls.number(
            "vectors_neighbours", words("map_neighbours"), options=NEIGHBOURS, default=15
        )
    with right:
        seed = controls.number("vectors_seed", words("map_seed"), options=SEEDS, default=0)
    return Asked(int(neighbours), int(seed))


def _begun(
    own: Cloud, view: View, asked: Asked, about: tuple[object, ...], words: Words
) -> Mapping | None:
    """Find the job of this map, or begin it when its button is pressed."""
    held: object = controls.kept(MAPPING)
    if isinstance(held, Mapping) and held.about == about:
        return held
    if isinstance(held, Mapping):
        held.job.cancel()
    if not controls.button("vectors_map", words("map_make", rows=len(own.shown))):
        return None
    branch, made = Branch(view.norm, view.scale, view.temperature), (asked.neighbours, asked.seed)
    job = vectors_upload.started(words, work.map_neighbours, own.shown, branch, *made)
    if job is not None:
        controls.keep(MAPPING, Mapping(about, job))
        st.rerun()  # without the button
    return None


def _forget() -> None:
    controls.keep(MAPPING, None)
