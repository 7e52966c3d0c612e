"""Which norms can be kept from looking ahead in a causal model."""

import inspect
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from torch import Tensor, nn

from contranorm.layers import ContraNorm, FeatureContraNorm
from contranorm.norms import NORMS, Norm
from contranorm.variants import VARIANTS, Variant

Function = Callable[..., Tensor]

_TITLES: Mapping[Function, str] = {
    **{row.function: row.title for row in VARIANTS.values()},
    **{row.function: row.title for row in NORMS.values()},
}
_CAUSAL = frozenset(row.function for row in NORMS.values() if row.causal)


def require_causal(norm: Function) -> None:
    """Refuse a norm in which a token would see later ones, whatever the mask.

    Of this library's norms those that `NORMS` does not call causal are refused, and of
    ContraNorm the `terms` with a softmax over columns: the weight of an earlier token there
    depends on what all later ones resemble. Of another's function only this can be told:
    whether it takes a mask at all.

    Raises:
        ValueError: For such a norm.

    >>> require_causal(NORMS["pair_norm"])  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ValueError: in a causal model a norm must not look ahead, and PairNorm needs all tokens ...
    """
    function, settings = _unwrapped(norm)
    way_out = "choose another, or say causal=False to let every token see all of them"
    if function in _TITLES and function not in _CAUSAL:
        raise ValueError(
            f"in a causal model a norm must not look ahead, and {_TITLES[function]} needs all "
            f"tokens at once: {way_out}"
        )
    if settings.get("terms", "anchor") != "anchor":
        raise ValueError(
            "in a causal model ContraNorm's terms must be 'anchor', since a softmax over columns "
            f"looks ahead; got {settings['terms']!r}: {way_out}"
        )
    if not takes_mask(norm):
        raise ValueError(
            "in a causal model a norm must take `mask=`, the pairs (*batch, n, n) that may see "
            f"each other; {norm!r} takes none: {way_out}"
        )


def takes_mask(norm: Function) -> bool:
    """Say whether a norm can be called with `mask=`."""
    called = norm.forward if isinstance(norm, nn.Module) else norm
    try:
        parameters = inspect.signature(called).parameters.values()
    except ValueError:  # some built-in functions have no signature to read
        return False
    return any(p.name == "mask" or p.kind is p.VAR_KEYWORD for p in parameters)


def _unwrapped(norm: Function) -> tuple[Function, Mapping[str, Any]]:
    """Find the function under a norm's wrapping, and the settings given to it on the way."""
    settings: dict[str, Any] = {}
    while isinstance(norm, partial):
        settings, norm = {**norm.keywords, **settings}, norm.func
    owner = getattr(norm, "__self__", norm)  # of VARIANTS["vit"].apply, the variant
    if isinstance(owner, Norm):
        return owner.function, settings
    if isinstance(owner, Variant):
        return owner.function, {**owner.settings, **settings}
    if isinstance(owner, ContraNorm):
        return NORMS["contra_norm"].function, {"terms": owner.terms}
    if isinstance(owner, FeatureContraNorm):
        return NORMS["feature_contra_norm"].function, settings
    return norm, settings
