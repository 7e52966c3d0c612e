"""Pads, on either side, change nothing at the real tokens: no norm, in no encoder family."""

from functools import cache, partial

import pytest
import torch

from contranorm import FAMILIES, NORMS, Placement, attach, contra_norm
from tests.contranorm.tiny_models import IDS, PIXELS, inputs, tiny

ENCODERS = [row.name for row in FAMILIES if not row.causal and "input_ids" in inputs(row.name)]
PLACES = [(row.name, place) for row in FAMILIES if row.name in ENCODERS for place in row.sites]
# These count positions from the first token, pad or not, and must be told; the others see them.
COUNTING = ("bert", "electra", "albert", "distilbert", "deberta", "deberta-v2")
SIDES = {
    "left": torch.tensor([[False] * 3 + [True] * 6, [True] * 9]),
    "right": torch.tensor([[True] * 6 + [False] * 3, [True] * 9]),
    "both": torch.tensor([[False] + [True] * 6 + [False] * 2, [True] * 9]),
}
LONG = torch.tensor([[9, 10, 11, 12, 13, 14, 15, 16, 17]])
OURS = partial(contra_norm, scale=1.5, temperature=0.2)
shared = cache(tiny)


def output(model, given):
    with torch.no_grad():
        return model(**given).last_hidden_state


def padded(name, real):
    """The first text with three pads, the second longer and without any."""
    ids = torch.full(real.shape, 1 if name == "mpnet" else 0)  # MPNet's padding index is fixed
    ids[0, real[0]], ids[1] = IDS[0], LONG[0]
    given = {"input_ids": ids, "attention_mask": real.long()}
    if name in COUNTING:
        given["position_ids"] = (real.cumsum(-1) - 1).clamp_min(0)
    return given


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("name", NORMS)
def test_a_norm_gives_real_tokens_what_it_gives_them_alone(name, side):
    real = SIDES[side]
    h = torch.randn(2, 9, 4, generator=torch.Generator().manual_seed(1), dtype=torch.float64) + 0.3
    result = NORMS[name](h, scale=0.8, temperature=0.3, mask=real)
    for item in range(2):
        alone = NORMS[name](h[item, real[item]], scale=0.8, temperature=0.3)
        torch.testing.assert_close(result[item, real[item]], alone)
    assert torch.equal(result[~real], h[~real])


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("name", ENCODERS)
def test_pads_change_nothing_in_any_encoder_family(name, side):
    model, real = shared(name), SIDES[side]
    with attach(model, OURS):
        alone = [output(model, {"input_ids": ids}) for ids in (IDS[:1], LONG)]
        together = output(model, padded(name, real))
    for item in range(2):
        torch.testing.assert_close(together[item, real[item]], alone[item][0], rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize(("name", "placement"), PLACES)
def test_pads_change_nothing_at_any_placement(name, placement):
    model, real = shared(name), SIDES["right"]
    with attach(model, OURS, placement=placement):
        alone = output(model, {"input_ids": IDS[:1]})
        together = output(model, padded(name, real))
    torch.testing.assert_close(together[:1, :6], alone, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("norm", NORMS)
def test_pads_change_nothing_with_any_norm(norm):
    model = shared("bert")
    with attach(model, partial(NORMS[norm], scale=0.7, temperature=0.2)):
        alone = output(model, {"input_ids": IDS[:1]})
        together = output(model, padded("bert", SIDES["right"]))
    torch.testing.assert_close(together[:1, :6], alone, rtol=1e-3, atol=1e-3)


def test_without_the_mask_pads_repel_real_tokens():
    model, given = shared("bert"), padded("bert", SIDES["right"])
    with attach(model, lambda h: OURS(h)):  # takes no mask, as the authors' code does
        alone = output(model, {"input_ids": IDS[:1]})
        together = output(model, given)
    assert (together[:1, :6] - alone).abs().max() > 1e-2


@pytest.mark.parametrize("name", ["vit", "deit", "dinov2"])
def test_images_have_no_pads_and_are_read_as_one_batch_or_alone(name):
    model = shared(name)
    with attach(model, OURS, placement=Placement.AFTER_FEED_FORWARD_RESIDUAL):
        both = output(model, {"pixel_values": PIXELS})
        alone = output(model, {"pixel_values": PIXELS[1:]})
    torch.testing.assert_close(both[1:], alone, rtol=1e-4, atol=1e-4)
