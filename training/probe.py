"""What is looked at while a network learns: every measure of every layer, gradients by depth."""

from dataclasses import dataclass

import torch
from torch import Tensor

from contranorm.functional import unit_vectors
from contranorm.measures import MEASURES, Measure
from models.network import Network, NetworkTrace

PROBED = 32  # inputs of the fixed batch
# Unit rows, as the loss has them: a LayerNorm makes rows √d long, and e^d says nothing.
UNIFORMITY_TEMPERATURE = 1.0


@dataclass(frozen=True)
class Layer:
    """One layer at one moment: 0 is the input of the first block.

    `gradient` is the length of the loss's gradient in the weights of the block that made this
    layer, None for the input. `measures` are means over the probe batch, by name; the attention
    is that of the block, so the input has none.
    """

    layer: int
    gradient: float | None
    measures: dict[str, float]


@torch.no_grad()
def layers(network: Network, inputs: Tensor, gradients: list[float]) -> tuple[Layer, ...]:
    """Measure every layer of a fixed batch.

    Args:
        network: As it is now.
        inputs: The probe batch.
        gradients: One length a block, as `gradient_lengths` gives them; empty before any step.
    """
    traced = network.trace(inputs)
    return tuple(
        Layer(
            layer=index,
            gradient=gradients[index - 1] if index and gradients else None,
            measures=_measures(traced, index),
        )
        for index in range(len(traced.hidden))
    )


def gradient_lengths(network: Network, cut: float = 1.0) -> list[float]:
    """Give the length of the gradient in each block's weights, before it was cut.

    Args:
        network: After a step; 0 is a block that learns nothing.
        cut: What the whole gradient was multiplied by, to have at most the length allowed.
    """
    return [
        torch.nn.utils.get_total_norm(
            [weight.grad for weight in block.parameters() if weight.grad is not None]
        ).item()
        / cut
        for block in network.blocks
    ]


def _measures(traced: NetworkTrace, layer: int) -> dict[str, float]:
    values = {}
    for name, measure in MEASURES.items():
        if measure.takes == "tokens":
            values[name] = _of_tokens(measure, traced.hidden[layer])
        elif measure.takes == "attention" and layer:
            values[name] = measure.function(traced.attention[layer - 1]).mean().item()
    return values


def _of_tokens(measure: Measure, h: Tensor) -> float:
    if "temperature" in measure.needs:
        value = measure.function(unit_vectors(h), temperature=UNIFORMITY_TEMPERATURE)
    else:
        value = measure.function(h)
    return value.double().mean().item()
