"""The lesson on causal models: how far an output moves when a later token is changed."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from contranorm.placements import Placement
from models.leak import leak, random_gpt2, random_ids
from models.reading import applied
from models.tokens import tokens
from models.word_pieces import word_pieces
from ui import real_models
from ui.escape import sentence_text
from ui.figures.palette import reach
from ui.figures.real import matrix_layout
from ui.real_picture import placed
from ui.real_settings import RealSettings
from ui.scene import Chart, Column, Packed, Scene, Take, packed
from ui.text import Words
from ui.text import words as sentences

PART = "real:causal"
LONGEST = 12  # tokens of the lesson: each is changed once
MASKS = (True, False)
SHORTEST_TEXT = ("one", "two", "three")  # where there are fewer than two words


@dataclass(frozen=True, eq=False)
class Lesson:
    """What was run, and every output's relative change for every changed token.

    `changes[k, i, j]`: with the mask (k = 0) and without it (k = 1), of output i when token j
    is changed. `random` is True for the tiny model with random weights.
    """

    tokens: tuple[str, ...]
    changes: Float[np.ndarray, "masks n n"]
    random: bool

    def ahead(self, mask: int) -> float:
        """Return the largest change of an output by a token that comes later."""
        count = len(self.tokens)
        later = np.triu(np.ones((count, count), dtype=bool), 1)
        return float(self.changes[mask][later].max())


def lesson(settings: RealSettings) -> Lesson:
    """Measure the leak of ContraNorm in the chosen model if it is causal, else in a tiny one.

    Raises:
        ModelUnavailable: If the chosen model cannot be had.
    """
    own = real_models.about(settings.model).causal
    if own:
        used = real_models.loaded(settings.model)
        pieces = word_pieces(settings.sentence, used, longest=LONGEST)
        model, ids, names = used.model, pieces.ids, pieces.names
        place = Placement(placed(settings))
    else:
        names = tokens(settings.sentence)[:LONGEST]
        names = names if len(names) > 1 else SHORTEST_TEXT
        model, ids = random_gpt2(), random_ids(names)
        place = Placement.BEFORE_ATTENTION_LAYER_NORM
    norm = applied(settings.branches()[1])
    found = [leak(model, ids, norm=norm, placement=place, causal=mask).numpy() for mask in MASKS]
    return Lesson(tuple(names), np.stack(found), random=not own)


def scene(settings: RealSettings) -> Scene:
    """Compute both maps and what they say."""
    words, found = sentences("real"), lesson(settings)
    ran = words("causal_random") if found.random else real_models.title(settings.model)
    return Scene(
        page=PART,
        arrays={"changes": 100 * found.changes, "token": np.arange(len(found.tokens))},
        charts=tuple(_map(found, number, words) for number in range(len(MASKS))),
        frames=1,
        findings=(
            words("causal_ran", model=sentence_text(ran, 80)),
            words(
                "causal_found",
                masked=f"{100 * found.ahead(0):.2g}",
                unmasked=f"{100 * found.ahead(1):.2g}",
            ),
            words("causal_leaks" if found.ahead(1) > found.ahead(0) else "causal_tight"),
        ),
    )


def ready(settings: RealSettings) -> Packed:
    """Compute the scene as it is sent."""
    return packed(scene(settings))


def _map(found: Lesson, number: int, words: Words) -> Chart:
    token, names = Take("token", (None,)), found.tokens
    title = words("causal_with" if MASKS[number] else "causal_without")
    return Chart(
        key=f"causal_{number}",
        titles=(title,),
        sentences=(words("causal_alt", largest=f"{100 * found.ahead(number):.2g}"),),
        traces=(
            {
                "type": "heatmap",
                "x": token,
                "y": token,
                "z": Take("changes", (number, None, None)),
                "colorscale": "Cividis",
                "zmin": 0,
                "zmax": reach(100 * found.changes),
                "colorbar": {"thickness": 10, "title": {"text": words("causal_unit")}},
                "hovertemplate": "%{y} ← %{x}: %{z:.2g} %<extra></extra>",
            },
        ),
        layout=matrix_layout(names, words("causal_output"), words("causal_changed")),
        columns=(
            Column(words("causal_output"), names),
            *(
                Column(name, Take("changes", (number, None, place)))
                for place, name in enumerate(names)
            ),
        ),
    )
