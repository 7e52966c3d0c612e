"""Put a norm inside somebody else's model, for a while, without touching its weights."""

import inspect
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from jaxtyping import Bool
from torch import Tensor, nn

from contranorm.hooking import Arguments, private_hooks
from contranorm.placements import Family, Placement, family

Norm = Callable[..., Tensor]

# Places inside the part that `chunk_size_feed_forward` runs on a few tokens at a time.
IN_CHUNKS = (
    Placement.FEED_FORWARD_OUTPUT,
    Placement.AFTER_FEED_FORWARD_RESIDUAL,
    Placement.AFTER_OUTPUT_LAYER_NORM,
)

_mask: ContextVar[Tensor | None] = ContextVar("token_mask", default=None)


@contextmanager
def attach(
    model: nn.Module,
    norm: Norm,
    *,
    placement: Placement = Placement.AFTER_ATTENTION_RESIDUAL,
    layers: Sequence[int] | None = None,
) -> Iterator[None]:
    """Run a Hugging Face encoder with a norm in its layers, as long as the `with` block lasts.

    At the chosen place of each layer the tokens h become norm(h). With the default placement
    a layer computes LN(norm(h + attention(h))) (the authors' default, modeling_bert.py:509 of
    their release). Their code lets padding repel real tokens; here a norm that takes `mask` is
    given the call's attention mask whenever it hides a token, so that pads do not.

    Several threads may do this to one model at once: the norm acts only in the thread (or
    task) that entered the block. Blocks may be nested; norms at one place then act in the
    order of entering. Afterwards the model is what it was, to the last bit.

    Args:
        model: An encoder of one of the `FAMILIES`, with or without a head.
        norm: Takes tokens `*batch n d` and gives the same shape; may take `mask=`.
        placement: One of the eight places.
        layers: Which layers, counted from 0; every layer when None.

    Raises:
        ValueError: For an unknown family, a layer that does not exist, a model that feeds its
            feed-forward part in chunks, or a norm that changes the shape.
        TypeError: For a placement that is not a `Placement`, or a norm that is not callable.
    """
    if not isinstance(placement, Placement):
        raise TypeError(
            f"placement must be a Placement, such as {Placement.AFTER_ATTENTION_RESIDUAL}; "
            f"got {placement!r}"
        )
    if not callable(norm):
        raise TypeError(f"norm must be callable with the tokens; got {norm!r}")
    encoder, known = encoder_family(model)
    chosen = _chosen(encoder, known, layers)
    _refuse_chunks(chosen, placement)
    site = known.sites[placement]
    apply = _application(norm)
    before = _mask.get()
    try:
        with private_hooks() as hooks:
            hooks.before(encoder, lambda args, kwargs: _remember_mask(encoder, args, kwargs))
            for layer in chosen:
                module = layer.get_submodule(site.path)
                if site.side == "input":
                    hooks.before(module, lambda args, kwargs: _on_input(apply, args, kwargs))
                else:
                    hooks.after(module, lambda output: _on_output(apply, output))
            yield
    finally:
        _mask.set(before)


def encoder_family(model: nn.Module) -> tuple[nn.Module, Family]:
    """Find the encoder under a model's head, and its row of `FAMILIES`.

    Raises:
        ValueError: If the model's `config.model_type` is of no known family.
    """
    known = family(getattr(getattr(model, "config", None), "model_type", None))
    encoder = getattr(model, "base_model", model)
    return encoder, known


def token_mask(
    encoder: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> Bool[Tensor, "b n"] | None:
    """Read from an encoder's call which tokens are real; None if the call does not say.

    Raises:
        ValueError: For an attention mask that says more than which tokens are real.
    """
    named = inspect.signature(encoder.forward).bind_partial(*args, **kwargs).arguments
    mask = named.get("attention_mask", named.get("kwargs", {}).get("attention_mask"))
    if mask is None:
        return None
    if mask.dim() != 2:
        raise ValueError(
            f"attention_mask must have the axes (batch, tokens); got shape {tuple(mask.shape)}"
        )
    return mask.bool()


def first_tensor(output: Any) -> Tensor:
    """Give the hidden states of a layer that returns them alone or in front of a tuple."""
    return output[0] if isinstance(output, tuple) else output


def _chosen(encoder: nn.Module, known: Family, layers: Sequence[int] | None) -> list[nn.Module]:
    present = list(encoder.get_submodule(known.layers).children())
    if layers is None:
        return present
    missing = [index for index in layers if not 0 <= index < len(present)]
    if missing:
        raise ValueError(f"layers are numbered from 0 to {len(present) - 1}; got {missing}")
    return [present[index] for index in dict.fromkeys(layers)]


def _refuse_chunks(layers: list[nn.Module], placement: Placement) -> None:
    sizes = {getattr(layer, "chunk_size_feed_forward", 0) for layer in layers}
    if placement in IN_CHUNKS and sizes - {0}:
        raise ValueError(
            f"at {placement.name} a norm must see all tokens at once, so the model's "
            f"chunk_size_feed_forward must be 0; got {max(sizes)}"
        )


def _application(norm: Norm) -> Callable[[Tensor], Tensor]:
    """Wrap a norm so that it gets the mask if it takes one and a token is hidden."""
    takes_mask = _takes_mask(norm)

    def apply(h: Tensor) -> Tensor:
        mask = _mask.get()
        normed = norm(h, mask=mask) if takes_mask and mask is not None else norm(h)
        if normed.shape != h.shape:
            raise ValueError(
                f"a norm must keep the shape of its input; it turned {tuple(h.shape)} into "
                f"{tuple(normed.shape)}"
            )
        return normed

    return apply


def _takes_mask(norm: Norm) -> bool:
    called = norm.forward if isinstance(norm, nn.Module) else norm
    try:
        parameters = inspect.signature(called).parameters.values()
    except ValueError:  # some built-in functions have no signature to read
        return False
    return any(p.name == "mask" or p.kind is p.VAR_KEYWORD for p in parameters)


def _remember_mask(encoder: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    mask = token_mask(encoder, args, kwargs)
    _mask.set(None if mask is None or bool(mask.all()) else mask)


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
