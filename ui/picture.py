"""From settings to packet: run the model once per branch, measure every layer, project once."""

from dataclasses import replace

import torch
from jaxtyping import Float
from torch import Tensor

from contranorm.measures.similarity import attention_similarity, mean_cosine_similarity
from contranorm.measures.spectrum import effective_rank_of, singular_values
from contranorm.placements import Placement
from models.digits import digit_trace, digits
from models.encoder import EncoderConfig, encode
from models.pretrained import sentence_trace
from models.tokens import LONGEST, embeddings, tokens
from ui.packet import Packet
from ui.settings import Settings

NO_WORDS = ("∅",)  # stands for a sentence without a single visible character


def picture(settings: Settings) -> Packet:
    """Compute the whole answer to a settings value; the same settings give the same packet."""
    return {"lab": _lab, "minilm": _minilm, "digits": _digits}[settings.model](settings)


def _lab(settings: Settings) -> Packet:
    words = tokens(settings.text) or NO_WORDS
    config = EncoderConfig(
        depth=settings.depth,
        seed=settings.seed,
        gain=settings.gain,
        residual=settings.residual,
        mlp=settings.mlp,
        layer_norm=settings.layer_norm,  # type: ignore[arg-type]
    )
    kept = words[:LONGEST]
    h = embeddings(kept, width=config.width, seed=settings.seed, positions=settings.positions)
    seen = encode(h, config=config, branches=settings.branches())
    packet = measured(settings, kept, seen.hidden, seen.attention)
    return replace(packet, dropped=len(words) - len(kept))


def _minilm(settings: Settings) -> Packet:
    seen = sentence_trace(
        settings.text,
        branches=settings.branches(),
        depth=min(settings.depth, 6),
        placement=Placement(settings.placement),
    )
    hidden = torch.stack([branch.hidden for branch in seen], dim=1)
    attention = torch.stack([branch.attention for branch in seen], dim=1)
    return replace(measured(settings, seen[0].tokens, hidden, attention), dropped=seen[0].dropped)


def _digits(settings: Settings) -> Packet:
    strength = {"scale": settings.scale, "temperature": settings.temperature}
    settings = replace(settings, rival="partial_centering")
    seen = [
        digit_trace(branch.norm, settings.digit, depth=min(settings.depth, 24), **strength)
        for branch in settings.branches()
    ]
    hidden = torch.stack([one.hidden[:, 0] for one in seen], dim=1)
    attention = torch.stack([one.attention[:, 0] for one in seen], dim=1)
    patches = tuple(f"row {index // 4 + 1}, column {index % 4 + 1}" for index in range(16))
    packet = measured(settings, patches, hidden, attention)
    return replace(
        packet,
        answers=tuple(str(int(one.logits[0].argmax())) for one in seen),
        truth=str(int(digits().test_labels[settings.digit])),
        pixels=tuple(map(tuple, digits().test_pixels[settings.digit].tolist())),
    )


@torch.inference_mode()
def measured(
    settings: Settings,
    words: tuple[str, ...],
    hidden: Float[Tensor, "layers_and_input branches n d"],
    attention: Float[Tensor, "layers branches heads n n"],
) -> Packet:
    """Measure every layer of every branch, and project them all on one pair of directions."""
    sigma = singular_values(hidden)
    centred = hidden - hidden.mean(dim=-2, keepdim=True)
    coordinates, share = _projected(hidden, centred)
    return Packet(
        branches=tuple(branch.norm for branch in settings.branches()),
        tokens=words,
        coordinates=coordinates.float().numpy(),
        singular_values=sigma.float().numpy(),
        effective_rank=effective_rank_of(sigma.double()).float().numpy(),
        mean_cosine=mean_cosine_similarity(hidden).float().numpy(),
        attention_similarity=attention_similarity(attention).float().numpy(),
        spread=centred.square().sum(-1).mean(-1).sqrt().float().numpy(),
        share=share,
    )


def _projected(hidden: Tensor, centred: Tensor) -> tuple[Tensor, tuple[float, float]]:
    """Project on the two main directions of the tokens about each layer's mean, over everything.

    Within their plane the directions are turned (orthogonal Procrustes) so that the input looks
    as much as possible like its own main directions, which depend on no slider but the input's:
    no axis flips between neighbouring settings.
    """
    rows = centred.flatten(0, -2).double()
    values, vectors = torch.linalg.eigh(rows.mT @ rows)
    basis = vectors[:, -2:]  # (d, 2)
    start = centred[0, 0].double()  # (n, d)
    reference = start @ _main_directions(start)  # (n, 2)
    left, _, right = torch.linalg.svd((start @ basis).mT @ reference)
    basis = basis @ left @ right
    along = (rows @ basis).square().sum(0) / values.sum().clamp_min(1e-30)
    first, second = along.tolist()
    return hidden.double() @ basis, (first, second)


def _main_directions(start: Tensor) -> Tensor:
    vectors = torch.linalg.eigh(start.mT @ start).eigenvectors[:, -2:].flip(-1)  # (d, 2)
    largest = vectors.abs().argmax(dim=0)
    return vectors * vectors.gather(0, largest[None]).sign()
