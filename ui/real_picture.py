"""From settings to the packet of the page of real models: each branch run and measured once."""

from dataclasses import dataclass, replace

import torch
from jaxtyping import Float
from torch import Tensor

from contranorm.functional import unit_vectors
from contranorm.placements import Placement
from models.branch import Branch
from models.reading import sentence_trace
from models.together import together
from ui import real_models
from ui.compute import part
from ui.limits import limit
from ui.picture import Run, joined, measured, what_acts
from ui.real_packet import RealPacket
from ui.real_settings import RealSettings
from ui.seen import Seen


@dataclass(frozen=True, eq=False)
class RealRun:
    """One branch through every layer, with everything that does not need the other branches."""

    run: Run
    attention: Float[Tensor, "layers heads n n"]
    cosine: Float[Tensor, "layers_and_input n n"]
    embedding: Float[Tensor, "d"]


def picture(settings: RealSettings) -> RealPacket:
    """Compute the whole answer to a settings value; the same settings give the same packet.

    Raises:
        ModelUnavailable: If the model is not on this machine.
    """
    own = replace(RealSettings(), text=settings.sentence, model=settings.model)
    known = real_models.about(settings.model)
    if settings.rival not in real_models.rivals(known):  # asked for by hand: no menu has it
        settings = replace(settings, rival=own.rival)
    branches, place = settings.branches(), placed(settings)

    def run(branch: Branch) -> RealRun:
        there = place if branch.norm != "none" else own.placement
        return part(_run, (own, there, what_acts(branch)))

    runs = together(run, branches)
    heads = runs[0].attention.shape[1]
    head = min(settings.head, heads)
    return RealPacket(
        packet=joined([branch.norm for branch in branches], [one.run for one in runs]),
        attention=torch.stack([one.attention[:, head - 1] for one in runs], dim=1).numpy(),
        cosine=torch.stack([one.cosine for one in runs], dim=1).numpy(),
        embeddings=torch.stack([one.embedding for one in runs]).numpy(),
        head=head,
        heads=heads,
    )


def placed(settings: RealSettings) -> str:
    """Return where the norm goes: as asked, or the usual place if the model lacks that one.

    Raises:
        ModelUnavailable: If the model is not on this machine.
    """
    known = real_models.about(settings.model)
    return settings.placement if settings.placement in known.places else known.usual


def _run(asked: tuple[RealSettings, str, Branch]) -> RealRun:
    settings, placement, branch = asked
    (found,) = sentence_trace(
        settings.text,
        branches=[branch],
        placement=Placement(placement),
        pretrained=real_models.loaded(settings.model),
        longest=limit("pieces"),
    )
    with torch.inference_mode():
        unit = unit_vectors(found.hidden)
        return RealRun(
            run=measured(Seen(found.tokens, found.hidden, found.attention, dropped=found.dropped)),
            attention=found.attention,
            cosine=unit @ unit.mT,
            embedding=found.hidden[-1].mean(0),
        )
