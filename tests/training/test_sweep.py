import os
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pandas as pd
import pytest

from training import sweep as sweeping
from training.config import ConfigError, RunConfig
from training.folder import RunFolder
from training.report import readme_table
from training.results import chosen, epochs_to_goal, summary, table
from training.sweep import Sweep, SweepError, main, place, read, train_all, train_one, unfinished

TINY = """
runs:
  - {method: [none, contra_norm], depth: 1, width: 16, epochs: 1, batch: 512, seed: [0, 1]}
workers: 2
"""


def scores(out, sweep):
    lines = {
        config: [{**line, "seconds": 0} for line in RunFolder(place(out, config)).metrics()]
        for config in sweep.runs
    }
    assert all(lines.values())
    return lines


class After:
    """Ask to stop once this many steps were taken."""

    def __init__(self, steps):
        self.left = steps

    def __call__(self):
        self.left -= 1
        return self.left < 0


def in_this_process(monkeypatch):
    """Train without worker processes, where the small task of the tests is known."""
    monkeypatch.setattr(
        sweeping, "Parallel", lambda **_: lambda jobs: [f(*a, **k) for f, a, k in jobs]
    )


def test_every_list_is_a_dimension_and_no_run_is_named_twice():
    sweep = read(
        "runs:\n"
        "  - {method: contra_norm, scale: [1, 2], temperature: [0.1, 0.2], seed: [0, 1]}\n"
        "  - {scale: 1, temperature: 0.1, seed: [0, 5]}\n"
    )
    assert len(sweep.runs) == 9
    assert RunConfig(scale=2, temperature=0.2, seed=1) in sweep.runs
    assert (sweep.backend, sweep.workers) == ("loky", 2)


def test_all_is_every_method():
    assert len(read("runs: [{method: all, depth: 6}]").runs) == 16


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("runs: [", "a sweep's config must be YAML"),
        ("- 1", "a sweep's config must have runs"),
        ("runs: []\nspeed: 2", "got runs, speed"),
        ("runs: [{deep: 3}]", "a grid has the names of a run's settings; got deep"),
        ("runs: [{1: 2}]", "a grid has the names of a run's settings; got 1"),
        ("runs: [{seed: 2026-13-45}]", "a sweep's config must be YAML in UTF-8; month must be in"),
        ("runs: []", "runs must describe at least one run; got none"),
        ("runs: [{seed: []}]", "runs must describe at least one run; got none"),
        ("runs: [{depth: [6, 10000]}]", "depth must be a whole number from 1 to 64; got 10000"),
        ("runs: []\nbackend: threads", "backend must be one of loky, dask, ray; got 'threads'"),
        ("runs: []\nworkers: 0", "workers must be a whole number from 1; got 0"),
        ("runs: []\nworkers: true", "workers must be a whole number from 1; got True"),
        ("runs: []\nkeep_checkpoints: 1", "keep_checkpoints must be true or false; got 1"),
        ("runs: 3", "runs must be a list of grids; got 3"),
    ],
)
def test_a_config_that_cannot_be_trained_is_a_sentence(text, sentence):
    with pytest.raises(ConfigError, match=sentence):
        read(text)


def test_finished_runs_are_left_half_way_ones_go_on_and_broken_ones_are_redone(
    small, tmp_path, monkeypatch
):
    in_this_process(monkeypatch)
    sweep = Sweep(tuple(small(seed=seed) for seed in range(4)))
    train_all(sweep, tmp_path / "whole", quiet=True)
    out, (done, half, broken, _) = tmp_path / "again", sweep.runs
    train_one(done, place(out, done), keep_checkpoint=False)
    stamp = (place(out, done) / "metrics.jsonl").stat().st_mtime_ns
    for config in (half, broken):
        list(sweeping.run(config, RunFolder(place(out, config)), After(4)))
    (place(out, broken) / "config.json").write_text("{")
    assert len(unfinished(sweep, out)) == 3
    train_all(sweep, out, quiet=True)
    assert scores(out, sweep) == scores(tmp_path / "whole", sweep)
    assert (place(out, done) / "metrics.jsonl").stat().st_mtime_ns == stamp
    assert not list(out.rglob("*.safetensors"))


def test_checkpoints_are_kept_if_asked_for(small, tmp_path, monkeypatch):
    in_this_process(monkeypatch)
    train_all(Sweep((small(epochs=1),), keep_checkpoints=True), tmp_path, quiet=True)
    assert len(list(tmp_path.rglob("checkpoint.safetensors"))) == 1


def test_runs_that_cannot_be_trained_are_counted(small, tmp_path, monkeypatch):
    in_this_process(monkeypatch)
    (tmp_path / "runs").write_text("in the way")
    with pytest.raises(SweepError, match=r"1 runs could not be trained; the last said: .*written"):
        train_all(Sweep((small(),)), tmp_path, quiet=True)


def test_the_command_writes_a_table_and_a_page_of_the_runs(small, tmp_path, monkeypatch, capsys):
    in_this_process(monkeypatch)
    (tmp_path / "tiny.yaml").write_text(TINY)
    main([str(tmp_path / "tiny.yaml"), "--out", str(tmp_path / "out")])
    assert "4 runs" in capsys.readouterr().out
    rows = pd.read_parquet(tmp_path / "out" / "results.parquet")
    assert rows["method"].tolist() == ["none", "none", "contra_norm", "contra_norm"]
    assert rows["state"].tolist() == ["finished"] * 4
    for row, (_, lines) in zip(
        rows.itertuples(), scores(tmp_path / "out", read(TINY)).items(), strict=True
    ):
        assert row.test_accuracy == lines[-1]["test_accuracy"]
        assert row.validation_accuracy == lines[-1]["validation_accuracy"]
    page = (tmp_path / "out" / "report.html").read_text()
    assert "<h1>tiny</h1>" in page
    assert "4 runs, 4 finished" in page
    assert (tmp_path / "out" / "digits.md").read_text() == readme_table(rows, "digits")


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"runs: [{method: \xff}]", "a sweep's config must be YAML in UTF-8; "),
        (b"runs: []", "runs must describe at least one run; got none"),
        (b"runs: [{1: 2}]", "a grid has the names of a run's settings; got 1"),
    ],
)
def test_the_command_refuses_with_the_sentence(content, sentence, tmp_path, capsys):
    (tmp_path / "sweep.yaml").write_bytes(content)
    with pytest.raises(SystemExit) as ended:
        main([str(tmp_path / "sweep.yaml"), "--out", str(tmp_path / "out")])
    assert ended.value.code == 2
    assert capsys.readouterr().err.startswith(sentence)


def test_a_row_has_the_numbers_that_were_used_and_those_of_the_last_epoch(small, tmp_path):
    config = small(method="partial_centering", tried=1, learning_rate=0.002)
    train_one(config, tmp_path / "run", keep_checkpoint=False)
    (row,) = table([(config, tmp_path / "run")]).to_dict("records")
    assert (row["scale"], row["learning_rate"], row["split"]) == (3.0, 0.002, 0)
    folder = RunFolder(tmp_path / "run")
    assert row["effective_rank"] == folder.layers()[-1]["effective_rank"]
    assert row["test_accuracy"] == folder.metrics()[-1]["test_accuracy"]
    assert row["seconds"] == pytest.approx(sum(line["seconds"] for line in folder.metrics()))


def test_the_first_epoch_at_the_goal_counts():
    lines = [{"epoch": e, "validation_accuracy": a} for e, a in enumerate((0.1, 0.8, 0.7, 0.9))]
    assert epochs_to_goal(lines) == 1
    assert pd.isna(epochs_to_goal(lines, goal=0.95))


def rows(*lines):
    names = ["method", "tried", "seed", "validation_accuracy", "test_accuracy"]
    frame = pd.DataFrame(lines, columns=names)
    return frame.assign(task="digits", depth=12)


def test_the_best_setting_is_chosen_on_validation_data_over_seeds_that_all_settings_have():
    runs = rows(
        ("none", 0, 0, 0.50, 0.9),
        ("none", 1, 0, 0.60, 0.1),
        ("none", 2, 0, 0.55, 0.8),
        ("none", 0, 1, 0.99, 0.7),  # a seed that the others were not given
        ("contra_norm", 0, 0, 0.7, 0.6),
        ("contra_norm", 1, 0, 0.7, 0.9),  # a tie: the default stays
    )
    picked = chosen(runs).set_index("method")
    assert picked["tried"].to_dict() == {"none": 1, "contra_norm": 0}
    assert picked["settings"].to_dict() == {"none": 3, "contra_norm": 2}
    assert picked["seeds_chosen_on"].to_dict() == {"none": 1, "contra_norm": 1}
    best = summary(runs, chosen(runs)).set_index("method")["mean"]
    assert best["none"] == pytest.approx(0.1)


def test_a_summary_is_mean_and_range_over_the_seeds_of_the_default():
    runs = rows(
        *(("contra_norm", 0, seed, 0.5, test) for seed, test in enumerate((0.6, 0.9, 0.75))),
        ("contra_norm", 1, 0, 0.9, 1.0),
        ("none", 0, 0, 0.5, 0.2),
    )
    none, contra = summary(runs).to_dict("records")
    assert (none["method"], none["count"]) == ("none", 1)
    assert [contra[name] for name in ("mean", "min", "max", "count")] == [
        pytest.approx(0.75),
        *(0.6, 0.9, 3),
    ]


BACKENDS = {"loky": "joblib", "dask": "distributed", "ray": "ray"}  # and their packages


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("backend", BACKENDS)
def test_every_backend_trains_the_same_numbers(backend, tmp_path):
    pytest.importorskip(BACKENDS[backend])
    sweep = read(TINY + f"backend: {backend}\n")
    train_all(sweep, tmp_path / "cluster", quiet=True)
    for config in sweep.runs:
        train_one(config, place(tmp_path / "here", config), keep_checkpoint=False)
    assert scores(tmp_path / "cluster", sweep) == scores(tmp_path / "here", sweep)


def killed(workers, over):
    """Kill one worker in the middle of a run; `workers` holds a file for each, with its run."""
    while not over.wait(0.02):
        for worker in workers.iterdir():
            run = Path(worker.read_text())
            if (run / "checkpoint.safetensors").is_file() and not (run / "end.json").exists():
                os.kill(int(worker.name), signal.SIGKILL)
                return not (run / "end.json").exists()
    return False


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("backend", BACKENDS)
def test_a_killed_worker_costs_no_run_and_changes_no_number(backend, tmp_path, monkeypatch):
    pytest.importorskip(BACKENDS[backend])
    sweep = read(TINY.replace("epochs: 1", "epochs: 12") + f"backend: {backend}\n")
    workers, over = tmp_path / "workers", threading.Event()
    workers.mkdir()

    def telling(config, path, *, keep_checkpoint):
        (workers / str(os.getpid())).write_text(str(path))
        train_one(config, path, keep_checkpoint=keep_checkpoint)

    monkeypatch.setattr(sweeping, "train_one", telling)
    with ThreadPoolExecutor() as threads:
        killing = threads.submit(killed, workers, over)
        try:
            train_all(sweep, tmp_path / "cluster", quiet=True)
        finally:
            over.set()
    assert killing.result()
    assert not unfinished(sweep, tmp_path / "cluster")
    for config in sweep.runs:
        train_one(config, place(tmp_path / "here", config), keep_checkpoint=False)
    assert scores(tmp_path / "cluster", sweep) == scores(tmp_path / "here", sweep)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_rays_cluster_ends_once_nobody_waits_for_its_results(tmp_path, monkeypatch):
    """A thread that asks later starts a second cluster, which now and then ends the process."""
    ray = pytest.importorskip("ray")
    pool = pytest.importorskip("ray.util.multiprocessing.pool")
    shutdown, asking = ray.shutdown, []

    def telling():
        asking.append(sum(isinstance(one, pool.ResultThread) for one in threading.enumerate()))
        shutdown()

    def dying(config, _path, *, keep_checkpoint):
        if not (config.seed or keep_checkpoint):
            os.kill(os.getpid(), signal.SIGKILL)
        time.sleep(20)

    monkeypatch.setattr(ray, "shutdown", telling)
    monkeypatch.setattr(sweeping, "train_one", dying)
    monkeypatch.setattr(sweeping, "ROUNDS", 1)
    with pytest.raises(SweepError, match="4 runs could not be trained"):
        train_all(read(TINY + "backend: ray\n"), tmp_path, quiet=True)
    assert asking == [0]
