import pytest
import torch

from models.cards import SHIPPED, SHIPPED_DEPTHS, TWIN_DEPTHS, Card, card, load_twin
from models.digits import accuracy
from models.handwriting import digits
from training import corpus
from training.loop import Training, evaluation
from training.run import name_of
from training.twins import collapse, keep, main, trained, twins


def test_every_depth_has_the_same_four_and_they_differ_in_their_method_only():
    runs = twins(epochs=3, seed=1)
    assert [(run.depth, run.method) for run in runs] == [
        (depth, method) for depth in TWIN_DEPTHS for method in SHIPPED
    ]
    assert {(run.epochs, run.seed, run.tried, run.learning_rate) for run in runs} == {
        (3, 1, 0, None)
    }


def test_the_card_describes_what_is_stored(small, tmp_path):
    training = Training(small(epochs=1))
    list(training.epochs())
    written = keep(training, tmp_path)
    place = tmp_path / "digits"
    assert Card.from_json((place / "contra_norm-2.json").read_text()) == written
    loaded = load_twin("contra_norm", depth=2, folder=tmp_path)
    test = training.data.test
    assert evaluation(loaded, test).accuracy == written.test_accuracy
    assert evaluation(loaded, training.data.validation).accuracy == written.validation_accuracy
    assert collapse(loaded, test) == written.measures
    assert written.command == training.config.command
    assert written.precision == "half"
    size = (place / "contra_norm-2.safetensors").stat().st_size
    assert size < 3 * sum(weight.numel() for weight in loaded.parameters())


def test_half_precision_is_given_up_when_it_changes_the_answers(small, tmp_path):
    training = Training(small(method="none"))
    with torch.no_grad():
        training.network.head.weight.mul_(1e6)  # beyond what half precision can hold
    before = evaluation(training.network, training.data.test).accuracy
    written = keep(training, tmp_path)
    loaded = load_twin("none", depth=2, folder=tmp_path)
    assert torch.equal(loaded.head.weight, training.network.head.weight)
    assert (written.precision, written.test_accuracy) == ("full", before)


def test_a_run_that_was_trained_is_taken_from_its_folder(small, tmp_path, capsys):
    config = small(epochs=1)
    first = trained(config, tmp_path)
    assert capsys.readouterr().out.count("test accuracy") == 2
    again = trained(config, tmp_path)
    assert capsys.readouterr().out == ""
    assert (tmp_path / name_of(config)).is_dir()
    for one, other in zip(first.network.parameters(), again.network.parameters(), strict=True):
        assert torch.equal(one, other)


def test_the_command_writes_all_of_them(small, tmp_path, capsys):
    places = f"--out {tmp_path / 'out'} --runs {tmp_path / 'runs'} --records {tmp_path / 'records'}"
    main(f"{places} --tasks digits --epochs 1 --depths 1".split())
    assert {path.name for path in (tmp_path / "out" / "digits").iterdir()} == {
        f"{name}-1.{suffix}" for name in SHIPPED for suffix in ("json", "safetensors")
    }
    assert capsys.readouterr().out.count("mean cosine") == len(SHIPPED)
    assert card("none", depth=1, folder=tmp_path / "out").config.depth == 1
    assert len(digits().test_labels) == 360


# Training is chaotic: another machine's rounding moves a run, and that of centring most.
TOLERANCE = {"none": 0.1, "layer_norm": 0.1, "partial_centering": 0.3, "contra_norm": 0.1}


def test_a_task_without_its_data_is_left_out_with_a_sentence(monkeypatch, tmp_path, capsys):
    monkeypatch.setenv(corpus.PLACE, str(tmp_path / "nothing"))
    main(["--tasks", "masked_words", "--out", str(tmp_path / "out")])
    assert "masked_words: its data have to be fetched first" in capsys.readouterr().out
    assert not (tmp_path / "out").exists()


def test_every_task_has_its_own_depths_and_epochs():
    runs = [run for task in SHIPPED_DEPTHS for run in twins(task, seed=0)]
    assert [(run.task, run.depth) for run in runs[:: len(SHIPPED)]] == [
        (task, depth) for task, depths in SHIPPED_DEPTHS.items() for depth in depths
    ]
    for run in runs:
        described = card(run.method, depth=run.depth, task=run.task)
        assert (described.epochs, described.seed) == (run.epochs, run.seed)


@pytest.mark.slow
def test_training_again_on_sentences_gives_about_the_accuracies_of_the_cards(tmp_path):
    places = f"--out {tmp_path / 'out'} --runs {tmp_path / 'runs'} --records {tmp_path / 'records'}"
    main(f"{places} --tasks agreement".split())
    for name in SHIPPED:
        again = card(name, depth=12, task="agreement", folder=tmp_path / "out").test_accuracy
        written = card(name, depth=12, task="agreement").test_accuracy
        assert again == pytest.approx(written, abs=0.1), name


@pytest.mark.slow
@pytest.mark.parametrize("depth", TWIN_DEPTHS)
def test_training_again_gives_about_the_accuracies_of_the_cards(tmp_path, depth):
    places = f"--out {tmp_path / 'out'} --runs {tmp_path / 'runs'} --records {tmp_path / 'records'}"
    main(f"{places} --tasks digits --depths {depth}".split())
    for name in SHIPPED:
        again = card(name, depth=depth, folder=tmp_path / "out").test_accuracy
        assert again == pytest.approx(accuracy(name, trained_depth=depth), abs=TOLERANCE[name]), (
            name
        )
