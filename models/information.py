"""What can still be read out of each layer: which word piece a token is, and where it stands.

    information(used, branches=..., placement=..., splits=5) -> Information

Two readers, neither of which sees the sentences it is tested on: the nearest neighbour (the
label of the most alike training token), and a linear read-out (ridge regression onto one column
for each label, the largest wins).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from contranorm.functional import unit_vectors
from contranorm.placements import Placement
from models.branch import Branch
from models.loading import Pretrained
from models.reading import TextTrace
from models.sentence_pairs import read_pairs
from models.together import together

TEST_SHARE = 1 / 3
SPLITS = 5
WORD_IN = 4  # pairs of sentences a word piece must stand in to be asked for
PLACE_IN = 30  # sentences that must be long enough for a place to be asked for
RIDGE = 0.1  # times the mean eigenvalue of the training tokens' scatter
OTHER = -1  # in place of a label: this token is not asked about

Target = Literal["word", "position"]
Reader = Literal["nearest", "linear"]
Predictions = dict[tuple[Target, Reader], Int[Tensor, "states test"]]


@dataclass(frozen=True, eq=False)
class Readout:
    """The share of test tokens read rightly, in each branch, layer and split.

    `chance` is what naming the commonest label of the training tokens gets right, in each
    split: who knows nothing of the token can do no better. `labels` is how many there are.
    """

    target: Target
    reader: Reader
    share: Float[Tensor, "branches layers_and_input splits"]
    chance: Float[Tensor, "splits"]
    labels: int

    def gain(self, branch: int, *, against: int = 0) -> Float[Tensor, "layers_and_input splits"]:
        """How much more one branch lets be read than another; below 0 it hides something."""
        return self.share[branch] - self.share[against]


@dataclass(frozen=True, eq=False)
class Information:
    """Every target by every reader, on one set of tokens."""

    branches: tuple[Branch, ...]
    readouts: tuple[Readout, ...]
    tokens: int
    device: str

    def readout(self, target: Target, reader: Reader) -> Readout:
        """Give one of the four."""
        return next(r for r in self.readouts if (r.target, r.reader) == (target, reader))


def information(
    used: Pretrained,
    *,
    branches: Sequence[Branch] = (Branch(),),
    placement: Placement | None = None,
    splits: int = SPLITS,
    seed: int = 0,
) -> Information:
    """Read words and places out of every layer, on the lab's own sentences.

    The two sentences of a pair are always on one side of a split, since they are about one
    thing. Places count from the first piece that is not special. A word piece is asked about
    if it stands in at least four pairs; a place, if thirty sentences have it.

    Args:
        used: The model.
        branches: The norms to compare, on the same splits.
        placement: Where they go; the usual place of the model's family when None.
        splits: How many times the sentences are split anew, a third of them to test on.
        seed: Of the splits.

    Raises:
        ValueError: For an unknown norm, or a placement that the family lacks.
    """

    def read(branch: Branch) -> TextTrace:
        return read_pairs(used, branch, placement=placement)

    def predict(train: Bool[Tensor, "n"]) -> Predictions:
        return _predictions(states, train, targets)

    runs = together(read, branches)
    targets, groups, real = _asked(runs[0])
    states = torch.stack([run.hidden[:, real] for run in runs]).flatten(0, 1)  # (states, n, d)
    shares: dict[tuple[Target, Reader], list[Tensor]] = {}
    chances: dict[Target, list[Tensor]] = {}
    sides = _splits(groups, splits, seed)
    answers = together(predict, sides)
    for train, answer in zip(sides, answers, strict=True):
        for target, truth in targets.items():
            chances.setdefault(target, []).append(_chance(truth, train))
        for (target, reader), said in answer.items():
            truth = targets[target][~train]
            right = (said == truth)[:, truth != OTHER]
            shares.setdefault((target, reader), []).append(right.double().mean(-1))
    readouts = tuple(
        Readout(
            target,
            reader,
            torch.stack(found, dim=-1).unflatten(0, (len(runs), -1)),
            torch.stack(chances[target]),
            int(targets[target].max()) + 1,
        )
        for (target, reader), found in shares.items()
    )
    return Information(tuple(branches), readouts, len(groups), runs[0].device)


def _asked(
    run: TextTrace,
) -> tuple[dict[Target, Int[Tensor, "n"]], Int[Tensor, "n"], Bool[Tensor, "b m"]]:
    """Say of each piece that is not special: its labels, its pair, and where it stands."""
    real = run.mask.clone()
    words, places, groups = [], [], []
    for row, pieces in enumerate(run.texts):
        shown = [place for place, special in enumerate(pieces.special) if not special]
        real[row] = False
        real[row, shown] = True
        words += [pieces.ids[place] for place in shown]
        places += list(range(len(shown)))
        groups += [row % (len(run.texts) // 2)] * len(shown)  # firsts, then seconds, of the pairs
    pair = torch.tensor(groups)
    targets: dict[Target, Tensor] = {
        "word": _labels(torch.tensor(words), pair, at_least=WORD_IN),
        "position": _labels(torch.tensor(places), torch.arange(len(places)), at_least=PLACE_IN),
    }
    return targets, pair, real


def _labels(
    names: Int[Tensor, "n"], groups: Int[Tensor, "n"], *, at_least: int
) -> Int[Tensor, "n"]:
    """Number the names that stand in enough groups from 0; the others are not asked about."""
    seen = torch.stack([names, groups]).unique(dim=1)[0]
    common, counts = seen.unique(return_counts=True)
    kept = common[counts >= at_least]
    place = torch.searchsorted(kept, names).clamp_max(len(kept) - 1)
    return torch.where(kept[place] == names, place, OTHER)


def _splits(groups: Int[Tensor, "n"], splits: int, seed: int) -> list[Bool[Tensor, "n"]]:
    from sklearn.model_selection import GroupShuffleSplit  # slow to import

    shuffle = GroupShuffleSplit(n_splits=splits, test_size=TEST_SHARE, random_state=seed)
    sides = []
    for train, _ in shuffle.split(groups, groups=groups):
        side = torch.zeros(len(groups), dtype=torch.bool)
        side[torch.from_numpy(train)] = True
        sides.append(side)
    return sides


def _chance(truth: Int[Tensor, "n"], train: Bool[Tensor, "n"]) -> Float[Tensor, ""]:
    asked = truth != OTHER
    commonest = truth[train & asked].mode().values
    return (truth[~train & asked] == commonest).double().mean()


def _predictions(
    states: Float[Tensor, "states n d"],
    train: Bool[Tensor, "n"],
    targets: dict[Target, Int[Tensor, "n"]],
) -> Predictions:
    """Let both readers say what each test token is, having seen the training tokens alone."""
    unit = unit_vectors(states)
    neighbour = (unit[:, ~train] @ unit[:, train].mT).argmax(-1)  # (states, test)
    sizes = [int(truth.max()) + 1 for truth in targets.values()]
    wanted = [
        _columns(truth[train], size) for truth, size in zip(targets.values(), sizes, strict=True)
    ]
    scores = _ridge(states[:, train], torch.cat(wanted, dim=-1), states[:, ~train])
    said: dict[tuple[Target, Reader], Tensor] = {}
    for (target, truth), part in zip(targets.items(), scores.split(sizes, dim=-1), strict=True):
        said[target, "nearest"] = truth[train][neighbour]
        said[target, "linear"] = part.argmax(-1)
    return said


def _columns(truth: Int[Tensor, "n"], size: int) -> Float[Tensor, "n size"]:
    return (truth.unsqueeze(-1) == torch.arange(size)).float()


def _ridge(
    seen: Float[Tensor, "states train d"],
    wanted: Float[Tensor, "train labels"],
    asked: Float[Tensor, "states test d"],
) -> Float[Tensor, "states test labels"]:
    """Fit wanted = X w + b with a penalty on w, and apply it."""
    mean, middle = seen.mean(-2, keepdim=True), wanted.mean(0)
    x = seen - mean
    scatter = x.mT @ x  # (states, d, d)
    diagonal = scatter.diagonal(dim1=-2, dim2=-1)
    diagonal += RIDGE * diagonal.mean(-1, keepdim=True).clamp_min(1e-12)
    weights = torch.linalg.solve(scatter, x.mT @ (wanted - middle))
    return (asked - mean) @ weights + middle
