"""Lines for the masked-word networks, and what these guess."""

import pytest
import torch

from models.cards import SHIPPED, load_twin
from models.masked_words import (
    EXAMPLE,
    LENGTH,
    MASK,
    decoded,
    encoded,
    guesses,
    tokens,
    vocabulary,
)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", ()),
        ("12 %, --", (",",)),
        ("THE [Mask] of", ("the", "[mask]", "of")),
        ("don't [mask", ("don't", "mask")),
        ("<b>war</b>", ("b", "war", "b")),
        ("\N{CYRILLIC SMALL LETTER A}\ud800 a\x00", ("a",)),
    ],
)
def test_text_is_taken_apart_whatever_it_is(text, words):
    assert tokens(text) == words


def test_numbers_and_words_stand_for_each_other():
    known = vocabulary()
    assert encoded(known).tolist() == list(range(len(known)))
    assert decoded(torch.arange(len(known))) == known
    assert decoded(encoded(("the", "zyzzyva"))) == ("the", "[rare]")


def test_the_example_fits_and_hides_something():
    words = tokens(EXAMPLE)
    assert len(words) <= LENGTH
    assert MASK in words
    assert "[rare]" not in decoded(encoded(words))


@pytest.mark.parametrize("count", [0, LENGTH + 1])
def test_a_line_that_is_none_is_refused(count):
    with pytest.raises(ValueError, match=f"has from 1 to 16 words; got {count}"):
        guesses(load_twin("none", depth=6, task="masked_words"), ("the",) * count)


def test_a_guess_is_that_of_the_hidden_place_and_sums_to_one():
    network = load_twin("contra_norm", depth=6, task="masked_words")
    line = ("the", MASK, "of", "the", MASK)
    found = guesses(network, line)
    assert found.shape == (2, len(vocabulary()))
    torch.testing.assert_close(found.sum(1), torch.ones(2))
    with torch.inference_mode():
        logits = network(encoded(line)[None]).logits[0]
    torch.testing.assert_close(found[0], logits[1].softmax(0))
    torch.testing.assert_close(found[1], logits[4].softmax(0))
    assert guesses(network, ("the",)).shape == (0, len(vocabulary()))


@pytest.mark.parametrize("method", SHIPPED)
def test_a_shipped_network_knows_what_is_united(method):
    line = tokens("the congress of the united [mask] has the power to make this law")
    found = guesses(load_twin(method, depth=6, task="masked_words"), line)
    assert decoded(found[0].topk(1).indices) == ("states",)
