import math

import pytest
import torch

from training.task import UNASKED, answer_loss, asked, right_answers
from training.tasks import TASKS
from training.tasks.agreement import INDEX
from training.tasks.grammar import HIDDEN, LENGTH, NOUNS, PREPOSITIONS, WORDS, sentences

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


@pytest.mark.parametrize("name", TASKS)
def test_guessing_gives_the_chance_a_task_says(name):
    test = TASKS[name].data(0).test
    answers = test.labels[test.labels != UNASKED]
    share = torch.bincount(answers).max() / len(answers)
    assert share.item() == pytest.approx(TASKS[name].chance, abs=0.05)


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
