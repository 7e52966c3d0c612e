"""Run a model once and keep what every layer made."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn

from contranorm.attaching import token_mask
from contranorm.families import Family, encoder_family, layer_modules, submodule
from contranorm.hooking import Hooks, first_argument, first_tensor, private_hooks
from contranorm.states import Chains, State, listen


@dataclass(frozen=True)
class Trace:
    """One run of a model, layer by layer.

    `hidden[0]` is what entered the first layer and `hidden[k]` what left layer k, with the
    effect of any attached norm. `final` is what leaves the model: `hidden[-1]`, or in families
    with a LayerNorm behind the last layer, what that makes of it. `seconds[k]` is the time from
    the entry before it (from the start of the call, for the first) until `hidden[k]` was there.
    `mask` is True at real tokens, None if the call said nothing about padding; `attention` is
    None if not asked for. `states[k]` is the chain of states inside a layer, from `hidden[k]`
    to `hidden[k + 1]`; None if not asked for.
    """

    hidden: Float[Tensor, "layers_and_input b n d"]
    final: Float[Tensor, "b n d"]
    attention: Float[Tensor, "layers b heads n n"] | None
    mask: Bool[Tensor, "b n"] | None
    names: tuple[str, ...]
    seconds: tuple[float, ...]
    states: tuple[tuple[State, ...], ...] | None = None


@dataclass
class _Record:
    """What the hooks collect while the model runs."""

    hidden: list[Tensor] = field(default_factory=list)
    final: Tensor | None = None
    attention: list[Tensor] = field(default_factory=list)
    mask: Tensor | None = None
    names: list[str] = field(default_factory=list)
    clock: list[float] = field(default_factory=list)
    chains: Chains = field(default_factory=Chains)

    def keep(self, name: str, h: Tensor) -> None:
        self.hidden.append(h)
        self.names.append(name)
        self.clock.append(time.perf_counter())

    def start(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        if not self.hidden:  # a shared layer runs many times; only its first input counts
            self.keep("input", first_argument(args, kwargs))

    def resume(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        self.start(args, kwargs)
        # DeBERTa may have a convolution after its first layer: it counts as part of that layer.
        self.hidden[-1] = first_argument(args, kwargs)
        self.chains.begin(self.hidden[-1])

    def finish(self, output: Any) -> None:
        self.final = first_tensor(output)


def trace(
    model: nn.Module,
    inputs: Tensor | Mapping[str, Any],
    *,
    attention: bool = True,
    states: bool = False,
    layers: Sequence[nn.Module] | None = None,
) -> Trace:
    """Run a model once and keep the hidden states and attention maps of every layer.

    The recording is made by hooks of its own, so a norm put in place by `attach` shows in it,
    and several threads may trace one model at once. The caller decides about gradients and
    `model.eval()`.

    Args:
        model: A Hugging Face model of one of the `FAMILIES`; or any module, with `layers`.
        inputs: What to call the model with: named arguments, or one tensor.
        attention: Keep the attention maps too.
        states: Keep the chain of states inside each layer too.
        layers: The model's layers in the order they run, each returning its tokens
            `b n d`, alone or first in a tuple with its attention map second. A layer shared
            by several depths is recorded once for each time it runs.

    Raises:
        ValueError: For an unknown family without `layers`, for `states=True` with them or on a
            model that works in chunks, for `attention=True` on a model that gives no attention
            maps, or if no layer ran.

    >>> stack = nn.Sequential(nn.Identity(), nn.Flatten(2))
    >>> seen = trace(stack, torch.ones(1, 4, 2), attention=False, layers=list(stack))
    >>> tuple(seen.hidden.shape), seen.names
    ((3, 1, 4, 2), ('input', '0', '1'))
    """
    if states and layers is not None:
        raise ValueError("states need a model of one of the FAMILIES; got layers of another")
    record, asked = _Record(), {}
    with private_hooks() as hooks:
        if layers is None:
            encoder, known = encoder_family(model)
            _listen_to_encoder(encoder, known, hooks, record, attention=attention)
            if states:
                for layer in layer_modules(encoder, known).values():
                    listen(hooks, layer, known, record.chains)
            asked = {"output_attentions": True} if attention and known.asks_for_maps else {}
        else:
            _listen_to_layers(model, layers, hooks, record)
        started = time.perf_counter()
        if isinstance(inputs, Mapping):
            model(**{**inputs, **asked})
        else:
            model(inputs, **asked)
    return _finished(record, started, attention=attention, states=states)


def _listen_to_encoder(
    encoder: nn.Module, known: Family, hooks: Hooks, record: _Record, *, attention: bool
) -> None:
    def remember_mask(args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        record.mask = token_mask(encoder, args, kwargs)

    def keep_map(output: Any) -> None:
        if isinstance(output, tuple) and len(output) > 1 and isinstance(output[1], Tensor):
            record.attention.append(output[1])

    hooks.before(encoder, remember_mask)
    for name, layer in layer_modules(encoder, known).items():
        hooks.before(layer, record.resume, first=True)
        hooks.after(layer, _keeper(record, name))
        if attention:
            hooks.after(submodule(layer, known.attention, known), keep_map)
    if known.final_norm:
        hooks.after(submodule(encoder, known.final_norm, known), record.finish)


def _listen_to_layers(
    model: nn.Module, layers: Sequence[nn.Module], hooks: Hooks, record: _Record
) -> None:
    names = {module: name for name, module in model.named_modules()}

    def keep_map(output: Any) -> None:
        if isinstance(output, tuple) and len(output) > 1 and isinstance(output[1], Tensor):
            record.attention.append(output[1])

    for layer in dict.fromkeys(layers):
        hooks.before(layer, record.start, first=True)
        hooks.after(layer, _keeper(record, names.get(layer, type(layer).__name__)))
        hooks.after(layer, keep_map)


def _keeper(record: _Record, name: str) -> Callable[[Any], None]:
    return lambda output: record.keep(name, first_tensor(output))


def _finished(record: _Record, started: float, *, attention: bool, states: bool) -> Trace:
    depth = len(record.hidden) - 1
    if depth < 1:
        raise ValueError("at least one of the layers must run when the model is called; none did")
    if attention and len(record.attention) != depth:
        raise ValueError(
            "attention maps need a model that returns them: load it with "
            "attn_implementation='eager', or trace with attention=False; "
            f"got {len(record.attention)} maps from {depth} layers"
        )
    clock = [started, *record.clock]
    return Trace(
        hidden=torch.stack(record.hidden),
        final=record.hidden[-1] if record.final is None else record.final,
        attention=torch.stack(record.attention) if attention else None,
        mask=record.mask,
        names=tuple(record.names),
        seconds=tuple(later - earlier for earlier, later in pairwise(clock)),
        states=tuple(map(tuple, record.chains.layers)) if states else None,
    )
