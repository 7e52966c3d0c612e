"""The models of the page of real models, as its menus and its pictures need them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from contranorm.families import encoder_family, family_placements, is_causal
from contranorm.norms import NORMS
from contranorm.placements import PLACEMENTS
from models.folders import Caps
from models.loading import Pretrained
from models.patch_reader import PatchReader
from models.registry import Model, models, ready
from ui.limits import limit
from ui.settings import RIVALS

DEFAULT, UNTRAINED = "minilm", "minilm_untrained"
PLACES = tuple(row.placement.value for row in PLACEMENTS)
TITLES: Mapping[str, str] = {row.placement.value: row.title for row in PLACEMENTS}


@dataclass(frozen=True)
class About:
    """What a model is like: heads in a layer, its placements, why it lacks the others.

    `usual` is where the authors put ContraNorm in a block of its kind; a `causal` model's
    tokens see earlier ones only; `device` names what it runs on; a `treated` one was trained
    with something of its own at the end of every block.
    """

    heads: int
    depth: int
    places: tuple[str, ...]
    absent: Mapping[str, str]
    usual: str
    causal: bool
    device: str
    treated: bool


def rows() -> tuple[Model, ...]:
    """Return every model that can be asked for, whether or not it can be had."""
    return models()


def names() -> tuple[str, ...]:
    """Return the models' names in an address."""
    return tuple(row.name for row in rows())


def reads_patches(name: str) -> bool:
    """Say whether a model's tokens are patches of a test digit, and not words."""
    return any(row.reads == "patches" for row in rows() if row.name == name)


def like(name: str) -> tuple[Model, ...]:
    """Return the other models that read what this one reads."""
    reads = reads_patches(name)
    return tuple(row for row in rows() if row.name != name and (row.reads == "patches") == reads)


def title(name: str) -> str:
    """Return what a model is called."""
    return next((row.title for row in rows() if row.name == name), name)


def caps() -> Caps:
    """Return the most that a model from elsewhere may have on this server."""
    return Caps(limit("parameters") * 1_000_000, limit("model_memory") * 1_000_000)


def rivals(known: About | None) -> tuple[str, ...]:
    """Return the norms to compare with: in a causal model only those that can be kept causal."""
    causal = known is not None and known.causal
    return tuple(name for name in RIVALS if NORMS[name].causal or not causal)


def loaded(name: str) -> Pretrained:
    """Return a model ready to be traced, loaded once for all.

    Raises:
        ModelUnavailable: If it cannot be had.
    """
    return ready(name, caps=caps())


def about(name: str) -> About:
    """Look at a model, loading it if need be.

    Raises:
        ModelUnavailable: If it cannot be had.
    """
    used = loaded(name)
    config: Any = used.model.config
    encoder, known = encoder_family(used.model)
    places, absent = family_placements(used.model)
    return About(
        heads=int(config.num_attention_heads),
        depth=used.depth,
        places=tuple(place.value for place in places),
        absent={place.value: reason for place, reason in absent.items()},
        usual=known.usual.value,
        causal=is_causal(encoder, known),
        device=used.device.name,
        treated=isinstance(used.model, PatchReader) and used.model.treated,
    )
