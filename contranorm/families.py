"""Which model families can be reached inside: one row each in `FAMILIES`."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from torch import nn

from contranorm.placements import ABSENT, Placement


@dataclass(frozen=True)
class Site:
    """A submodule of one layer, and whether the norm takes its input or its output.

    An empty path is the layer itself. What is `chunked` may see a few tokens at a time, if the
    model's `chunk_size_feed_forward` says so.
    """

    path: str
    side: Literal["input", "output"]
    chunked: bool = False


@dataclass(frozen=True)
class Family:
    """What has to be known about a model family to reach inside its layers.

    `block` says where the LayerNorms (or RMSNorms) stand: "post", on the sum of a half and its
    residual, or "pre", on the copy that a half reads, beside the residual stream. `layers` is
    the path of the list of layers in the encoder ("*" stands for every child), `final_norm`
    that of the LayerNorm behind the last one, if there is one. The others are paths in a layer:
    `attention` returns its map second (in some families only if `asks_for_maps`), `context` is
    the dense layer that joins the heads, `attention_output` and `feed_forward_output` give
    what is added to the residual, `first_norm` and `second_norm` are the LayerNorms. The paths
    that `chunked` names run inside `chunk_size_feed_forward`.
    """

    name: str
    block: Literal["post", "pre"]
    layers: str
    attention: str
    context: str
    attention_output: str
    first_norm: str
    feed_forward_output: str
    second_norm: str
    final_norm: str = ""
    causal: bool = False
    asks_for_maps: bool = False
    chunked: tuple[str, ...] = ()

    @property
    def sites(self) -> Mapping[Placement, Site]:
        """Where the placements are that this family has."""
        return {
            Placement.ATTENTION_INPUT: Site("", "input"),
            Placement.ATTENTION_CONTEXT: self.input_of(self.context),
            Placement.AFTER_ATTENTION_DENSE: self.output_of(self.attention_output),
            Placement.FEED_FORWARD_OUTPUT: self.output_of(self.feed_forward_output),
        } | (self._post() if self.block == "post" else self._pre())

    @property
    def absent(self) -> Mapping[Placement, str]:
        """Why the family lacks the other placements, a sentence each."""
        return ABSENT[self.block]

    @property
    def usual(self) -> Placement:
        """Where the authors put ContraNorm in a block of this kind: in BERT and in DeiT."""
        if self.block == "post":
            return Placement.AFTER_ATTENTION_RESIDUAL
        return Placement.BEFORE_ATTENTION_LAYER_NORM

    def input_of(self, path: str) -> Site:
        """Give the site of what a part of a layer is called with."""
        return Site(path, "input", chunked=path in self.chunked)

    def output_of(self, path: str) -> Site:
        """Give the site of what a part of a layer returns."""
        return Site(path, "output", chunked=path in self.chunked)

    def _post(self) -> dict[Placement, Site]:
        return {
            Placement.AFTER_ATTENTION_RESIDUAL: self.input_of(self.first_norm),
            Placement.AFTER_ATTENTION_LAYER_NORM: self.output_of(self.first_norm),
            Placement.AFTER_FEED_FORWARD_RESIDUAL: self.input_of(self.second_norm),
            Placement.AFTER_OUTPUT_LAYER_NORM: self.output_of(self.second_norm),
        }

    def _pre(self) -> dict[Placement, Site]:
        return {
            Placement.BEFORE_ATTENTION_LAYER_NORM: self.input_of(self.first_norm),
            Placement.BEFORE_FEED_FORWARD_LAYER_NORM: self.input_of(self.second_norm),
            Placement.AFTER_FEED_FORWARD_RESIDUAL: Site("", "output"),
        }


BERT: dict[str, Any] = {
    "block": "post",
    "layers": "encoder.layer",
    "attention": "attention.self",
    "context": "attention.output.dense",
    "attention_output": "attention.output.dropout",
    "first_norm": "attention.output.LayerNorm",
    "feed_forward_output": "output.dropout",
    "second_norm": "output.LayerNorm",
}
LLAMA: dict[str, Any] = {
    "block": "pre",
    "layers": "layers",
    "attention": "self_attn",
    "context": "self_attn.o_proj",
    "attention_output": "self_attn.o_proj",
    "first_norm": "input_layernorm",
    "feed_forward_output": "mlp",
    "second_norm": "post_attention_layernorm",
    "final_norm": "norm",
    "causal": True,
}
VIT: dict[str, Any] = {
    "block": "pre",
    "layers": "layers",
    "attention": "attention",
    "context": "attention.o_proj",
    "attention_output": "attention",
    "first_norm": "layernorm_before",
    "feed_forward_output": "mlp",
    "second_norm": "layernorm_after",
    "final_norm": "layernorm",
}

# The names are those of Hugging Face transformers 5.23. Where a dropout follows that a layer
# uses twice (vit, deit), the place is before it: without training a dropout does nothing.
FAMILIES = (
    *(
        Family(name, **BERT, chunked=("output.dropout", "output.LayerNorm"))
        for name in ("bert", "roberta", "xlm-roberta", "camembert", "electra")
    ),
    *(Family(name, **BERT, asks_for_maps=True) for name in ("deberta", "deberta-v2")),
    Family(
        "mpnet",
        block="post",
        layers="encoder.layer",
        attention="attention.attn",
        context="attention.attn.o",
        attention_output="attention.dropout",
        first_norm="attention.LayerNorm",
        feed_forward_output="output.dropout",
        second_norm="output.LayerNorm",
        asks_for_maps=True,
    ),
    Family(
        "distilbert",
        block="post",
        layers="transformer.layer",
        attention="attention",
        context="attention.out_lin",
        attention_output="attention.out_lin",
        first_norm="sa_layer_norm",
        feed_forward_output="ffn",
        second_norm="output_layer_norm",
    ),
    Family(
        "albert",
        block="post",
        layers="encoder.albert_layer_groups.*.albert_layers",
        attention="attention",
        context="attention.dense",
        attention_output="attention.output_dropout",
        first_norm="attention.LayerNorm",
        feed_forward_output="ffn_output",
        second_norm="full_layer_layer_norm",
        chunked=("ffn_output",),
    ),
    Family(
        "modernbert",
        block="pre",
        layers="layers",
        attention="attn",
        context="attn.Wo",
        attention_output="attn.out_drop",
        first_norm="attn_norm",
        feed_forward_output="mlp",
        second_norm="mlp_norm",
        final_norm="final_norm",
    ),
    Family(
        "gpt2",
        block="pre",
        layers="h",
        attention="attn",
        context="attn.c_proj",
        attention_output="attn.resid_dropout",
        first_norm="ln_1",
        feed_forward_output="mlp",
        second_norm="ln_2",
        final_norm="ln_f",
        causal=True,
    ),
    *(Family(name, **LLAMA) for name in ("llama", "mistral", "qwen2", "qwen3")),
    *(Family(name, **VIT) for name in ("vit", "deit")),
    Family(
        "dinov2",
        block="pre",
        layers="encoder.layer",
        attention="attention",
        context="attention.o_proj",
        attention_output="layer_scale1",
        first_norm="norm1",
        feed_forward_output="layer_scale2",
        second_norm="norm2",
        final_norm="layernorm",
    ),
)


def family(model_type: object) -> Family:
    """Look up a family by what its models' `config.model_type` says.

    Args:
        model_type: Such as `"bert"`; None for a model that does not say.

    Raises:
        ValueError: For a family that is not in `FAMILIES`.

    >>> family("electra").layers
    'encoder.layer'
    """
    for row in FAMILIES:
        if row.name == model_type:
            return row
    known = ", ".join(row.name for row in FAMILIES)
    raise ValueError(f"the model's config.model_type must be one of {known}; got {model_type!r}")


def encoder_family(model: nn.Module) -> tuple[nn.Module, Family]:
    """Find the encoder (or decoder) under a model's head, and its row of `FAMILIES`.

    A model of one's own says the same by itself: its `config.family` is a `Family`.

    Raises:
        ValueError: If the model's `config.model_type` is of no known family.
    """
    config = getattr(model, "config", None)
    known = getattr(config, "family", None)
    if not isinstance(known, Family):
        known = family(getattr(config, "model_type", None))
    return getattr(model, "base_model", model), known


def is_causal(encoder: nn.Module, known: Family) -> bool:
    """Say whether a token of this model attends only to itself and those before it.

    So in a causal family unless its configuration says `is_causal=False`, and in another if
    that says `is_decoder=True`.
    """
    config: Any = encoder.config
    if known.causal:
        return bool(getattr(config, "is_causal", True))
    return bool(getattr(config, "is_decoder", False))


def family_placements(model: nn.Module) -> tuple[tuple[Placement, ...], Mapping[Placement, str]]:
    """Say where a norm can go in a model, and why it cannot go elsewhere: enough for a menu.

    Returns:
        The placements that the model's family has, in the order of a block; and a sentence for
        each of the others.

    Raises:
        ValueError: If the model's `config.model_type` is of no known family.
    """
    _, known = encoder_family(model)
    return tuple(place for place in Placement if place in known.sites), known.absent


def submodule(parent: nn.Module, path: str, known: Family) -> nn.Module:
    """Find a part by its path.

    Raises:
        ValueError: If it is not there, as in another version of the model's code.
    """
    try:
        return parent.get_submodule(path)
    except AttributeError as missing:
        raise ValueError(
            f"a {known.name} model must have a module {path!r} in its "
            f"{type(parent).__name__}, as in transformers 5.23; it has none"
        ) from missing


def layer_modules(encoder: nn.Module, known: Family) -> dict[str, nn.Module]:
    """Give the modules that are layers, by their names; a shared one is there once."""
    found = {"": encoder}
    for step in known.layers.split("."):
        found = {
            f"{name}.{inner}".lstrip("."): module
            for name, outer in found.items()
            for inner, module in (
                outer.named_children() if step == "*" else [(step, submodule(outer, step, known))]
            )
        }
    return {
        f"{name}.{index}": layer
        for name, layers in found.items()
        for index, layer in layers.named_children()
    }


def layer_count(encoder: nn.Module) -> int:
    """Say how many layers run, a shared one counted each time."""
    config: Any = encoder.config
    return int(config.num_hidden_layers) * int(getattr(config, "inner_group_num", 1))
