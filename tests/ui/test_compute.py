import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest

from ui import apart, compute, counters, memory
from ui.compute import Crowded, at_hand, cached, forget, part, parts, shed

calls = []
gate = threading.Event()
running = []
most = []


@dataclass(frozen=True)
class Asked:
    number: int
    test: str


def slow(asked):
    running.append(asked)
    most.append(len(running))
    gate.wait(10)
    running.remove(asked)
    calls.append(asked)
    return asked.number + 1


def nested(asked):
    return cached(slow, asked) + 10


@pytest.fixture(autouse=True)
def fresh():
    for one in (calls, running, most):
        one.clear()
    gate.set()


def at_once(function, questions):
    """Ask in as many threads; return the answers, and the errors."""
    answers, errors = {}, []

    def ask(index, asked):
        try:
            answers[index] = cached(function, asked)
        except Crowded as error:
            errors.append(error)

    threads = [
        threading.Thread(target=ask, args=(index, asked)) for index, asked in enumerate(questions)
    ]
    for thread in threads:
        thread.start()
    return threads, answers, errors


def test_thirty_who_ask_the_same_share_one_computation():
    gate.clear()
    threads, answers, _ = at_once(slow, [Asked(1, "same")] * 30)
    gate.set()
    for thread in threads:
        thread.join(10)
    assert answers == dict.fromkeys(range(30), 2)
    assert len(calls) == 1


def test_no_more_compute_at_once_than_there_are_turns():
    gate.clear()
    threads, answers, _ = at_once(slow, [Asked(number, "turns") for number in range(8)])
    for _ in range(100):
        if len(running) == 2:
            break
        threading.Event().wait(0.02)
    gate.set()
    for thread in threads:
        thread.join(10)
    assert max(most) == 2
    assert answers == {number: number + 1 for number in range(8)}


def test_a_computation_that_asks_for_another_never_waits_for_a_turn():
    threads, answers, _ = at_once(nested, [Asked(number, "nested") for number in range(6)])
    for thread in threads:
        thread.join(10)
    assert answers == {number: number + 11 for number in range(6)}


def test_past_the_queue_a_question_is_refused_and_later_ones_are_not(monkeypatch):
    monkeypatch.setenv("CONTRANORM_WAITING", "3")
    gate.clear()
    threads, answers, errors = at_once(slow, [Asked(number, "crowd") for number in range(6)])
    for _ in range(200):
        if len(errors) == 3:
            break
        threading.Event().wait(0.02)
    assert len(errors) == 3
    gate.set()
    for thread in threads:
        thread.join(10)
    assert len(answers) == 3
    assert cached(slow, Asked(99, "crowd")) == 100


def test_an_error_gives_the_turn_back():
    def failing(asked):
        raise ZeroDivisionError

    for number in range(4):
        with pytest.raises(ZeroDivisionError):
            cached(failing, Asked(number, "failing"))
    assert cached(slow, Asked(1, "after")) == 2


def test_who_waits_for_a_computation_that_fails_is_told_so_and_the_next_may_try():
    tries = []

    def failing(asked):
        gate.wait(10)
        tries.append(asked)
        raise ZeroDivisionError

    gate.clear()
    asked = Asked(1, "failing together")
    with ThreadPoolExecutor(5) as pool:
        waiting = [pool.submit(cached, failing, asked) for _ in range(5)]
        gate.set()
        assert {type(one.exception(10)) for one in waiting} == {ZeroDivisionError}
    before = len(tries)
    with pytest.raises(ZeroDivisionError):
        cached(failing, asked)
    assert len(tries) == before + 1


def test_what_is_at_hand_is_given_without_computing_and_nothing_else_is():
    asked = Asked(5, "at hand")
    assert at_hand(slow, asked) is None
    assert calls == []
    cached(slow, asked)
    assert at_hand(slow, asked) == 6
    assert len(calls) == 1


def test_a_part_is_computed_once_for_all_answers_it_is_in():
    def answer(asked):
        return part(slow, Asked(7, "part")) + asked.number

    assert [cached(answer, Asked(number, "parts")) for number in (1, 2)] == [9, 10]
    assert len(calls) == 1
    assert at_hand(slow, Asked(7, "part")) is None


def test_forgetting_leaves_nothing():
    cached(nested, Asked(3, "forgotten"))
    assert counters.KEPT.collect()[0].samples[0].value > 0
    forget()
    assert counters.KEPT.collect()[0].samples[0].value == 0
    cached(nested, Asked(3, "forgotten"))
    assert len(calls) == 2


def test_what_is_kept_elsewhere_is_emptied_at_once_and_with_the_caches(monkeypatch):
    monkeypatch.setattr(compute, "_beside", [])
    times = []
    compute.emptied(lambda: times.append(1))
    assert times == [1]
    forget()
    assert times == [1, 1]


def test_caches_are_emptied_only_past_the_ceiling(monkeypatch):
    emptied = []
    monkeypatch.setattr(compute, "forget", lambda: emptied.append(1))
    monkeypatch.setattr(memory, "resident", lambda: 1499.0)
    assert not shed()
    monkeypatch.setattr(memory, "resident", lambda: 1501.0)
    assert shed()
    assert emptied == [1]


def test_the_memory_of_further_processes_counts_and_they_are_let_go(monkeypatch):
    ended = []
    monkeypatch.setattr(compute, "forget", lambda: None)
    monkeypatch.setattr(apart, "end", lambda: ended.append(1))
    monkeypatch.setattr(memory, "resident", lambda: 1000.0)
    monkeypatch.setattr(apart, "resident", lambda: 499.0)
    assert not shed()
    monkeypatch.setattr(apart, "resident", lambda: 501.0)
    assert shed()
    assert ended == [1]


def test_hits_are_questions_less_computations():
    def counted():
        return (
            counters.QUESTIONS._value.get(),
            counters.COMPUTATIONS._value.get(),
        )

    before = counted()
    for _ in range(3):
        cached(slow, Asked(1, "hits"))
    after = counted()
    assert (after[0] - before[0], after[1] - before[1]) == (3, 1)


def test_parts_that_are_missing_are_computed_in_one_call_and_the_others_not_again():
    calls = []

    def doubled(asked):
        calls.append(tuple(asked))
        return [2 * one for one in asked]

    assert parts(doubled, [1, 2]) == [2, 4]
    assert parts(doubled, [3, 1, 4]) == [6, 2, 8]
    assert parts(doubled, [4, 2]) == [8, 4]
    assert calls == [(1, 2), (3, 4)]


def test_a_part_that_is_kept_answers_a_question_too():
    asked = Asked(5, "a part of an answer")
    assert part(slow, asked) == 6
    assert cached(slow, asked) == 6
    assert calls == [asked]
