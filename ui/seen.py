"""One branch of an experiment, run: its tokens' names and every layer, whatever the model is."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from jaxtyping import Float
from torch import Tensor

from contranorm.placements import Placement
from models.branch import Branch
from models.digits import digit_trace
from models.encoder import EncoderConfig, encode, keep_weights
from models.handwriting import PATCHES
from models.reading import sentence_trace
from models.tokens import embeddings, tokens
from ui.compute import MEGABYTE, emptied
from ui.limits import limit
from ui.settings import Settings

NO_WORDS = ("∅",)  # stands for a sentence without a single visible character


@emptied
def forget_weights() -> None:
    """Drop every drawn layer."""
    keep_weights(limit("cache") * MEGABYTE)


@dataclass(frozen=True, eq=False)
class Seen:
    """What a model showed: `dropped` tokens did not fit, `answer` is the digit it read."""

    tokens: tuple[str, ...]
    hidden: Float[Tensor, "layers_and_input n d"]
    attention: Float[Tensor, "layers heads n n"]
    dropped: int = 0
    answer: str = ""


def seen(settings: Settings, branches: Sequence[Branch]) -> tuple[Seen, ...]:
    """Run branches of an experiment side by side, each as it would run alone.

    Raises:
        ModelUnavailable: If the experiment needs a model that is not on this machine.
    """
    if settings.trained is not None:
        trained = settings.trained
        return tuple(_digits(settings, branch, trained) for branch in branches)
    return {"lab": _lab, "minilm": _minilm}[settings.model](settings, branches)


def recipe_values(settings: Settings) -> dict[str, Any]:
    """Give what a page's program (ui/recipes) needs to run an experiment as `seen` does."""
    if settings.trained is not None:
        settings = replace(settings, rival="partial_centering")
    return {
        "experiment": asdict(settings),
        "most_tokens": limit("tokens"),
        "trained": settings.trained or 0,
    }


def _lab(settings: Settings, branches: Sequence[Branch]) -> tuple[Seen, ...]:
    words = tokens(settings.text) or NO_WORDS
    config = EncoderConfig(
        depth=settings.depth,
        width=settings.width,
        heads=settings.heads,
        seed=settings.seed,
        gain=settings.gain,
        residual=settings.residual,
        mlp=settings.mlp,
        layer_norm=settings.layer_norm,  # type: ignore[arg-type]
        attention_temperature=settings.attention_temperature,
    )
    kept = words[: limit("tokens")]
    h = embeddings(kept, width=config.width, seed=settings.seed, positions=settings.positions)
    run = encode(h, config=config, branches=branches, placement=Placement(settings.placement))
    dropped = len(words) - len(kept)
    return tuple(
        Seen(kept, hidden, attention, dropped=dropped)
        for hidden, attention in zip(run.hidden.unbind(1), run.attention.unbind(1), strict=True)
    )


def _minilm(settings: Settings, branches: Sequence[Branch]) -> tuple[Seen, ...]:
    runs = sentence_trace(
        settings.text,
        branches=branches,
        depth=settings.depth,
        placement=Placement(settings.placement),
    )
    return tuple(Seen(run.tokens, run.hidden, run.attention, dropped=run.dropped) for run in runs)


def _digits(settings: Settings, branch: Branch, trained: int) -> Seen:
    run = digit_trace(
        branch.norm,
        settings.digit,
        depth=settings.depth,
        scale=branch.scale,
        temperature=branch.temperature,
        trained_depth=trained,
    )
    answer = str(int(run.logits[0].argmax()))
    return Seen(PATCHES, run.hidden[:, 0], run.attention[:, 0], answer=answer)
