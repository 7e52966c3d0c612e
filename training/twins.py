"""Train the networks that are shipped: python -m training.twins.

For every task the same network at its depths with four methods, each with its default: one seed,
one order of batches, one optimiser. Nothing is tuned, so nothing is chosen. A run that was
trained before in the same folder of runs is not trained again. A task whose data have to be
fetched first, and were not, is left out with a sentence.
"""

import argparse
import hashlib
from collections.abc import Sequence
from pathlib import Path

import torch
from safetensors.torch import save as serialized
from torch import Tensor

from contranorm import effective_rank, mean_cosine_similarity
from models.cards import CHECKPOINTS, SHIPPED, SHIPPED_DEPTHS, Card, Measures
from models.methods import METHODS
from models.network import Network
from training import checkpoint
from training.config import RunConfig
from training.folder import RunFolder
from training.loop import Training, evaluation
from training.recorded import RECORDS, record
from training.run import RUNS, name_of, run
from training.task import Part, asked, commonest
from training.tasks import TASKS

EPOCHS = {"digits": 8, "agreement": 16, "masked_words": 12}  # of the runs of each task


def twins(
    task: str = "digits",
    *,
    seed: int,
    epochs: int | None = None,
    depths: Sequence[int] | None = None,
) -> list[RunConfig]:
    """Give the runs of one task, shallow ones first; its own epochs and depths when None."""
    return [
        RunConfig(task=task, method=method, depth=depth, epochs=epochs or EPOCHS[task], seed=seed)
        for depth in depths or SHIPPED_DEPTHS[task]
        for method in SHIPPED
    ]


def trained(config: RunConfig, runs: Path) -> Training:
    """Train one run, or take it from its folder if it was trained before."""
    folder = RunFolder(runs / name_of(config))
    for epoch in run(config, folder):
        print(
            f"{config.task}, {config.method}, depth {config.depth}: epoch "
            f"{epoch.epoch}/{config.epochs}, "
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

    Weights are kept in half precision, and in full precision if half would change the accuracy
    on the validation or the test part, at three decimals.
    """
    network, data = training.network, training.data
    before = [evaluation(network, part).accuracy for part in (data.validation, data.test)]
    full = {key: weight.detach().clone() for key, weight in network.state_dict().items()}
    stored = {key: weight.half() for key, weight in full.items()}
    network.load_state_dict({key: weight.float() for key, weight in stored.items()})
    after = [evaluation(network, part).accuracy for part in (data.validation, data.test)]
    precision = "half"
    if [f"{one:.3f}" for one in after] != [f"{one:.3f}" for one in before]:
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
        test_answers=asked(data.test.labels),
        commonest=round(commonest(data.test.labels), 4),
        measures=collapse(training.network, data.test),
        precision=precision,
        torch=torch.__version__,
        sha256=hashlib.sha256(content).hexdigest(),
    )
    place = out / config.task
    place.mkdir(parents=True, exist_ok=True)
    stem = f"{config.method}-{config.depth}"
    (place / f"{stem}.safetensors").write_bytes(content)
    (place / f"{stem}.json").write_text(card.to_json(), encoding="utf-8")
    return card


def main(arguments: list[str] | None = None) -> None:
    """Train all of them, write them, and print what each of them scored."""
    parser = argparse.ArgumentParser(description=__doc__, prog="python -m training.twins")
    parser.add_argument("--out", type=Path, default=CHECKPOINTS, help="where to write")
    parser.add_argument("--runs", type=Path, default=RUNS / "twins", help="where they are trained")
    parser.add_argument("--records", type=Path, default=RECORDS, help="where its curves go")
    parser.add_argument("--tasks", nargs="+", default=list(EPOCHS), choices=list(EPOCHS))
    parser.add_argument("--epochs", type=int, help="instead of the task's own")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--depths", type=int, nargs="+", help="instead of the task's own")
    options = parser.parse_args(arguments)
    torch.set_num_threads(1)  # the same numbers every time
    configs = []
    for task in options.tasks:
        if TASKS[task].missing():
            print(f"{task}: its data have to be fetched first (see training/tasks/{task}.py)")
            continue
        configs += twins(task, epochs=options.epochs, seed=options.seed, depths=options.depths)
    for config in configs:
        card = keep(trained(config, options.runs), options.out)
        record(RunFolder(options.runs / name_of(config)), options.records)
        most = min(card.config.tokens, card.config.width)
        print(
            f"{config.task}, {card.title}, depth {config.depth}: test accuracy "
            f"{card.test_accuracy:.3f}, last layer's effective rank "
            f"{card.measures.effective_rank:.2f} of {most} directions, mean cosine "
            f"{card.measures.mean_cosine_similarity:.3f}"
        )


if __name__ == "__main__":
    main()
