import errno
import json
import os
import shutil
from pathlib import Path

import pandas as pd
import pytest
import torch

from training import checkpoint
from training.config import RunConfig
from training.folder import End, FolderError, RunFolder
from training.loop import Training
from training.run import finished, main, name_of, run


def numbers(folder):
    """Everything a run wrote down, without times."""
    lines = [{**line, "seconds": None} for line in folder.metrics()]
    return lines, folder.layers()


def trained(config, path, stop=None):
    folder = RunFolder(path)
    records = list(run(config, folder) if stop is None else run(config, folder, stop))
    return folder, records


class After:
    """Ask to stop once this many steps were taken."""

    def __init__(self, steps):
        self.left = steps

    def __call__(self):
        self.left -= 1
        return self.left < 0


def test_a_run_that_goes_on_gives_what_one_that_never_stopped_gives(small, tmp_path):
    whole, _ = trained(small(), tmp_path / "whole")
    part, first = trained(small(), tmp_path / "part", After(4))
    assert [record.epoch for record in first] == [0, 1]
    assert part.end().state == "cancelled"
    assert "it can go on from epoch 1" in part.end().sentence
    assert not finished(part)
    part, second = trained(small(), tmp_path / "part")
    assert [record.epoch for record in second] == [2, 3]
    assert numbers(part) == numbers(whole)
    ends = [Training(small()) for _ in range(2)]
    for training, folder in zip(ends, (whole, part), strict=True):
        checkpoint.load(training, folder)
    for one, other in zip(*(e.network.parameters() for e in ends), strict=True):
        assert torch.equal(one, other)
    assert part.end() == whole.end() == End("finished", "3 epochs were trained")


@pytest.mark.parametrize("steps", [0, 1])
def test_a_run_stopped_in_its_first_epoch_begins_its_records_anew(small, tmp_path, steps):
    whole, _ = trained(small(), tmp_path / "whole")
    part, _ = trained(small(), tmp_path / "part", After(steps))
    assert [line["epoch"] for line in part.metrics()] == [0]
    part, _ = trained(small(), tmp_path / "part")
    assert numbers(part) == numbers(whole)


def test_lines_beyond_the_checkpoint_and_half_written_ones_are_cut(small, tmp_path):
    whole, _ = trained(small(), tmp_path / "whole")
    part, _ = trained(small(), tmp_path / "part", After(4))
    (part.path / "end.json").unlink()  # as when the machine went down in the middle
    with (part.path / "metrics.jsonl").open("a") as file:
        file.write('{"epoch": 2, "test_accuracy": 0.5}\n{"epoch": 3, "te')
    assert [line["epoch"] for line in part.metrics()] == [0, 1, 2]
    part, _ = trained(small(), tmp_path / "part")
    assert numbers(part) == numbers(whole)


def test_a_finished_run_is_left_as_it_is(small, tmp_path):
    folder, _ = trained(small(), tmp_path / "run")
    before = {path.name: path.read_bytes() for path in folder.path.iterdir()}
    assert trained(small(), tmp_path / "run")[1] == []
    before.pop("config.json")
    assert all((folder.path / name).read_bytes() == kept for name, kept in before.items())


def test_a_folder_opens_in_pandas_in_one_line(small, tmp_path):
    folder, records = trained(small(), tmp_path / "run")
    metrics = pd.read_json(folder.path / "metrics.jsonl", lines=True)
    assert metrics["test_accuracy"].tolist() == pytest.approx([r.test.accuracy for r in records])
    layers = pd.read_json(folder.path / "layers.jsonl", lines=True)
    assert len(layers) == 4 * 3
    last = layers[(layers["epoch"] == 3) & (layers["layer"] == 2)].iloc[0]
    assert last["effective_rank"] == pytest.approx(records[-1].layers[2].measures["effective_rank"])
    assert last["gradient"] == pytest.approx(records[-1].layers[2].gradient)
    assert {path.name for path in folder.path.iterdir()} == {
        *("config.json", "metrics.jsonl", "layers.jsonl", "checkpoint.safetensors", "end.json")
    }


def test_the_config_says_how_to_repeat_the_run(small, tmp_path):
    folder, _ = trained(small(seed=3), tmp_path / "run")
    described = json.loads((folder.path / "config.json").read_text())
    assert described["command"] == small(seed=3).command
    assert described["versions"]["torch"] == torch.__version__
    assert folder.config() == small(seed=3)


def test_a_run_that_diverges_says_so_and_keeps_its_curve(small, tmp_path):
    folder, records = trained(small(scale=1e30), tmp_path / "run")
    assert [record.epoch for record in records] == [0]
    assert folder.end().state == "diverged"
    assert "must stay a finite number" in folder.end().sentence
    assert finished(folder)
    assert [line["epoch"] for line in folder.metrics()] == [0]
    for line in (folder.path / "layers.jsonl").read_text().splitlines():
        json.loads(line, parse_constant=pytest.fail)  # NaN is no JSON


def test_another_run_is_not_trained_over_the_first(small, tmp_path):
    trained(small(epochs=0), tmp_path / "run")
    with pytest.raises(FolderError, match=r"holds another: python -m training\.run"):
        trained(small(epochs=0, seed=1), tmp_path / "run")


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("config.json", b"{", r"config\.json in run must describe a run; it does not"),
        ("config.json", b'{"config": {"depth": 9999}}', "depth must be a whole number"),
        ("config.json", b"\xff\xfe", r"must have a readable config\.json"),
        ("metrics.jsonl", b"nothing\n", r"every line of metrics\.jsonl in run must be JSON"),
        ("checkpoint.safetensors", b"nothing", "must be a checkpoint of a run; it cannot be read"),
        ("checkpoint.safetensors", b"", "must be a checkpoint of a run; it cannot be read"),
    ],
)
def test_a_corrupt_folder_is_a_sentence(small, tmp_path, name, content, sentence):
    folder, _ = trained(small(epochs=1), tmp_path / "run", After(2))
    trained(small(epochs=1), tmp_path / "run", After(2))
    checkpoint.save(Training(small(epochs=1)), folder)
    (folder.path / name).write_bytes(content)
    with pytest.raises(FolderError, match=sentence):
        trained(small(epochs=1), tmp_path / "run")


def test_an_edited_checkpoint_is_refused(small, tmp_path):
    folder, _ = trained(small(), tmp_path / "run", After(4))
    content = bytearray(folder.checkpoint.read_bytes())
    content[-1] ^= 1
    folder.checkpoint.write_bytes(bytes(content))
    with pytest.raises(FolderError, match="must have the sha256 it was written with; it was edit"):
        trained(small(), tmp_path / "run")


def test_a_checkpoint_of_another_network_is_refused(small, tmp_path):
    folder, _ = trained(small(), tmp_path / "run", After(4))
    other, _ = trained(small(width=32), tmp_path / "other", After(4))
    shutil.copy(other.checkpoint, folder.checkpoint)
    with pytest.raises(FolderError, match="it is of another network"):
        trained(small(), tmp_path / "run")


def test_a_full_disk_is_a_sentence_and_the_last_checkpoint_stands(small, tmp_path, monkeypatch):
    folder = RunFolder(tmp_path / "run")
    records = run(small(), folder)
    next(records), next(records)
    before = folder.checkpoint.read_bytes()

    def full(descriptor):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(FolderError, match="run could not be written: the disk is full; the last"):
        next(records)
    assert folder.checkpoint.read_bytes() == before
    assert not list(folder.path.glob(".*"))
    monkeypatch.undo()
    assert folder.checkpoint.read_bytes() == before


def test_a_folder_that_cannot_be_written_is_a_sentence(small, tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(FolderError, match="could not be written: Not a directory"):
        trained(small(), tmp_path / "file" / "run")


def test_the_command_trains_into_a_folder_and_prints_every_epoch(small, tmp_path, capsys):
    out = tmp_path / "run"
    main(f"--depth 1 --width 16 --heads 2 --epochs 1 --method none --out {out}".split())
    printed = capsys.readouterr().out
    assert printed.count("test accuracy") == 2
    assert f"1 epochs were trained: {out}" in printed
    assert RunFolder(out).config() == RunConfig(depth=1, width=16, heads=2, epochs=1, method="none")


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ("--depth 10000", "depth must be a whole number from 1 to 64; got 10000"),
        ("--learnable yes", "learnable must be one of False, True; got 'yes'"),
        ("--learned-gain 1", "learned_gain must be one of False, True; got '1'"),
        ("--gain 2 --tried 9", "tried must be a whole number from 0 to 3; got 9"),
        (f"--epochs 0 --out {__file__}", f"[Errno 20] Not a directory: '{__file__}'"),
    ],
)
def test_the_command_refuses_with_the_sentence(said, sentence, capsys):
    with pytest.raises(SystemExit) as ended:
        main(said.split())
    assert (ended.value.code, capsys.readouterr().err) == (2, f"{sentence}\n")


def test_a_folder_is_named_after_what_is_special_about_a_run():
    assert name_of(RunConfig(seed=2, scale=0.5)) == "scale=0.5,seed=2"
    assert Path(name_of(RunConfig())).name == "default"
