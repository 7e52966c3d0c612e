"""The chain of token states inside a layer, each with the part of the layer that made it."""

from collections.abc import Callable
from dataclasses import dataclass, field

from torch import Tensor, nn

from contranorm.families import Family, Site, submodule
from contranorm.hooking import Hooks, first_argument, first_tensor

# What can make a state out of the one before it. "other" is what stands between two layers.
PARTS = ("attention", "residual", "norm", "layer_norm", "mlp", "other")


@dataclass(frozen=True)
class State:
    """The tokens at one point of a layer.

    `point` is "resid_pre" for what enters the layer, "resid_mid" for the residual stream
    between its halves and "resid_post" for what leaves it; the points between are named by what
    they hold: "attention_read" and "feed_forward_read" (the copies that pre-LayerNorm halves
    read), "context" (the heads' mixture), "attention_output" and "feed_forward_output",
    "attention_sum" and "feed_forward_sum" (with the residual, before a post-LayerNorm block's
    LayerNorm). `part` is one of `PARTS`, and "start" for a layer's first state. Where an
    attached norm acts there are two states of one point, the second made by "norm".
    """

    point: str
    part: str
    h: Tensor


@dataclass(frozen=True)
class Probe:
    """A point of a layer that is looked at, and the part that makes what is there.

    Without a part the point holds what the point before it holds, unless a norm acts there.
    `if_normed` leaves the point out otherwise.
    """

    point: str
    part: str | None
    site: Site
    if_normed: bool = False


def probes(known: Family) -> tuple[Probe, ...]:
    """Give the points of a family's layers in the order in which the tokens pass them.

    >>> from contranorm.families import family
    >>> [probe.point for probe in probes(family("gpt2"))][:4]
    ['resid_pre', 'resid_pre', 'attention_read', 'context']
    """
    attention = (
        Probe("context", "attention", known.input_of(known.context), if_normed=True),
        Probe("attention_output", "attention", known.output_of(known.attention_output)),
    )
    mlp = Probe("feed_forward_output", "mlp", known.output_of(known.feed_forward_output))
    if known.block == "post":
        return (
            Probe("resid_pre", None, Site("", "input")),
            *attention,
            Probe("attention_sum", "residual", known.input_of(known.first_norm)),
            Probe("resid_mid", "layer_norm", known.output_of(known.first_norm)),
            mlp,
            Probe("feed_forward_sum", "residual", known.input_of(known.second_norm)),
            Probe("resid_post", "layer_norm", known.output_of(known.second_norm)),
        )
    return (
        Probe("resid_pre", None, Site("", "input")),
        Probe("resid_pre", None, known.input_of(known.first_norm)),
        Probe("attention_read", "layer_norm", known.output_of(known.first_norm)),
        *attention,
        Probe("resid_mid", "residual", known.input_of(known.second_norm)),
        Probe("feed_forward_read", "layer_norm", known.output_of(known.second_norm)),
        mlp,
        Probe("resid_post", "residual", Site("", "output")),
    )


@dataclass
class Chains:
    """What the probes collect while a model runs: one chain of states for each layer."""

    layers: list[list[State]] = field(default_factory=list)
    raw: Tensor | None = None

    def begin(self, h: Tensor) -> None:
        """Start a layer's chain with what enters it."""
        if self.layers and self.layers[-1][-1].h is not h:
            self.layers[-1].append(State("resid_post", "other", h))
        self.layers.append([State("resid_pre", "start", h)])

    def before_norms(self, probe: Probe, h: Tensor) -> None:
        """Take what is at a point before any attached norm acts on it."""
        self.raw = h
        if probe.part is not None and not probe.if_normed:
            self.layers[-1].append(State(probe.point, probe.part, h))

    def after_norms(self, probe: Probe, h: Tensor) -> None:
        """Take what is there after every attached norm; where none acted it is the same tensor."""
        if self.raw is None or h is self.raw:
            return
        if probe.part is not None and probe.if_normed:
            self.layers[-1].append(State(probe.point, probe.part, self.raw))
        self.layers[-1].append(State(probe.point, "norm", h))


def listen(hooks: Hooks, layer: nn.Module, known: Family, chains: Chains) -> None:
    """Look at every point of one layer, before the norms that are attached and after them.

    Raises:
        ValueError: For a model that feeds its feed-forward part in chunks.
    """
    size = getattr(layer, "chunk_size_feed_forward", 0)
    if size and known.chunked:
        raise ValueError(
            "states need all tokens at once, so the model's chunk_size_feed_forward must be 0; "
            f"got {size}"
        )
    for probe in probes(known):
        module = submodule(layer, probe.site.path, known)
        _on_both_sides(hooks, module, probe, chains)


def _on_both_sides(hooks: Hooks, module: nn.Module, probe: Probe, chains: Chains) -> None:
    raw, normed = _taking(chains.before_norms, probe), _taking(chains.after_norms, probe)
    if probe.site.side == "input":
        hooks.before(module, lambda args, kwargs: raw(first_argument(args, kwargs)), first=True)
        hooks.before(module, lambda args, kwargs: normed(first_argument(args, kwargs)))
    else:
        hooks.after(module, lambda output: raw(first_tensor(output)), first=True)
        hooks.after(module, lambda output: normed(first_tensor(output)))


def _taking(take: Callable[[Probe, Tensor], None], probe: Probe) -> Callable[[Tensor], None]:
    return lambda h: take(probe, h)
