from dataclasses import replace

import pytest
import torch

from models.reading import sentence_trace
from ui.real_settings import RealSettings
from ui.real_twins import question, sentences, table, twins
from ui.text import words

SHORT = RealSettings(text="the king saw a queen and the king saw a man")
ASKED = question(SHORT, 0.6)


@pytest.fixture(scope="module")
def found():
    return twins(ASKED)


def test_the_first_pair_has_the_highest_cosine_of_two_words_in_the_models_own_run(found):
    hidden = sentence_trace(SHORT.text)[0].hidden[-1][1:-1]  # every word here is one piece
    own = SHORT.text.split()
    cosines = {
        (i, j): torch.cosine_similarity(hidden[i], hidden[j], dim=0).item()
        for i in range(len(own))
        for j in range(i + 1, len(own))
    }
    places = max(cosines, key=cosines.get)
    assert found.table[0].places == places
    assert found.table[0].cosine[0] == pytest.approx(cosines[places], abs=1e-5)
    best = max((pair for pair in cosines if own[pair[0]] != own[pair[1]]), key=cosines.get)
    assert found.pairs[0].places == best
    assert not found.pairs[0].repeated


def test_each_pair_is_a_sentence_with_every_branchs_cosine_and_layer(found):
    said = sentences(found, ASKED, words("real"))
    assert f"Without a norm {found.twins} pairs" in said[0]
    assert f"ContraNorm {found.kept[0]}, partial centring {found.kept[1]}" in said[0]
    pair = found.pairs[0]
    assert f"`{pair.first}` and `{pair.second}`, at layer 6" in said[1]
    for cosine, layer in zip(pair.cosine, pair.first_layer, strict=True):
        when = "never twins" if layer is None else f"first twins at layer {layer}"
        assert f"{cosine:.2f}, {when}" in said[1]


def test_the_table_has_the_places_as_they_are_counted_from_one(found):
    rows = table(found, ASKED, words("real"))
    pair = found.table[0]
    assert rows.iloc[0, 0] == f"{pair.first} ({pair.places[0] + 1})"
    assert rows.iloc[0, 3] == pair.cosine[0]
    assert rows.iloc[0, 4] == pair.cosine[1]
    assert rows["same word"].any()


def test_a_higher_threshold_has_fewer_twins_and_none_has_kept_more_than_there_are(found):
    strict = twins(question(SHORT, 0.95))
    assert strict.twins < found.twins
    assert max(found.kept) <= found.twins


def test_what_is_only_drawn_asks_for_nothing_new():
    assert question(replace(SHORT, head=5, beside="rival"), 0.6) == ASKED
    assert question(replace(SHORT, scale=0.5), 0.6) != ASKED


@pytest.mark.parametrize("text", ["", "word", "`**` <b> {x} =1+1", "x " * 400])
def test_any_text_is_compared(text):
    asked = question(replace(SHORT, text=text), 0.8)
    found = twins(asked)
    assert len(found.table) <= 12
    assert sentences(found, asked, words("real"))
