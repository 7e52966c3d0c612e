"""Train the digits trio: the same network three times, each with another norm.

Run `python -m training.twins`. Nothing is tuned for any of the three: same seed, same first
weights, same order of batches, same optimiser (AdamW 1e-3, no warm-up, batch 128, gradients
clipped to 1).
"""

import argparse
import hashlib
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import torch
import torch.nn.functional as F
from safetensors.torch import save as serialized
from torch import Tensor

from contranorm import effective_rank, mean_cosine_similarity
from models.digits import CHECKPOINTS, Card, Measures, digits, share_right
from models.vision import DigitTransformer, VisionConfig

BATCH = 128
LEARNING_RATE = 1e-3
CLIP = 1.0


@dataclass(frozen=True)
class Recipe:
    """The one thing in which the three networks differ."""

    name: str
    title: str
    norm: str
    scale: float
    temperature: float


RECIPES = (
    Recipe("none", "no norm", "none", 0.0, 1.0),
    Recipe("partial_centering", "partial centring", "partial_centering", 1.0, 1.0),
    Recipe("contra_norm", "ContraNorm", "contra_norm", 1.0, 0.2),
)


def batches(seed: int, epoch: int) -> Iterator[Tensor]:
    """Shuffle the training digits and deal them out, the same way for every recipe."""
    shuffler = torch.Generator().manual_seed(1000 * seed + epoch)
    order = torch.randperm(len(digits().train_labels), generator=shuffler)
    yield from order.split(BATCH)


def optimizer_of(network: DigitTransformer) -> torch.optim.Optimizer:
    """Make the optimiser that all three are trained with."""
    return torch.optim.AdamW(network.parameters(), lr=LEARNING_RATE)


def run_epoch(
    network: DigitTransformer,
    recipe: Recipe,
    optimizer: torch.optim.Optimizer,
    *,
    seed: int,
    epoch: int,
) -> float:
    """Show every training digit once; return the mean loss in nats."""
    data, total = digits(), 0.0
    for rows in batches(seed, epoch):
        logits = network(
            data.train_pixels[rows],
            norm=recipe.norm,
            scale=recipe.scale,
            temperature=recipe.temperature,
        ).logits
        loss = F.cross_entropy(logits, data.train_labels[rows])
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), CLIP)
        optimizer.step()
        total += loss.item() * len(rows)
    return total / len(data.train_labels)


def train(recipe: Recipe, config: VisionConfig, *, epochs: int, seed: int) -> DigitTransformer:
    """Train one network and print one line an epoch."""
    torch.manual_seed(seed)
    network = DigitTransformer(config)
    optimizer = optimizer_of(network)
    for epoch in range(epochs):
        started = time.perf_counter()
        loss = run_epoch(network, recipe, optimizer, seed=seed, epoch=epoch)
        seconds = time.perf_counter() - started
        print(f"{recipe.title}: epoch {epoch + 1}/{epochs}, loss {loss:.3f}, {seconds:.1f} s")
    return network.eval()


@torch.inference_mode()
def examination(network: DigitTransformer, recipe: Recipe) -> tuple[float, Measures]:
    """Test accuracy, and how collapsed the last layer is on the test digits."""
    data = digits()
    traced = network(
        data.test_pixels, norm=recipe.norm, scale=recipe.scale, temperature=recipe.temperature
    )
    last = traced.hidden[-1].double()
    measures = Measures(
        effective_rank=round(effective_rank(last).mean().item(), 4),
        mean_cosine_similarity=round(mean_cosine_similarity(last).mean().item(), 4),
    )
    return share_right(traced.logits, data.test_labels), measures


def keep(network: DigitTransformer, recipe: Recipe, out: Path, *, epochs: int, seed: int) -> Card:
    """Write the weights and the card that describes them; the card describes what is stored.

    Weights are kept in half precision, and in full precision if that would change what the
    network answers on the test digits.
    """
    before, _ = examination(network, recipe)
    full = {key: weight.detach().clone() for key, weight in network.state_dict().items()}
    half = {key: weight.half() for key, weight in full.items()}
    network.load_state_dict({key: weight.float() for key, weight in half.items()})
    stored, (accuracy, measures) = half, examination(network, recipe)
    if accuracy != before:
        network.load_state_dict(full)
        stored, (accuracy, measures) = full, examination(network, recipe)
    content = serialized(stored)
    depth = network.config.depth
    card = Card(
        **vars(recipe),
        config=network.config,
        seed=seed,
        epochs=epochs,
        command=f"python -m training.twins --epochs {epochs} --depth {depth} --seed {seed}",
        test_accuracy=accuracy,
        test_digits=len(digits().test_labels),
        measures=measures,
        torch=torch.__version__,
        sha256=hashlib.sha256(content).hexdigest(),
    )
    out.mkdir(parents=True, exist_ok=True)
    (out / f"{recipe.name}.safetensors").write_bytes(content)
    (out / f"{recipe.name}.json").write_text(card.to_json(), encoding="utf-8")
    return card


def main(arguments: list[str] | None = None) -> None:
    """Train all three, write them, and print what each of them scored."""
    parser = argparse.ArgumentParser(description=__doc__, prog="python -m training.twins")
    parser.add_argument("--out", type=Path, default=CHECKPOINTS, help="where to write")
    parser.add_argument("--epochs", type=int, default=6)
    parser.add_argument("--depth", type=int, default=24)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(arguments)
    config = VisionConfig(depth=options.depth)
    for recipe in RECIPES:
        network = train(recipe, config, epochs=options.epochs, seed=options.seed)
        card = keep(network, recipe, options.out, epochs=options.epochs, seed=options.seed)
        print(
            f"{card.title}: test accuracy {card.test_accuracy:.3f}, last layer's effective rank "
            f"{card.measures.effective_rank:.2f} of {min(16, config.width)} directions, "
            f"mean cosine {card.measures.mean_cosine_similarity:.3f}"
        )


if __name__ == "__main__":
    main()
