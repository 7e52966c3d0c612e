"""From settings to packet: each branch run and measured once, then one projection of them all."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from jaxtyping import Float
from torch import Tensor

from contranorm.measures.similarity import attention_similarity, mean_cosine_similarity
from contranorm.measures.spectrum import effective_rank_of, singular_values
from contranorm.norms import NORMS
from models.branch import Branch
from models.handwriting import digits
from ui.apart import anywhere
from ui.compute import parts
from ui.packet import Packet
from ui.seen import Seen, seen
from ui.settings import Settings


@dataclass(frozen=True, eq=False)
class Run:
    """One branch through every layer, with everything that does not need the other branches.

    `scatter` is the sum over layers of the tokens' outer products about each layer's mean.
    """

    tokens: tuple[str, ...]
    dropped: int
    answer: str
    centred: Float[Tensor, "layers_and_input n d"]
    singular_values: Float[Tensor, "layers_and_input k"]
    effective_rank: Float[Tensor, "layers_and_input"]
    mean_cosine: Float[Tensor, "layers_and_input"]
    attention_similarity: Float[Tensor, "layers"]
    spread: Float[Tensor, "layers_and_input"]
    scatter: Float[Tensor, "d d"]


@anywhere(lambda settings: settings.light)
def picture(settings: Settings) -> Packet:
    """Compute the whole answer to a settings value; the same settings give the same packet.

    A branch is computed again only if one of its own settings moved: the one without a norm
    depends on neither s nor tau, partial centring not on tau.
    """
    if settings.trained is not None:
        settings = replace(settings, rival="partial_centering")
    own = replace(settings, scale=1.0, temperature=1.0, rival="none", form="residual")
    packet = joined(
        [branch.norm for branch in settings.branches()],
        parts(_runs, [(own, what_acts(branch)) for branch in settings.branches()]),
    )
    if settings.trained is None:
        return packet
    return replace(
        packet,
        truth=str(int(digits().test_labels[settings.digit])),
        pixels=tuple(map(tuple, digits().test_pixels[settings.digit].tolist())),
    )


@torch.inference_mode()
def joined(norms: Sequence[str], runs: Sequence[Run]) -> Packet:
    """Put the branches side by side and project them all on one pair of directions."""
    coordinates, share = _projected(runs)

    def together(values: Sequence[Tensor]) -> Tensor:
        return torch.stack(list(values), dim=1).float()

    return Packet(
        branches=tuple(norms),
        tokens=runs[0].tokens,
        coordinates=together(coordinates).numpy(),
        singular_values=together([run.singular_values for run in runs]).numpy(),
        effective_rank=together([run.effective_rank for run in runs]).numpy(),
        mean_cosine=together([run.mean_cosine for run in runs]).numpy(),
        attention_similarity=together([run.attention_similarity for run in runs]).numpy(),
        spread=together([run.spread for run in runs]).numpy(),
        share=share,
        dropped=runs[0].dropped,
        answers=tuple(run.answer for run in runs if run.answer),
    )


@torch.inference_mode()
def measured(one: Seen) -> Run:
    """Measure every layer of one branch."""
    hidden = one.hidden
    sigma = singular_values(hidden)
    centred = hidden - hidden.mean(dim=-2, keepdim=True)
    rows = centred.flatten(0, -2).double()
    return Run(
        tokens=one.tokens,
        dropped=one.dropped,
        answer=one.answer,
        centred=centred,
        singular_values=sigma,
        effective_rank=effective_rank_of(sigma.double()),
        mean_cosine=mean_cosine_similarity(hidden),
        attention_similarity=attention_similarity(one.attention),
        spread=centred.square().sum(-1).mean(-1).sqrt(),
        scatter=rows.mT @ rows,
    )


def what_acts(branch: Branch) -> Branch:
    """Set to 1 what the branch's norm does not use, so that moving it computes nothing."""
    norm = NORMS[branch.norm]
    return replace(
        branch,
        scale=branch.scale if norm.strength else 1.0,
        temperature=branch.temperature if norm.uses_temperature else 1.0,
    )


def _runs(asked: Sequence[tuple[Settings, Branch]]) -> list[Run]:
    ((own, _), *_) = asked
    return [measured(one) for one in seen(own, [branch for _, branch in asked])]


def _projected(runs: Sequence[Run]) -> tuple[list[Tensor], tuple[float, float]]:
    """Project on the two main directions of the tokens about each layer's mean, over everything.

    Within their plane the directions are turned (orthogonal Procrustes) so that the input looks
    as much as possible like its own main directions, which depend on no slider but the input's:
    no axis flips between neighbouring settings.
    """
    scatter = torch.stack([run.scatter for run in runs]).sum(0)
    values, vectors = torch.linalg.eigh(scatter)
    basis = vectors[:, -2:]  # (d, 2)
    start = runs[0].centred[0].double()  # (n, d)
    reference = start @ _main_directions(start)  # (n, 2)
    left, _, right = torch.linalg.svd((start @ basis).mT @ reference)
    basis = basis @ left @ right
    along = (basis * (scatter @ basis)).sum(0) / values.sum().clamp_min(1e-30)
    first, second = along.tolist()
    return [run.centred.double() @ basis for run in runs], (first, second)


def _main_directions(start: Tensor) -> Tensor:
    vectors = torch.linalg.svd(start, full_matrices=False).Vh[:2].mT  # (d, 1 or 2)
    vectors = torch.cat([vectors, torch.zeros(len(vectors), 2 - vectors.shape[1])], dim=1)
    largest = vectors.abs().argmax(dim=0)
    return vectors * vectors.gather(0, largest[None]).sign()
