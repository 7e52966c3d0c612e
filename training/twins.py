"""Train the networks that are shipped: python -m training.twins.

The same network at three depths with four methods, each with its default: one seed, one order
of batches, one optimiser. Nothing is tuned, so nothing is chosen. A run that was trained before
in the same folder of runs is not trained again.
"""

import argparse
import hashlib
from pathlib import Path

import torch
from safetensors.torch import save as serialized
from torch import Tensor

from contranorm import effective_rank, mean_cosine_similarity
from models.digits import CHECKPOINTS, SHIPPED, TWIN_DEPTHS, Card, Measures
from models.methods import METHODS
from models.network import Network
from training import checkpoint
from training.config import RunConfig
from training.folder import RunFolder
from training.loop import Training, evaluation
from training.recorded import RECORDS, record
from training.run import RUNS, name_of, run
from training.task import Part


def twins(*, epochs: int, seed: int, depths: tuple[int, ...] = TWIN_DEPTHS) -> list[RunConfig]:
    """Give the runs, shallow ones first."""
    return [
        RunConfig(method=method, depth=depth, epochs=epochs, seed=seed)
        for depth in depths
        for method in SHIPPED
    ]


def trained(config: RunConfig, runs: Path) -> Training:
    """Train one run, or take it from its folder if it was trained before."""
    folder = RunFolder(runs / name_of(config))
    for epoch in run(config, folder):
        print(
            f"{config.method}, depth {config.depth}: epoch {epoch.epoch}/{config.epochs}, "
            f"test accuracy {epoch.test.accuracy:.3f}, {epoch.seconds:.1f} s"
        )
    training = Training(config)
    checkpoint.load(training, folder)
    training.network.eval()
    return training


@torch.inference_mode()
def collapse(network: Network, part: Part) -> Measures:
    """Measure how collapsed the last layer is."""
    last = network(part.inputs).hidden[-1].double()
    return Measures(
        effective_rank=round(effective_rank(last).mean().item(), 4),
        mean_cosine_similarity=round(mean_cosine_similarity(last).mean().item(), 4),
    )


def keep(training: Training, out: Path) -> Card:
    """Write the weights and the card that describes them; the card describes what is stored.

    Weights are kept in half precision, and in full precision if half would change how many
    validation or test digits the network reads.
    """
    network, data = training.network, training.data
    before = [evaluation(network, part).accuracy for part in (data.validation, data.test)]
    full = {key: weight.detach().clone() for key, weight in network.state_dict().items()}
    stored = {key: weight.half() for key, weight in full.items()}
    network.load_state_dict({key: weight.float() for key, weight in stored.items()})
    after = [evaluation(network, part).accuracy for part in (data.validation, data.test)]
    precision = "half"
    if after != before:
        stored, after, precision = full, before, "full"
        network.load_state_dict(full)
    return _written(training, stored, out, after, precision)


def _written(
    training: Training, stored: dict[str, Tensor], out: Path, scores: list[float], precision: str
) -> Card:
    config, data, task = training.config, training.data, training.task
    content = serialized(stored)
    card = Card(
        name=config.method,
        title=METHODS[config.method].title,
        config=training.network.config,
        data=f"{task.title} ({task.kind}): {task.source}; {task.licence}",
        split=config.data_split,
        seed=config.seed,
        epochs=config.epochs,
        command=config.command,
        validation_accuracy=scores[0],
        test_accuracy=scores[1],
        test_digits=len(data.test.labels),
        measures=collapse(training.network, data.test),
        precision=precision,
        torch=torch.__version__,
        sha256=hashlib.sha256(content).hexdigest(),
    )
    out.mkdir(parents=True, exist_ok=True)
    stem = f"{config.method}-{config.depth}"
    (out / f"{stem}.safetensors").write_bytes(content)
    (out / f"{stem}.json").write_text(card.to_json(), encoding="utf-8")
    return card


def main(arguments: list[str] | None = None) -> None:
    """Train all of them, write them, and print what each of them scored."""
    parser = argparse.ArgumentParser(description=__doc__, prog="python -m training.twins")
    parser.add_argument("--out", type=Path, default=CHECKPOINTS, help="where to write")
    parser.add_argument("--runs", type=Path, default=RUNS / "twins", help="where they are trained")
    parser.add_argument("--records", type=Path, default=RECORDS, help="where its curves go")
    parser.add_argument("--epochs", type=int, default=RunConfig().epochs)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--depths", type=int, nargs="+", default=TWIN_DEPTHS)
    options = parser.parse_args(arguments)
    torch.set_num_threads(1)  # the same numbers every time
    for config in twins(epochs=options.epochs, seed=options.seed, depths=tuple(options.depths)):
        card = keep(trained(config, options.runs), options.out)
        record(RunFolder(options.runs / name_of(config)), options.records)
        most = min(card.config.tokens, card.config.width)
        print(
            f"{card.title}, depth {config.depth}: test accuracy {card.test_accuracy:.3f}, last "
            f"layer's effective rank {card.measures.effective_rank:.2f} of {most} directions, "
            f"mean cosine {card.measures.mean_cosine_similarity:.3f}"
        )


if __name__ == "__main__":
    main()
