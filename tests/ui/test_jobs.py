"""Jobs in another process: what comes back, the queue, and every way one can end."""

import os
import pickle
import time
from concurrent.futures import Future
from multiprocessing import Pipe
from pathlib import Path

import numpy as np
import pytest

from tests.ui import work_to_do
from ui import jobs
from ui.handing import give
from ui.jobs import Job
from ui.limits import limit


@pytest.fixture(autouse=True, scope="module")
def one_worker():
    """Let jobs run one at a time, whatever was begun before."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CONTRANORM_JOBS", "1")
        if jobs._pool is not None:
            jobs._pool.stop()
            jobs._pool.join()
        yield
        if jobs._pool is not None:
            jobs._pool.stop()
            jobs._pool.join()


def ended(job, seconds=60):
    end = time.monotonic() + seconds
    while not job.over:
        assert time.monotonic() < end, job
        time.sleep(0.02)
    return job


def running(job, seconds=60):
    end = time.monotonic() + seconds
    while job.state == "waiting":
        assert time.monotonic() < end, job
        time.sleep(0.02)
    return job


def exists(process):
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


def test_a_job_gives_its_result_and_its_partial_result():
    job = ended(jobs.start(work_to_do.add, 2, 3))
    assert (job.state, job.result, job.partial, job.share) == ("done", 5, 2, 1.0)
    assert job.place == 0


def test_what_a_job_said_is_taken_although_it_ended_first():
    ours, theirs = Pipe()
    theirs.send((0.5, "a part"))
    theirs.send((0.7, "a later part"))
    theirs.send(jobs.OVER)
    give(theirs, "the whole")
    job = Job(lambda: True)
    job._future = Future()
    job._future.set_result(None)
    jobs._follow(job, ours, theirs, ())
    assert (job.state, job.result, job.partial) == ("done", "the whole", "a later part")


def test_a_worker_that_ended_before_it_got_its_work_is_not_waited_for():
    ours, theirs = Pipe()
    theirs.send(jobs.BEGUN)
    job = Job(lambda: True)
    job._future = Future()
    job._future.cancel()
    jobs._follow(job, ours, theirs, (work_to_do.add, (np.zeros(5_000_000), 1)))
    assert (job.state, job.result) == ("cancelled", None)


def test_arrays_and_bytes_travel_there_and_back_whole():
    sent = {"numbers": np.arange(1_000_003, dtype=np.float64), "none": np.zeros((0, 3))}
    job = ended(jobs.start(work_to_do.both, sent, pickle.PickleBuffer(b"ab" * 3_000_000)))
    assert job.state == "done", job.error
    back, text = job.result
    np.testing.assert_array_equal(back["numbers"], sent["numbers"])
    assert back["none"].shape == (0, 3)
    assert bytes(text) == b"ab" * 3_000_000


def test_work_that_cannot_be_sent_fails_and_the_next_is_done():
    job = ended(jobs.start(work_to_do.add, lambda: None, 1))
    assert (job.state, job.result) == ("failed", None)
    assert ended(jobs.start(work_to_do.add, 1, 1)).result == 2


def test_a_worker_is_another_process_behind_the_others_with_one_thread():
    process, nice, threads, main, streamlit = ended(jobs.start(work_to_do.about_itself)).result
    assert process != os.getpid()
    assert nice >= jobs.NICE
    assert threads == 1
    assert not main.endswith("ui/main.py")
    assert not streamlit


def test_progress_is_seen_while_a_job_runs_and_others_know_their_place():
    first = jobs.start(work_to_do.sleep, 1)
    second, third = (jobs.start(work_to_do.add, 1, 1) for _ in range(2))
    running(first)
    assert [first.place, second.place, third.place] == [0, 1, 2]
    shares = set()
    while not first.over:
        shares.add(round(first.share, 1))
        time.sleep(0.05)
    assert len(shares) > 4
    assert ended(third).result == 2


def test_a_running_job_stops_within_a_second_and_the_next_one_runs():
    job = running(jobs.start(work_to_do.sleep, 60))
    after = jobs.start(work_to_do.add, 1, 2)
    started = time.monotonic()
    job.cancel()
    assert job.state == "cancelled"
    assert job not in jobs._jobs
    workers = jobs._pool._pool_manager.worker_manager.workers
    (old,) = workers
    while exists(old):
        assert time.monotonic() - started < 1.5
        time.sleep(0.02)
    assert ended(after).result == 3


def test_a_waiting_job_can_be_cancelled_too():
    first = running(jobs.start(work_to_do.sleep, 0.5))
    waiting = jobs.start(work_to_do.sleep, 60)
    waiting.cancel()
    assert waiting.state == "cancelled"
    assert ended(first).result == "slept"
    assert ended(jobs.start(work_to_do.add, 1, 1), 10).state == "done"


def test_a_failure_comes_back_as_it_was():
    job = ended(jobs.start(work_to_do.fail))
    assert job.state == "failed"
    assert isinstance(job.error, ValueError)
    assert "as it was told to" in str(job.error)


def test_a_job_that_takes_too_long_is_stopped():
    job = ended(jobs.start(work_to_do.sleep, 60, seconds=0.5), 20)
    assert job.state == "late"


def test_a_worker_that_is_killed_ends_its_job_and_no_other():
    killed = jobs.start(work_to_do.die)
    after = jobs.start(work_to_do.add, 2, 2)
    assert ended(killed).state == "killed"
    assert ended(after).result == 4


@pytest.mark.skipif(not Path("/proc").exists(), reason="the bound is the system's")
def test_a_job_that_wants_too_much_memory_fails_alone():
    job = ended(jobs.start(work_to_do.swell))
    assert job.state in ("failed", "killed")
    assert ended(jobs.start(work_to_do.add, 1, 1)).result == 2


def test_idle_workers_that_were_killed_are_replaced():
    process = ended(jobs.start(work_to_do.about_itself)).result[0]
    os.kill(process, 9)
    time.sleep(0.5)
    assert ended(jobs.start(work_to_do.add, 3, 3)).result == 6


def test_the_job_of_a_visitor_who_left_is_cancelled(monkeypatch):
    monkeypatch.setattr(jobs, "SECONDS_ALONE", 0.5)
    job = jobs.start(work_to_do.sleep, 60, alive=lambda: False)
    assert ended(job, 10).state == "cancelled"


def test_warm_workers_have_loaded_what_the_first_job_needs(monkeypatch):
    jobs._pool.stop()
    jobs._pool.join()
    jobs.warm("tests.ui.work_to_do")
    assert jobs._pool.active
    assert ended(jobs.start(work_to_do.loaded, "tests.ui.work_to_do")).result
    pool = jobs._pool
    jobs.warm("tests.ui.work_to_do")
    assert jobs._pool is pool


def test_a_full_queue_refuses(monkeypatch):
    monkeypatch.setenv("CONTRANORM_JOBS_WAITING", "1")
    held = [jobs.start(work_to_do.sleep, 60) for _ in range(limit("jobs") + 1)]
    with pytest.raises(jobs.Full):
        jobs.start(work_to_do.add, 1, 1)
    for job in held:
        job.cancel()
    assert ended(jobs.start(work_to_do.add, 1, 1)).result == 2
