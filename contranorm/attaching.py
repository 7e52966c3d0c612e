"""Put a norm inside somebody else's model, for a while, without touching its weights."""

import inspect
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from jaxtyping import Bool
from torch import Tensor, nn

from contranorm.causality import require_causal, takes_mask
from contranorm.families import (
    Family,
    Site,
    encoder_family,
    is_causal,
    layer_count,
    layer_modules,
    submodule,
)
from contranorm.hooking import Arguments, Hooks, private_hooks
from contranorm.masks import causal_mask
from contranorm.placements import Placement

Norm = Callable[..., Tensor]


@dataclass
class _Call:
    """What is known of the call that runs: which tokens are real, how many layers have begun.

    Layers are counted for each set of hooks, since norms may be nested.
    """

    mask: Tensor | None = None
    begun: dict[object, int] = field(default_factory=dict)

    def begin_layer(self, key: object) -> None:
        self.begun[key] = self.layer(key) + 1

    def layer(self, key: object) -> int:
        """Give the index of the layer that runs, -1 before the first."""
        return self.begun.get(key, -1)


_call: ContextVar[_Call | None] = ContextVar("running_call", default=None)


@contextmanager
def attach(
    model: nn.Module,
    norm: Norm,
    *,
    placement: Placement | None = None,
    layers: Sequence[int] | None = None,
    causal: bool | None = None,
) -> Iterator[None]:
    """Run a Hugging Face model with a norm in its layers, as long as the `with` block lasts.

    At the chosen place of each layer the tokens h become norm(h). With the placement usual for
    post-LayerNorm families a layer computes LN(norm(h + attention(h))) (the authors' default,
    modeling_bert.py:509 of their release); in pre-LayerNorm families h + attention(LN(norm(h)))
    (their DeiT, main.py:272-294, which has a second norm before the other LayerNorm). Their
    code lets padding repel real tokens; here a norm that takes `mask` is given the call's
    attention mask whenever it hides a token, so that pads do not.

    Published ContraNorm lets a token see later ones. In a causal model (a decoder) the norm is
    therefore given a mask of pairs, in which a token sees itself and the real tokens before it.
    Such a model runs without a key-value cache, where each step would see one token only.

    Several threads may do this to one model at once: the norm acts only in the thread (or
    task) that entered the block. Blocks may be nested; norms at one place then act in the
    order of entering. Afterwards the model is what it was, to the last bit.

    Args:
        model: A model of one of the `FAMILIES`, with or without a head.
        norm: Takes tokens `*batch n d` and gives the same shape; may take `mask=`, which is
            `*batch n` (True: a real token), or pairs `*batch n n` if `causal`.
        placement: One of those that the model's family has; None for the usual one.
        layers: Which layers, counted from 0 in the order they run; every layer when None.
        causal: Whether a token may see only itself and those before it; None for what the
            model's own attention does.

    Raises:
        ValueError: For an unknown family, a placement that it lacks, a layer that does not
            exist, a model that feeds its feed-forward part in chunks, a norm that changes the
            shape or cannot be causal, or a causal model called with a key-value cache.
        TypeError: For a placement that is not a `Placement`, or a norm that is not callable.
    """
    if not callable(norm):
        raise TypeError(f"norm must be callable with the tokens; got {norm!r}")
    encoder, known = encoder_family(model)
    site = _site(known, placement)
    chosen = _chosen(encoder, layers)
    decoder = is_causal(encoder, known)
    looking_back = decoder if causal is None else causal
    if looking_back:
        require_causal(norm)
    before = _call.get()
    try:
        with private_hooks() as hooks:
            if decoder:
                hooks.before(encoder, lambda args, kwargs: _without_cache(encoder, args, kwargs))
            apply = _application(norm, hooks.key, chosen, causal=looking_back)
            _hook_layers(hooks, encoder, known, site, apply)
            yield
    finally:
        _call.set(before)


def token_mask(
    encoder: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> Bool[Tensor, "b n"] | None:
    """Read from a model's call which tokens are real; None if the call does not say.

    Raises:
        ValueError: For an attention mask that says more than which tokens are real.
    """
    named = inspect.signature(encoder.forward).bind_partial(*args, **kwargs).arguments
    mask = named.get("attention_mask", named.get("kwargs", {}).get("attention_mask"))
    if mask is None:
        return None
    if not isinstance(mask, Tensor) or mask.dim() != 2:
        found = tuple(mask.shape) if isinstance(mask, Tensor) else type(mask).__name__
        raise ValueError(f"attention_mask must have the axes (batch, tokens); got {found}")
    return mask.bool()


def _site(known: Family, placement: Placement | None) -> Site:
    wanted = known.usual if placement is None else placement
    if not isinstance(wanted, Placement):
        raise TypeError(
            f"placement must be a Placement, such as {Placement.AFTER_ATTENTION_RESIDUAL}; "
            f"got {wanted!r}"
        )
    if wanted not in known.sites:
        there = ", ".join(place.value for place in Placement if place in known.sites)
        raise ValueError(
            f"a {known.name} model has the placements {there}; got {wanted.value}: "
            f"{known.absent[wanted]}"
        )
    return known.sites[wanted]


def _chosen(encoder: nn.Module, layers: Sequence[int] | None) -> frozenset[int] | None:
    if layers is None:
        return None
    depth = layer_count(encoder)
    missing = [index for index in layers if not 0 <= index < depth]
    if missing:
        raise ValueError(f"layers are numbered from 0 to {depth - 1}; got {missing}")
    return frozenset(layers)


def _refuse_chunks(layer: nn.Module, site: Site) -> None:
    size = getattr(layer, "chunk_size_feed_forward", 0)
    if site.chunked and size:
        raise ValueError(
            "at this placement a norm must see all tokens at once, so the model's "
            f"chunk_size_feed_forward must be 0; got {size}"
        )


def _hook_layers(
    hooks: Hooks, encoder: nn.Module, known: Family, site: Site, apply: Callable[[Tensor], Tensor]
) -> None:
    hooks.before(encoder, lambda args, kwargs: _begin(encoder, args, kwargs))
    for layer in layer_modules(encoder, known).values():
        _refuse_chunks(layer, site)
        hooks.before(layer, lambda args, kwargs: _running().begin_layer(hooks.key))
        _hook(hooks, submodule(layer, site.path, known), site, apply)


def _hook(hooks: Hooks, module: nn.Module, site: Site, apply: Callable[[Tensor], Tensor]) -> None:
    if site.side == "input":
        hooks.before(module, lambda args, kwargs: _on_input(apply, args, kwargs))
    else:
        hooks.after(module, lambda output: _on_output(apply, output))


def _application(
    norm: Norm, key: object, chosen: frozenset[int] | None, *, causal: bool
) -> Callable[[Tensor], Tensor]:
    """Wrap a norm so that it acts in the chosen layers, and gets the mask if it takes one."""
    masked = takes_mask(norm)

    def apply(h: Tensor) -> Tensor:
        call = _running()
        if chosen is not None and call.layer(key) not in chosen:
            return h
        mask = _pairs(h, call.mask) if causal else call.mask
        normed = norm(h, mask=mask) if masked and mask is not None else norm(h)
        if normed.shape != h.shape:
            raise ValueError(
                f"a norm must keep the shape of its input; it turned {tuple(h.shape)} into "
                f"{tuple(normed.shape)}"
            )
        return normed

    return apply


def _pairs(h: Tensor, real: Tensor | None) -> Bool[Tensor, "#b n n"]:
    pairs = causal_mask(h.shape[-2], real=real, device=h.device)
    return pairs if real is not None else pairs.unsqueeze(0)


def _begin(encoder: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    mask = token_mask(encoder, args, kwargs)
    _call.set(_Call(None if mask is None or bool(mask.all()) else mask))


def _without_cache(
    encoder: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> Arguments | None:
    """Refuse a call with a cache, and keep the model from making one."""
    signature = inspect.signature(encoder.forward)
    named = signature.bind_partial(*args, **kwargs).arguments
    for name in ("use_cache", "past_key_values"):
        given = named.get(name)
        if given is not None and given is not False:
            found = given if given is True else type(given).__name__
            raise ValueError(
                "a norm must see all tokens at once, and with a key-value cache each step sees "
                "one, so the model must be called with use_cache=False and without "
                f"past_key_values; got {name}={found}"
            )
    positional = signature.bind_partial(*args).arguments
    if "use_cache" not in signature.parameters or "use_cache" in positional:
        return None
    return args, {**kwargs, "use_cache": False}


def _running() -> _Call:
    call = _call.get()
    if call is None:  # a layer that runs without its model: nothing is known of the tokens
        call = _Call()
        _call.set(call)
    return call


def _on_input(
    apply: Callable[[Tensor], Tensor], args: tuple[Any, ...], kwargs: dict[str, Any]
) -> Arguments:
    if args:
        return (apply(args[0]), *args[1:]), kwargs
    return args, {**kwargs, "hidden_states": apply(kwargs["hidden_states"])}


def _on_output(apply: Callable[[Tensor], Tensor], output: Any) -> Any:
    if isinstance(output, tuple):
        return (apply(output[0]), *output[1:])
    return apply(output)
