"""Where in a Transformer block a norm can be put."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType


class Placement(Enum):
    """The eight places the authors tried in post-LayerNorm blocks, the two in pre-LayerNorm ones.

    They stand in the order of a block. No block has all of them: see `FAMILIES`.

    >>> Placement("after_attention_residual").name
    'AFTER_ATTENTION_RESIDUAL'
    """

    ATTENTION_INPUT = "attention_input"
    BEFORE_ATTENTION_LAYER_NORM = "before_attention_layer_norm"
    ATTENTION_CONTEXT = "attention_context"
    AFTER_ATTENTION_DENSE = "after_attention_dense"
    AFTER_ATTENTION_RESIDUAL = "after_attention_residual"
    AFTER_ATTENTION_LAYER_NORM = "after_attention_layer_norm"
    BEFORE_FEED_FORWARD_LAYER_NORM = "before_feed_forward_layer_norm"
    FEED_FORWARD_OUTPUT = "feed_forward_output"
    AFTER_FEED_FORWARD_RESIDUAL = "after_feed_forward_residual"
    AFTER_OUTPUT_LAYER_NORM = "after_output_layer_norm"


@dataclass(frozen=True)
class PlacementRow:
    """One placement in words, with the numbers that the authors' BERT and ALBERT code give it.

    Their DeiT code has no numbers: there a norm stands before every LayerNorm.
    """

    placement: Placement
    title: str
    plain: str
    bert_number: int | None
    albert_number: int | None
    source: str


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
        Placement.BEFORE_ATTENTION_LAYER_NORM,
        "Before the attention's LayerNorm",
        "On the copy that the attention reads; the residual keeps the tokens as they were.",
        None,
        None,
        "DeiT: main.py:272-294",
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
        Placement.BEFORE_FEED_FORWARD_LAYER_NORM,
        "Before the feed-forward LayerNorm",
        "On the copy that the feed-forward part reads; the residual keeps the tokens as they were.",
        None,
        None,
        "DeiT: main.py:272-294",
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
        "On feed-forward plus residual, before the LayerNorm that closes the block, if one does.",
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

# Why a family lacks the other placements, by where its blocks have their LayerNorms.
ABSENT: Mapping[str, Mapping[Placement, str]] = MappingProxyType(
    {
        "post": MappingProxyType(
            {
                Placement.BEFORE_ATTENTION_LAYER_NORM: (
                    "no LayerNorm stands before the attention in this family: it reads the "
                    "residual stream itself, which is attention_input"
                ),
                Placement.BEFORE_FEED_FORWARD_LAYER_NORM: (
                    "no LayerNorm stands before the feed-forward part in this family: it reads "
                    "the residual stream itself, which is after_attention_layer_norm"
                ),
            }
        ),
        "pre": MappingProxyType(
            {
                Placement.AFTER_ATTENTION_RESIDUAL: (
                    "in this family the sum of attention and residual passes through no module: "
                    "the LayerNorm after it works on a copy, which is "
                    "before_feed_forward_layer_norm"
                ),
                Placement.AFTER_ATTENTION_LAYER_NORM: (
                    "in this family no LayerNorm closes the attention half: the next one works "
                    "on a copy for the feed-forward part, beside the residual stream"
                ),
                Placement.AFTER_OUTPUT_LAYER_NORM: (
                    "in this family no LayerNorm closes the block: what leaves it is the sum "
                    "after_feed_forward_residual"
                ),
            }
        ),
    }
)
