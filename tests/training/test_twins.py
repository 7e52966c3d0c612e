import copy

import pytest
import torch

from models.digits import Card, accuracy, card, digits, load_twin
from models.vision import VisionConfig
from training.twins import (
    RECIPES,
    batches,
    examination,
    keep,
    main,
    optimizer_of,
    run_epoch,
    train,
)

SMALL = VisionConfig(depth=2, width=16, heads=2)


def trained(recipe, seed=0):
    return train(recipe, SMALL, epochs=1, seed=seed)


def same(first, second):
    return all(
        torch.equal(a, b) for a, b in zip(first.parameters(), second.parameters(), strict=True)
    )


def test_a_seed_fixes_a_network(capsys):
    assert same(trained(RECIPES[2]), trained(RECIPES[2]))
    assert not same(trained(RECIPES[2]), trained(RECIPES[2], seed=1))
    assert "ContraNorm: epoch 1/1" in capsys.readouterr().out


def test_the_seed_fixes_the_first_weights_which_the_three_share():
    starts = [train(recipe, SMALL, epochs=0, seed=0) for recipe in RECIPES]
    assert same(starts[0], starts[1])
    assert same(starts[0], starts[2])
    assert not same(starts[0], train(RECIPES[0], SMALL, epochs=0, seed=1))


def test_a_step_is_adamw_on_fresh_gradients_clipped_to_length_one():
    recipe, data = RECIPES[2], digits()
    network = train(recipe, SMALL, epochs=0, seed=0)
    with torch.no_grad():
        network.head.weight.mul_(3)  # so that there is something to clip
    written_out = copy.deepcopy(network)
    weights = list(written_out.parameters())
    optimizer = torch.optim.AdamW(weights, lr=1e-3)
    for rows in batches(0, 0):
        logits = written_out(
            data.train_pixels[rows], norm="contra_norm", scale=1.0, temperature=0.2
        ).logits
        chosen = logits.log_softmax(-1).gather(1, data.train_labels[rows].unsqueeze(1))
        slopes = torch.autograd.grad(-chosen.mean(), weights)
        length = sum(slope.square().sum() for slope in slopes).sqrt()
        assert length > 1
        for weight, slope in zip(weights, slopes, strict=True):
            weight.grad = slope / length
        optimizer.step()
    run_epoch(network, recipe, optimizer_of(network), seed=0, epoch=0)
    for ours, theirs in zip(network.parameters(), weights, strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-3, atol=2e-4)


def test_training_lowers_the_loss(capsys):
    train(RECIPES[2], SMALL, epochs=3, seed=0)
    losses = [
        float(line.partition("loss ")[2].split(",")[0])
        for line in capsys.readouterr().out.splitlines()
    ]
    assert losses[0] > losses[1] > losses[2]
    assert losses[0] == pytest.approx(2.3, abs=0.3)


def test_the_recipes_train_different_networks():
    networks = [trained(recipe) for recipe in RECIPES]
    assert not same(networks[0], networks[1])
    assert not same(networks[1], networks[2])


def test_an_epoch_deals_every_training_digit_once_in_a_new_order():
    first, second = (torch.cat(list(batches(0, epoch))) for epoch in (0, 1))
    assert torch.equal(first.sort().values, torch.arange(1437))
    assert not torch.equal(first, second)
    assert [len(rows) for rows in batches(0, 0)][:2] == [128, 128]


def test_the_card_describes_what_is_stored(tmp_path):
    recipe = RECIPES[2]
    network = trained(recipe)
    written = keep(network, recipe, tmp_path, epochs=1, seed=0)
    assert Card.from_json((tmp_path / "contra_norm.json").read_text()) == written
    loaded = load_twin("contra_norm", folder=tmp_path)
    assert examination(loaded, recipe) == (written.test_accuracy, written.measures)
    assert written.command == "python -m training.twins --epochs 1 --depth 2 --seed 0"


def test_half_precision_is_given_up_when_it_changes_the_answers(tmp_path):
    recipe = RECIPES[0]
    network = trained(recipe)
    with torch.no_grad():
        network.head.weight.mul_(1e6)  # beyond what half precision can hold
    before, _ = examination(network, recipe)
    keep(network, recipe, tmp_path, epochs=1, seed=0)
    loaded = load_twin("none", folder=tmp_path)
    assert torch.equal(loaded.head.weight, network.head.weight)
    assert examination(loaded, recipe)[0] == before


def test_the_command_writes_all_three(tmp_path, capsys):
    main(["--out", str(tmp_path), "--epochs", "1", "--depth", "1"])
    assert {path.name for path in tmp_path.iterdir()} == {
        f"{recipe.name}.{suffix}" for recipe in RECIPES for suffix in ("json", "safetensors")
    }
    assert capsys.readouterr().out.count("test accuracy") == 3
    assert card("none", folder=tmp_path).config.depth == 1
    assert len(digits().test_labels) == 360


@pytest.mark.slow
def test_training_again_gives_the_order_and_about_the_accuracies_of_the_cards(tmp_path):
    main(["--out", str(tmp_path)])
    again = {recipe.name: card(recipe.name, folder=tmp_path) for recipe in RECIPES}
    scores = [again[recipe.name].test_accuracy for recipe in RECIPES]
    assert scores[0] < scores[1] < scores[2]
    # Training is chaotic: rounding alone moves a run, centring's most (three seeds: 0.22 to 0.61).
    for name, band in (("none", 0.05), ("partial_centering", 0.4), ("contra_norm", 0.15)):
        assert again[name].test_accuracy == pytest.approx(accuracy(name), abs=band)
