"""Masked words: each network's own guesses at their own places, and remarks on any line."""

import pytest
import torch

from models.cards import SHIPPED, load_twin
from models.masked_words import EXAMPLE, LENGTH, encoded, vocabulary
from tests.training import fake_corpus
from tests.ui.training_runs import pretend
from training import corpus
from training.run import run
from training.tasks import masked_words
from ui import training_store
from ui.text import words
from ui.training_clouds import clouds
from ui.training_live import View, asked, view
from ui.training_settings import Setup, written
from ui.training_words import SHOWN, guessed, read, remarks

TASK = Setup(task="masked_words")
TWO = "The united [MASK] of the [mask] zyzzyva."


@pytest.fixture(autouse=True)
def _nothing_trained(monkeypatch, tmp_path):
    pretend(monkeypatch, tmp_path)


def test_every_network_s_guesses_are_its_own_and_in_order():
    shown = view(TASK, TWO)
    found = guessed(shown)
    assert tuple(found) == SHIPPED
    for method, places in found.items():
        network = load_twin(method, depth=6, task="masked_words")
        with torch.inference_mode():
            logits = network(encoded(read(TWO))[None]).logits[0]
        for place, best in zip((2, 5), places, strict=True):
            assert len(best) == SHOWN
            likely = logits[place].softmax(0)
            assert best[0].word == vocabulary()[int(likely.argmax())]
            top = likely.sort(descending=True).values[:SHOWN].tolist()
            assert [one.probability for one in best] == pytest.approx(top, rel=1e-4)
    assert len({places[1] for places in found.values()}) == len(SHIPPED)


def test_the_clouds_are_of_the_line():
    found = clouds(view(TASK, TWO))
    assert found.tokens == ("the", "united", "[mask]", "of", "the", "[mask]", "[rare]", ".")
    assert found.depth == 6


def test_a_network_that_ran_away_guesses_nothing(monkeypatch):
    def broken(method, depth, task):
        network = load_twin(method, depth=depth, task=task)
        if method == "none":
            torch.nn.init.constant_(network.head.weight, float("inf"))
        return network

    monkeypatch.setattr("ui.training_networks.load_twin", broken)
    assert tuple(guessed(View(view(TASK).setup, False, ((9, 9),), TWO))) == SHIPPED[1:]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("", ["no word in this line"]),
        ("12 %", ["no word in this line"]),
        ("the [mask]", []),
        ("the people", ["Write [mask]"]),
        ("the <b>zyzzyva</b> [mask] **zyzzyva**", ["`b`, `zyzzyva`"]),
        ("the " * 20 + "[mask]", ["first 16 words and marks; 5 more", "Write [mask]"]),
    ],
)
def test_what_the_networks_do_not_see_is_said(line, said):
    found = remarks(line, words("training"))
    assert len(found) == len(said)
    assert all(part in sentence for part, sentence in zip(said, found, strict=True))


def test_a_line_is_part_of_the_address_and_only_where_lines_are_read():
    address = written(TASK) | {"training_line": "the [mask] people"}
    assert asked(address).line == "the [mask] people"
    assert asked(written(TASK)).line == asked(address | {"training_line": "%"}).line == EXAMPLE
    assert asked(address | {"training_task": "digits"}) == asked(written(Setup()))


def test_before_anything_is_trained_the_shipped_networks_of_the_task_are_shown():
    shown = view(Setup(task="masked_words", depth=24, epochs=30, methods=("rezero", "contra_norm")))
    assert (shown.own, shown.setup.depth, shown.setup.epochs) == (False, 6, 12)
    assert shown.setup.methods == ("contra_norm",)
    assert view(Setup(task="agreement", depth=2)).setup == Setup(task="agreement", depth=12)
    assert len(read("the " * 40)) == LENGTH


def test_own_networks_guess_although_the_addresses_are_gone(monkeypatch, tmp_path):
    fake_corpus.put(monkeypatch, tmp_path, fake_corpus.packed(fake_corpus.texts(20, 64)))
    own = Setup(task="masked_words", depth=2, methods=("none",), epochs=0)
    list(run(own.config("none", 0), training_store.folders(own)["none", 0]))
    monkeypatch.setenv(corpus.PLACE, str(tmp_path / "gone"))
    masked_words.data.cache_clear()
    shown = view(own, TWO)
    assert shown.own
    assert [len(places) for places in guessed(shown).values()] == [2]
    assert clouds(shown).depth == 2
