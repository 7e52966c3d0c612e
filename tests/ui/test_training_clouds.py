"""Token clouds of trained networks: each is of its own network, input and layer."""

import numpy as np
import pytest
import torch

from contranorm.measures.spectrum import effective_rank
from models.cards import load_twin
from tests.ui.training_runs import pretend
from training.run import run
from training.tasks import TASKS
from ui import training_store
from ui.scene import unpacked
from ui.text import words
from ui.training_clouds import clouds, ready
from ui.training_live import View
from ui.training_settings import Setup

SMALL = Setup(depth=2, methods=("none", "contra_norm"), epochs=1)
SHIPPED = View(Setup(depth=12), own=False)


def hidden(network, task="digits", split=0):
    with torch.inference_mode():
        return network.trace(TASKS[task].data(split).test.inputs[:1]).hidden[:, 0]


def gaps(points):
    return np.linalg.norm(points[:, None] - points[None], axis=-1)


def test_a_cloud_is_of_its_own_network_at_its_own_layer():
    found = clouds(SHIPPED)
    assert found.branches == SHIPPED.setup.methods
    for place, method in enumerate(found.branches):
        tokens = hidden(load_twin(method, depth=12))
        for layer in (0, 5, 12):
            rank = effective_rank(tokens[layer]).item()
            assert found.effective_rank[layer, place] == pytest.approx(rank, rel=1e-4)
            flat = gaps(found.coordinates[layer, place])
            # A projection brings points nearer to each other, never further apart.
            assert (flat <= gaps(tokens[layer].numpy()) + 1e-3).all()
            about = tokens[layer] - tokens[layer].mean(0)
            spread = about.square().sum(-1).mean().sqrt().item()
            assert found.spread[layer, place] == pytest.approx(spread, rel=1e-3)
    assert found.effective_rank[12, 3] > 3 * found.effective_rank[12, 0]


def test_the_layer_is_said_with_every_method_s_rank():
    header, arrays = unpacked(ready(SHIPPED).message())
    scene, found = header["scene"], clouds(SHIPPED)
    np.testing.assert_array_equal(arrays["coordinates"], found.coordinates)
    (said,) = scene["frame_findings"][5]
    assert said.startswith("Layer 5, effective rank of these 16 tokens: no norm **")
    assert f"ContraNorm **{found.effective_rank[5, 3]:.1f}**" in said
    assert scene["frame_names"][5] == words("training")("cloud_layer_name", layer=5, depth=12)
    charts = scene["charts"]
    assert [chart["row"] for chart in charts] == [0, 0, 1, 1]
    assert charts[1]["titles"][5] == "LayerNorm only, layer 5"
    assert charts[1]["traces"][0]["text"][4] == "2,1"


def test_own_weights_are_used_and_those_that_are_missing_or_broken_are_left_out(
    monkeypatch, tmp_path
):
    pretend(monkeypatch, tmp_path)
    assert clouds(View(SMALL)) is None
    alone = unpacked(ready(View(SMALL)).message())[0]["scene"]
    assert alone["charts"] == []
    assert "no norm; ContraNorm" in alone["findings"][0]
    folders = training_store.folders(SMALL)
    for method in SMALL.methods:
        list(run(SMALL.config(method, 0), folders[method, 0]))
    both = clouds(View(SMALL, True, ((1, 1),)))
    assert both.branches == ("none", "contra_norm")
    assert (both.effective_rank[2] < 16).all()
    assert both.effective_rank[2, 0] != both.effective_rank[2, 1]
    folders["none", 0].checkpoint.write_bytes(b"edited")
    edited = View(SMALL, True, ((2, 2),))
    assert clouds(edited).branches == ("contra_norm",)
    (said,) = unpacked(ready(edited).message())[0]["scene"]["findings"]
    assert said.endswith("finite numbers: no norm.")
    assert unpacked(ready(SHIPPED).message())[0]["scene"]["findings"] == []


def test_a_network_that_ran_away_has_no_cloud_and_no_page_breaks(monkeypatch):
    def broken(method, depth, task):
        network = load_twin(method, depth=depth, task=task)
        if method == "none":
            torch.nn.init.constant_(network.blocks[1].widen.weight, float("nan"))
        return network

    monkeypatch.setattr("ui.training_networks.load_twin", broken)
    view = View(Setup(depth=6), own=False, revision=((4, 4),))
    assert clouds(view).branches == view.setup.methods[1:]
    scene = unpacked(ready(view).message())[0]["scene"]
    assert len(scene["charts"]) == 3
    assert scene["findings"][0].endswith("finite numbers: no norm.")


def test_the_words_of_a_sentence_name_its_tokens(monkeypatch, tmp_path):
    pretend(monkeypatch, tmp_path)
    setup = Setup(task="agreement", depth=1, methods=("none",), epochs=0)
    list(run(setup.config("none", 0), training_store.folders(setup)["none", 0]))
    found = clouds(View(setup, True, ((3, 3),)))
    assert len(found.tokens) == 12
    assert "[verb]" in found.tokens
