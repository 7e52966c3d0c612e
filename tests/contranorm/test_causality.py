"""With the causal mask no token depends on a later one; without it tokens do."""

from functools import cache, partial

import pytest
import torch
from transformers import GPT2Config, GPT2LMHeadModel, LlamaConfig, LlamaForCausalLM

from contranorm import (
    FAMILIES,
    NORMS,
    VARIANTS,
    ContraNorm,
    FeatureContraNorm,
    attach,
    causal_mask,
    contra_norm,
    partial_centering,
)
from tests.contranorm.tiny_models import CONFIGS, IDS, TEXT, tiny

DECODERS = [row.name for row in FAMILIES if row.causal]
PLACES = [(row.name, place) for row in FAMILIES if row.causal for place in row.sites]
CAUSAL = [name for name in NORMS if NORMS[name].causal]
AHEAD = [name for name in NORMS if not NORMS[name].causal]
ACTING = {
    "contra_norm": partial(NORMS["contra_norm"], scale=1.5, temperature=0.2),
    "partial_centering": partial(NORMS["partial_centering"], scale=1.5),
}
LEFT = {
    "input_ids": torch.tensor([[0, 0, 3, 4, 5, 6], [9, 10, 11, 12, 13, 14]]),
    "attention_mask": torch.tensor([[0, 0, 1, 1, 1, 1], [1, 1, 1, 1, 1, 1]]),
    "position_ids": torch.tensor([[0, 0, 0, 1, 2, 3], [0, 1, 2, 3, 4, 5]]),
}
RIGHT = {
    "input_ids": torch.tensor([[3, 4, 5, 6, 0, 0], [9, 10, 11, 12, 13, 14]]),
    "attention_mask": torch.tensor([[1, 1, 1, 1, 0, 0], [1, 1, 1, 1, 1, 1]]),
}
H = torch.randn(2, 6, 4, generator=torch.Generator().manual_seed(0), dtype=torch.float64) + 0.4
shared = cache(tiny)


def output(model, given):
    given = {"input_ids": given} if isinstance(given, torch.Tensor) else given
    with torch.no_grad():
        return model(**given).last_hidden_state


def change_of_the_past(model, given):
    """How much the first three tokens' outputs change with what the others are."""
    other = given.clone()
    other[:, 3:] = other[:, 3:].flip(0) + 4
    return (output(model, given) - output(model, other))[:, :3].abs().max().item()


def test_a_token_sees_itself_and_the_real_tokens_before_it():
    real = torch.tensor([[True, True, True], [False, True, True], [True, True, False]])
    mask = causal_mask(3, real=real)
    for item in range(3):
        for i in range(3):
            for j in range(3):
                sees = bool(real[item, i] and real[item, j] and j <= i)
                assert mask[item, i, j].item() is sees
    assert torch.equal(mask[0], causal_mask(3))


@pytest.mark.parametrize("name", CAUSAL)
def test_under_the_mask_a_token_is_what_it_is_in_the_text_up_to_it(name):
    whole = NORMS[name](H, scale=0.8, temperature=0.3, mask=causal_mask(6).expand(2, 6, 6))
    for i in range(6):
        alone = NORMS[name](H[:, : i + 1], scale=0.8, temperature=0.3)
        torch.testing.assert_close(whole[:, i], alone[:, i])


@pytest.mark.parametrize("name", AHEAD)
def test_a_norm_that_needs_all_tokens_takes_no_pairs(name):
    with pytest.raises(ValueError, match="which tokens are real"):
        NORMS[name](H, scale=0.8, mask=causal_mask(6).expand(2, 6, 6))


@pytest.mark.parametrize("seed", range(4))
def test_partial_centring_is_masked_contra_norm_with_an_infinite_temperature(seed):
    generator = torch.Generator().manual_seed(seed)
    mask = torch.rand(2, 6, 6, generator=generator) < 0.4  # rows without a key among them
    mask[0, 1] = False
    limit = contra_norm(H, scale=0.7, temperature=torch.inf, mask=mask)
    torch.testing.assert_close(partial_centering(H, scale=0.7, mask=mask), limit)
    near = contra_norm(H, scale=0.7, temperature=1e7, mask=mask)
    torch.testing.assert_close(partial_centering(H, scale=0.7, mask=mask), near)


def test_partial_centring_by_loops_over_the_pairs():
    mask = causal_mask(6, real=torch.tensor([[False, True, True, True, True, True]] * 2))
    got = partial_centering(H, scale=0.5, mask=mask)
    for i in range(1, 6):
        mean = sum(H[1, j] for j in range(1, i + 1)) / i
        torch.testing.assert_close(got[1, i], H[1, i] + 0.5 * (H[1, i] - mean))
    assert torch.equal(got[:, 0], H[:, 0])


@pytest.mark.parametrize("terms", ["both_sum", "both_mean"])
def test_a_softmax_over_columns_looks_ahead_under_any_mask(terms):
    mask = causal_mask(6).expand(2, 6, 6)
    whole = contra_norm(H, scale=0.8, temperature=0.3, terms=terms, mask=mask)
    alone = contra_norm(H[:, :3], scale=0.8, temperature=0.3, terms=terms, mask=mask[:, :3, :3])
    assert (whole[:, :3] - alone).abs().max() > 1e-3


@pytest.mark.parametrize("norm", ACTING)
@pytest.mark.parametrize(("name", "placement"), PLACES)
def test_no_output_depends_on_a_later_token_unless_the_mask_is_off(name, placement, norm):
    model = shared(name)
    with attach(model, ACTING[norm], placement=placement):
        assert change_of_the_past(model, IDS) < 1e-5
        acting = output(model, IDS)
    with attach(model, ACTING[norm], placement=placement, causal=False):
        assert change_of_the_past(model, IDS) > 1e-3
    assert (acting - output(model, IDS)).abs().max() > 1e-2


@pytest.mark.parametrize("name", DECODERS)
@pytest.mark.parametrize("causal", [None, False])
def test_no_gradient_flows_back_from_the_past_to_a_later_token(name, causal):
    model = shared(name)
    embedded = model.get_input_embeddings()(IDS).detach().requires_grad_()
    with attach(model, ACTING["contra_norm"], causal=causal):
        past = model(inputs_embeds=embedded).last_hidden_state[:, :3]
        (past * torch.arange(past.numel()).reshape(past.shape).cos()).sum().backward()
    assert embedded.grad is not None
    leaked = embedded.grad[:, 3:].abs().max().item()
    assert leaked == 0 if causal is None else leaked > 1e-4
    assert embedded.grad[:, :3].abs().max() > 1e-4


@pytest.mark.parametrize("given", [LEFT, RIGHT], ids=["left", "right"])
@pytest.mark.parametrize("name", DECODERS)
def test_padding_on_either_side_does_not_reach_the_real_tokens(name, given):
    model, real = shared(name), given["attention_mask"][0] == 1
    with attach(model, ACTING["contra_norm"]):
        alone = output(model, given["input_ids"][:1, real])
        padded = output(model, given)
    torch.testing.assert_close(padded[:1, real], alone, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("name", DECODERS)
def test_padded_tokens_see_no_later_ones_either(name):
    model, given = shared(name), dict(LEFT)
    with attach(model, ACTING["contra_norm"]):
        first = output(model, given)
        given["input_ids"] = given["input_ids"].clone()
        given["input_ids"][:, 4:] += 9
        other = output(model, given)
    assert (first - other)[:, 2:4].abs().max() < 1e-5
    assert (first - other)[:, 4:].abs().max() > 1e-2


def test_an_encoder_sees_all_tokens_unless_asked_otherwise():
    seen = []

    def note(h, mask=None):
        seen.append(mask)
        return h

    with attach(shared("bert"), note):
        output(shared("bert"), IDS)
    with attach(shared("bert"), note, causal=True):
        output(shared("bert"), IDS)
        output(shared("bert"), RIGHT)
    assert seen[:3] == [None] * 3
    assert all(torch.equal(mask, causal_mask(6)[None]) for mask in seen[3:6])
    real = RIGHT["attention_mask"].bool()
    assert all(torch.equal(mask, causal_mask(6, real=real)) for mask in seen[6:])


def test_the_configuration_says_whether_a_model_is_causal():
    decoder = tiny("bert", is_decoder=True)
    with attach(decoder, ACTING["contra_norm"]):
        assert change_of_the_past(decoder, IDS) < 1e-5
    both_ways, looking_ahead = tiny("llama", is_causal=False), partial(NORMS["pair_norm"], scale=1)
    with attach(both_ways, looking_ahead):
        assert change_of_the_past(both_ways, IDS) > 1e-3
    with pytest.raises(ValueError, match="needs all tokens"), attach(decoder, looking_ahead):
        pass


@pytest.mark.parametrize("name", AHEAD)
def test_a_norm_that_looks_ahead_is_refused_unless_that_is_wanted(name):
    row, sentence = NORMS[name], f"{NORMS[name].title} needs all tokens at once.*causal=False"
    for norm in (row, row.function, partial(row, scale=1), partial(row.function, scale=1)):
        with pytest.raises(ValueError, match=sentence), attach(shared("gpt2"), norm):
            pass
    with attach(shared("gpt2"), partial(row, scale=1), causal=False):
        assert change_of_the_past(shared("gpt2"), IDS) > 1e-4


@pytest.mark.parametrize(
    "norm",
    [
        partial(NORMS["contra_norm"], scale=1, terms="both_sum"),
        partial(partial(contra_norm, terms="both_mean"), scale=1),
        ContraNorm(16, scale=1, terms="both_sum"),
        partial(VARIANTS["vit_dual"].apply, scale=1),
    ],
)
def test_terms_that_look_ahead_are_refused_however_they_are_spelled(norm):
    with (
        pytest.raises(ValueError, match=r"terms must be 'anchor'.*got 'both_"),
        attach(shared("gpt2"), norm),
    ):
        pass


@pytest.mark.parametrize(
    "norm",
    [FeatureContraNorm(16, scale=1), partial(VARIANTS["feature_rows"].apply, scale=1)],
)
def test_feature_wise_layers_are_refused_however_they_are_spelled(norm):
    with pytest.raises(ValueError, match="needs all tokens"), attach(shared("gpt2"), norm):
        pass


def test_a_norm_that_takes_no_mask_is_refused():
    with (
        pytest.raises(ValueError, match=r"must take `mask=`.*causal=False"),
        attach(shared("gpt2"), lambda h: h),
    ):
        pass


@pytest.mark.parametrize(
    "norm",
    [
        *(partial(NORMS[name], scale=1) for name in CAUSAL),
        ContraNorm(16, scale=1),
        partial(VARIANTS["vit"].apply, scale=1),
    ],
)
def test_what_can_be_causal_is_however_it_is_spelled(norm):
    with attach(shared("gpt2"), norm):
        assert change_of_the_past(shared("gpt2"), IDS) < 1e-5


@pytest.mark.parametrize("causal", [None, False])
def test_a_key_value_cache_is_refused(causal):
    model = shared("llama")
    with torch.no_grad():
        cache_ = model(IDS, use_cache=True).past_key_values
    with attach(model, ACTING["contra_norm"], causal=causal), torch.no_grad():
        for given in ({"use_cache": True}, {"past_key_values": cache_}):
            with pytest.raises(ValueError, match=r"use_cache=False.*got"):
                model(IDS, **given)
        assert model(IDS).past_key_values is None
        assert model(IDS, use_cache=False).past_key_values is None
    assert model(IDS).past_key_values is not None


HEADS = {
    "gpt2": lambda: GPT2LMHeadModel(GPT2Config(**CONFIGS["gpt2"])),
    "llama": lambda: LlamaForCausalLM(LlamaConfig(**TEXT, attn_implementation="eager")),
}


@pytest.mark.parametrize("name", HEADS)
def test_under_a_head_too_the_cache_is_off_and_generating_with_one_refused(name):
    torch.manual_seed(0)
    model = HEADS[name]().eval()
    with attach(model, ACTING["contra_norm"]), torch.no_grad():
        whole = model(IDS)
        assert whole.past_key_values is None
        torch.testing.assert_close(model(IDS[:, :4]).logits, whole.logits[:, :4])
        with pytest.raises(ValueError, match="use_cache=False"):
            model.generate(IDS, max_new_tokens=2, do_sample=False, pad_token_id=0)
        asked = {"max_new_tokens": 2, "do_sample": False, "use_cache": False, "pad_token_id": 0}
        grown = model.generate(IDS, min_new_tokens=2, **asked)
        logits = model(grown[:, :-1]).logits[:, 5:]
        logits[..., model.generation_config.eos_token_id] = -torch.inf
        assert torch.equal(grown[:, 6:], logits.argmax(-1))
