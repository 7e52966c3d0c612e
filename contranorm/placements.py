"""Where in a Transformer block a norm can be put, and where that is in each model family."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType
from typing import Literal


class Placement(Enum):
    """The eight places the authors tried in a post-LayerNorm block.

    >>> Placement("after_attention_residual").name
    'AFTER_ATTENTION_RESIDUAL'
    """

    ATTENTION_INPUT = "attention_input"
    ATTENTION_CONTEXT = "attention_context"
    AFTER_ATTENTION_DENSE = "after_attention_dense"
    AFTER_ATTENTION_RESIDUAL = "after_attention_residual"
    AFTER_ATTENTION_LAYER_NORM = "after_attention_layer_norm"
    FEED_FORWARD_OUTPUT = "feed_forward_output"
    AFTER_FEED_FORWARD_RESIDUAL = "after_feed_forward_residual"
    AFTER_OUTPUT_LAYER_NORM = "after_output_layer_norm"


@dataclass(frozen=True)
class PlacementRow:
    """One placement in words, with the numbers the authors' two code bases give it."""

    placement: Placement
    title: str
    plain: str
    bert_number: int
    albert_number: int
    source: str


@dataclass(frozen=True)
class Site:
    """A submodule of one layer, and whether the norm takes its input or its output.

    An empty path is the layer itself.
    """

    path: str
    side: Literal["input", "output"]


@dataclass(frozen=True)
class Family:
    """What has to be known about a model family to reach inside its layers."""

    name: str
    layers: str
    attention: str
    sites: Mapping[Placement, Site]


PLACEMENTS = (
    PlacementRow(
        Placement.ATTENTION_INPUT,
        "Attention input",
        "On what enters the block; the residual branch carries the changed tokens too.",
        1,
        1,
        "modeling_bert.py:561, modeling_albert.py:438",
    ),
    PlacementRow(
        Placement.ATTENTION_CONTEXT,
        "Attention context",
        "On the heads' mixture of values, before the dense layer that joins the heads.",
        2,
        2,
        "modeling_bert.py:574, modeling_albert.py:394",
    ),
    PlacementRow(
        Placement.AFTER_ATTENTION_DENSE,
        "After the attention's dense layer",
        "On the attention's finished output, before the residual is added.",
        3,
        3,
        "modeling_bert.py:506, modeling_albert.py:399",
    ),
    PlacementRow(
        Placement.AFTER_ATTENTION_RESIDUAL,
        "After the attention residual",
        "On attention plus residual, before the attention's LayerNorm: the paper's choice.",
        7,
        4,
        "modeling_bert.py:509, modeling_albert.py:402",
    ),
    PlacementRow(
        Placement.AFTER_ATTENTION_LAYER_NORM,
        "After the attention's LayerNorm",
        "Between the attention half of the block and its feed-forward half.",
        4,
        5,
        "modeling_bert.py:516, modeling_albert.py:407",
    ),
    PlacementRow(
        Placement.FEED_FORWARD_OUTPUT,
        "Feed-forward output",
        "On the feed-forward network's output, before the residual is added.",
        5,
        6,
        "modeling_bert.py:613, modeling_albert.py:449",
    ),
    PlacementRow(
        Placement.AFTER_FEED_FORWARD_RESIDUAL,
        "After the feed-forward residual",
        "On feed-forward plus residual, before the block's last LayerNorm.",
        8,
        7,
        "modeling_bert.py:616, modeling_albert.py:452",
    ),
    PlacementRow(
        Placement.AFTER_OUTPUT_LAYER_NORM,
        "After the output LayerNorm",
        "On what leaves the block.",
        6,
        8,
        "modeling_bert.py:622, modeling_albert.py:457",
    ),
)

BERT_SITES: Mapping[Placement, Site] = MappingProxyType(
    {
        Placement.ATTENTION_INPUT: Site("", "input"),
        Placement.ATTENTION_CONTEXT: Site("attention.output.dense", "input"),
        Placement.AFTER_ATTENTION_DENSE: Site("attention.output.dropout", "output"),
        Placement.AFTER_ATTENTION_RESIDUAL: Site("attention.output.LayerNorm", "input"),
        Placement.AFTER_ATTENTION_LAYER_NORM: Site("attention.output.LayerNorm", "output"),
        Placement.FEED_FORWARD_OUTPUT: Site("output.dropout", "output"),
        Placement.AFTER_FEED_FORWARD_RESIDUAL: Site("output.LayerNorm", "input"),
        Placement.AFTER_OUTPUT_LAYER_NORM: Site("output.LayerNorm", "output"),
    }
)

# These five families name their modules alike (Hugging Face transformers 5.23).
FAMILIES = tuple(
    Family(name, layers="encoder.layer", attention="attention.self", sites=BERT_SITES)
    for name in ("bert", "roberta", "xlm-roberta", "camembert", "electra")
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
