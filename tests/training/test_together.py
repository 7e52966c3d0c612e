"""Several runs side by side: in turn, each as if it were alone, and never two in one folder."""

import pytest
from filelock import FileLock

from training import together
from training.folder import FolderError, RunFolder
from training.run import finished, run
from training.together import Progress, steps_of, train


def silent(share, progress=None):
    """Hear of nothing."""


@pytest.fixture
def runs(small, tmp_path):
    methods = ("none", "contra_norm")
    return [(small(method=method, epochs=2), tmp_path / method) for method in methods]


def lines(path):
    kept = RunFolder(path)
    drop = {"seconds"}
    return [{k: v for k, v in line.items() if k not in drop} for line in kept.metrics()], (
        kept.layers()
    )


def test_runs_side_by_side_give_what_each_gives_alone(runs, tmp_path):
    train(silent, runs)
    for config, path in runs:
        alone = RunFolder(tmp_path / f"alone {config.method}")
        assert len(list(run(config, alone))) == 3
        assert lines(path) == lines(alone.path)
        assert finished(RunFolder(path))


def test_one_epoch_of_each_comes_in_turn(runs, monkeypatch):
    came = []
    add = RunFolder.add

    def noted(folder, record):
        came.append((folder.path.name, record.epoch))
        add(folder, record)

    monkeypatch.setattr(RunFolder, "add", noted)
    train(silent, runs)
    assert came == [(name, epoch) for epoch in range(3) for name in ("none", "contra_norm")]


def test_progress_counts_the_steps_of_all_runs_from_those_behind(runs, monkeypatch):
    monkeypatch.setattr(together, "SECONDS_BETWEEN", 0.0)
    config, path = runs[0]
    list(run(config, RunFolder(path)))
    heard = []
    train(lambda share, progress: heard.append((share, progress)), runs)
    assert [progress.taken for _, progress in heard] == [6, 7, 8, 9, 10, 11]
    assert {(progress.before, progress.steps) for _, progress in heard} == {(6, 12)}
    assert [share for share, _ in heard] == pytest.approx([n / 12 for n in range(6, 12)])


def test_speed_and_time_left_are_of_the_steps_made_since_the_start():
    said = Progress(taken=30, steps=90, before=10, seconds=4.0)
    assert (said.speed, said.left) == (5.0, 12.0)
    assert Progress(10, 90, 10, 4.0).speed is None
    assert Progress(10, 90, 10, 4.0).left is None


def test_a_run_that_diverges_ends_alone(small, tmp_path):
    good = (small(epochs=1), tmp_path / "good")
    bad = (small(method="none", learning_rate=1.0, clip=1e9, epochs=1), tmp_path / "bad")
    train(silent, [bad, good])
    ended = RunFolder(bad[1]).end()
    assert ended.state in ("diverged", "finished")
    assert RunFolder(good[1]).end().state == "finished"


def test_a_diverged_run_s_others_go_on_to_their_end(runs, monkeypatch):
    from training.loop import Diverged, Training

    whole = Training.epochs

    def breaking(training, asked_to_stop):
        if training.config.method == "none":
            raise Diverged("the loss must stay a finite number; it was nan")
        yield from whole(training, asked_to_stop)

    monkeypatch.setattr(Training, "epochs", breaking)
    train(silent, runs)
    states = [RunFolder(path).end().state for _, path in runs]
    assert states == ["diverged", "finished"]
    assert len(RunFolder(runs[1][1]).metrics()) == 3


def test_a_folder_that_another_process_trains_into_is_left_alone(runs):
    _, path = runs[1]
    with (
        FileLock(path.with_name(f"{path.name}.lock")),
        pytest.raises(FolderError, match="one process at a time"),
    ):
        train(silent, runs)
    assert not path.exists()
    train(silent, runs)
    assert finished(RunFolder(path))


def test_the_steps_of_a_run_are_its_batches_times_its_epochs(small):
    assert steps_of(small(epochs=3)) == 9  # 96 digits in batches of 32
    assert steps_of(small(epochs=2, batch=64)) == 4  # the second batch is smaller
