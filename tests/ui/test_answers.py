from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import pytest
import torch

from ui.answers import MISSING, Answers, weight


@dataclass(frozen=True)
class Made:
    name: str
    array: np.ndarray


def test_what_was_kept_is_found_and_nothing_else():
    answers = Answers(10_000)
    answers.keep("a", None)
    assert answers.find("a") is None
    assert answers.find("b") is MISSING


def test_the_one_asked_for_longest_ago_goes_first():
    answers = Answers(3 * 1500)
    for name in "abc":
        answers.keep(name, bytes(1200))
    answers.find("a")
    answers.keep("d", bytes(1200))
    assert [answers.find(name) is MISSING for name in "abcd"] == [False, True, False, False]


def test_no_more_is_held_than_was_allowed_however_much_is_kept():
    answers = Answers(1_000_000)
    for number in range(300):
        answers.keep(number, np.zeros(10_000, dtype="f4"))
        assert answers.held() <= 1_000_000
    assert answers.held() > 900_000


def test_an_answer_heavier_than_all_that_is_allowed_is_not_kept_and_drives_nobody_out():
    answers = Answers(5_000)
    answers.keep("small", "s")
    answers.keep("large", bytes(6_000))
    assert answers.find("large") is MISSING
    assert answers.find("small") == "s"


def test_a_long_question_counts_too():
    answers = Answers(100_000)
    answers.keep("q" * 50_000, "a")
    assert answers.held() > 50_000


def test_forgetting_leaves_nothing():
    answers = Answers(10_000)
    answers.keep("a", "b")
    answers.forget()
    assert answers.find("a") is MISSING
    assert answers.held() == 0


def test_many_threads_may_keep_and_find():
    answers = Answers(50_000)

    def use(seed):
        for number in range(400):
            answers.keep(number % 37, (number % 37, bytes(500)))
            found = answers.find((number + seed) % 37)
            assert found is MISSING or found[0] == (number + seed) % 37

    with ThreadPoolExecutor(6) as pool:
        assert list(pool.map(use, range(6))) == [None] * 6
    assert 0 < answers.held() <= 50_000


@pytest.mark.parametrize(
    ("value", "least"),
    [
        (np.zeros((50, 100), dtype="f8"), 40_000),
        (torch.zeros(50, 100), 20_000),
        (("a" * 500, [b"b" * 500, {"c": "d" * 500}]), 1_500),
        (Made("n" * 300, np.zeros(100, dtype="f4")), 700),
    ],
)
def test_a_weight_is_that_of_all_a_value_is_made_of(value, least):
    assert least <= weight(value) <= least + 1_000
