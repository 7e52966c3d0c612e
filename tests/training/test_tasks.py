import math

import pytest
import torch

from tests.training import fake_corpus
from training.task import UNASKED, answer_loss, asked, commonest, right_answers
from training.tasks import TASKS, masked_words
from training.tasks.agreement import INDEX
from training.tasks.grammar import HIDDEN, LENGTH, NOUNS, PREPOSITIONS, WORDS, sentences


@pytest.fixture(autouse=True)
def _a_corpus(monkeypatch, tmp_path):
    fake_corpus.put(monkeypatch, tmp_path)
    masked_words.data.cache_clear()
    yield
    masked_words.data.cache_clear()


NUMBER = {word: number for pair in NOUNS for number, word in enumerate(pair)}


@pytest.mark.parametrize("name", TASKS)
def test_a_task_s_data_fit_its_shape_and_no_input_is_in_two_parts(name):
    task = TASKS[name]
    data = task.data(0)
    rows = []
    for part in (data.train, data.validation, data.test):
        assert len(part.inputs) == len(part.labels)
        assert part.inputs.shape[1] == task.shape.tokens
        assert part.labels[part.labels != UNASKED].max() < task.shape.classes
        rows += [tuple(row.flatten().tolist()) for row in part.inputs]
    assert len(set(rows)) == len(rows)
    assert task.name == name
    assert task.source
    assert task.licence
    assert not task.missing()
    if name != "masked_words":  # the pretended corpus is smaller than the real one
        assert len(data.train.labels) == task.trained


@pytest.mark.parametrize("name", ["digits", "agreement"])  # the real corpus is not at hand
def test_guessing_gives_the_chance_a_task_says(name):
    share = commonest(TASKS[name].data(0).test.labels)
    assert TASKS[name].chance <= share == pytest.approx(TASKS[name].chance, abs=0.05)


@pytest.mark.parametrize("name", TASKS)
def test_splits_are_fixed_and_differ(name):
    first, again, other = (TASKS[name].data(split).train.inputs for split in (0, 0, 1))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


def subject(words):
    """The one noun that no preposition leads to."""
    alone = []
    for place, word in enumerate(words):
        if word in NUMBER:
            before = [w for w in words[:place] if w in PREPOSITIONS or w in NUMBER or w == HIDDEN]
            if not before or before[-1] not in PREPOSITIONS:
                alone.append(word)
    return alone


def test_the_number_is_that_of_the_one_noun_without_a_preposition():
    for sentence in sentences(300, seed=1):
        assert len(sentence.words) == LENGTH
        assert sentence.words.count(HIDDEN) == 1
        (noun,) = subject(sentence.words)
        assert NUMBER[noun] == sentence.number


def test_the_next_noun_says_nothing_and_the_first_is_right_in_three_of_four():
    drawn = sentences(3000, seed=0)
    nouns = [[NUMBER[word] for word in s.words if word in NUMBER] for s in drawn]
    nearest = sum(n[-1] == s.number for n, s in zip(nouns, drawn, strict=True)) / 3000
    first = sum(n[0] == s.number for n, s in zip(nouns, drawn, strict=True)) / 3000
    assert nearest == pytest.approx(0.5, abs=0.04)
    assert first == pytest.approx(0.77, abs=0.04)


def test_only_the_hidden_verb_is_asked_for():
    part = TASKS["agreement"].data(0).test
    assert torch.equal(part.labels != UNASKED, part.inputs == INDEX[HIDDEN])
    assert len(set(WORDS)) == len(WORDS) == TASKS["agreement"].shape.features


def test_loss_and_score_look_at_what_is_asked_only():
    logits = torch.tensor([[[2.0, 0.0], [0.0, 9.0]], [[0.0, 1.0], [5.0, 0.0]]])
    labels = torch.tensor([[0, UNASKED], [0, UNASKED]])
    expected = (math.log(1 + math.exp(-2)) + math.log(1 + math.exp(1))) / 2
    assert answer_loss(logits, labels).item() == pytest.approx(expected)
    assert right_answers(logits, labels) == 1
    assert asked(labels) == 2


def parts():
    found = masked_words.data(0)
    return found.train, found.validation, found.test


def test_what_is_hidden_is_asked_and_nothing_else():
    for part in parts():
        hidden = part.inputs == 0
        assert torch.equal(hidden, part.labels != UNASKED)
        assert (part.labels[hidden] >= 2).all()  # no unknown word is asked for
        assert hidden.any(1).all()
        assert 0.12 < hidden.double().mean() < 0.18


def test_whole_addresses_are_held_back(monkeypatch):
    monkeypatch.setattr(
        "training.corpus.addresses",
        lambda: tuple(
            (word,) * 15 + ("the",) for word in masked_words.decoded(torch.arange(2, 42))
        ),
    )
    masked_words.data.cache_clear()
    assert [len(part.inputs) for part in parts()] == [32, 4, 4]


def test_a_line_that_was_in_the_test_part_is_trained_on_nowhere(monkeypatch):
    same = tuple(("the",) * 16 for _ in range(10))
    others = tuple((word,) * 16 for word in masked_words.decoded(torch.arange(3, 33)))
    monkeypatch.setattr("training.corpus.addresses", lambda: same + others)
    masked_words.data.cache_clear()
    answers = [part.labels.max(1).values.tolist() for part in parts()]
    assert sum(answer.count(2) for answer in answers) == 1


def test_a_mask_is_the_same_every_time_and_another_for_another_seed():
    lines = torch.randint(2, 1000, (50, 16), generator=torch.Generator().manual_seed(0))
    first, again, other = (masked_words.masked(lines, seed=seed) for seed in (0, 0, 1))
    assert torch.equal(first.inputs, again.inputs)
    assert not torch.equal(first.inputs, other.inputs)
    assert torch.equal(torch.where(first.labels == UNASKED, first.inputs, first.labels), lines)


def test_a_visitor_s_line_becomes_one_input_of_at_most_sixteen_words():
    read = TASKS["masked_words"].read
    assert read("the [mask]").shape == (1, 2)
    assert read("the " * 40).shape == (1, 16)
