import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from models.tokens import embeddings, tokens


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a b", ("a", "b")),
        ("a, b!", ("a", ",", "b", "!")),
        ("东京 x", ("东", "京", "x")),
        ("カタひら한국", ("カ", "タ", "ひ", "ら", "한", "국")),
        ("layer12 3d", ("layer12", "3d")),
        ("don't don’t", ("don't", "don’t")),
        ("a\tb\nc\rd", ("a", "b", "c", "d")),
        ("co\u00adop a\u202eb", ("coop", "ab")),
        ("שלום עולם", ("שלום", "עולם")),
        ("नमस्ते", ("नमस्ते",)),
        ("\x00\x07\u202e", ()),
        ("e\u0301", ("\u00e9",)),
        ("👩\u200d🔬", ("👩\u200d🔬",)),
        ("", ()),
    ],
)
def test_every_script_is_cut_as_its_readers_expect(text, expected):
    assert tokens(text) == expected


@given(st.text(max_size=300))
def test_any_text_gives_visible_tokens_that_vectors_exist_for(text):
    words = tokens(text)
    assert all(word.strip() for word in words)
    if words:
        h = embeddings(words, width=8, seed=0, positions=True)
        assert h.shape == (len(words), 8)
        assert h.isfinite().all()


def test_a_repeated_word_is_one_vector_without_positions_and_two_with_them():
    h = embeddings(("word", "WORD"), width=16, seed=0, positions=False)
    assert torch.equal(h[0], h[1])
    h = embeddings(("word", "word"), width=16, seed=0, positions=True)
    assert not torch.equal(h[0], h[1])


def test_the_seed_and_the_spelling_choose_the_vector():
    first = embeddings(("word",), width=16, seed=0, positions=False)
    assert torch.equal(first, embeddings(("word",), width=16, seed=0, positions=False))
    assert not torch.equal(first, embeddings(("word",), width=16, seed=1, positions=False))
    assert not torch.equal(first, embeddings(("ward",), width=16, seed=0, positions=False))


def test_the_seed_chooses_the_places_too():
    first, second = (
        embeddings(("a", "b"), width=16, seed=seed, positions=True)
        - embeddings(("a", "b"), width=16, seed=seed, positions=False)
        for seed in (0, 1)
    )
    assert not torch.allclose(first, second)
    assert not torch.allclose(first[0], first[1])


def test_a_thousand_words_have_a_thousand_vectors():
    words = tuple(f"word{number}" for number in range(1000))
    assert len(embeddings(words, width=4, seed=0, positions=False).unique(dim=0)) == 1000


def test_positions_are_half_the_size_of_words():
    word = embeddings(("a",), width=20_000, seed=0, positions=False)
    both = embeddings(("a",), width=20_000, seed=0, positions=True)
    assert (both - word).std().item() == pytest.approx(0.5, rel=0.03)
