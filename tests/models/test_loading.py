import json

import pytest
import torch
from safetensors.torch import load_file, save_file

from models.folders import Caps
from models.loading import load
from models.pretrained import WEIGHTS_SHA256
from models.unavailable import ModelUnavailable
from tests.models.tiny import rewritten, tiny_bert

REMOTE = {"AutoConfig": "evil.Config", "AutoModel": "evil.Model", "AutoTokenizer": ["evil.T", None]}


def refused(folder, kind, match, **settings):
    with pytest.raises(ModelUnavailable, match=match) as caught:
        load(folder, **settings)
    assert caught.value.kind == kind


def test_a_local_folder_is_loaded_ready_to_be_traced(folder):
    tiny = load(folder)
    assert (tiny.depth, tiny.verified, tiny.source) == (3, False, folder.name)
    assert tiny.family == "bert"
    assert not tiny.model.training
    assert tiny.model.dtype == torch.float32
    assert not any(weight.requires_grad for weight in tiny.model.parameters())
    assert tiny.model.config.use_cache is False


def test_the_weights_are_those_of_the_folder(folder):
    stored = load_file(folder / "model.safetensors")
    loaded = load(folder).model.state_dict()
    assert all(torch.equal(loaded[name], weight) for name, weight in stored.items())


def test_half_precision_weights_become_float32(tmp_path):
    place = tiny_bert(tmp_path)
    halved = {name: w.half() for name, w in load_file(place / "model.safetensors").items()}
    save_file(halved, place / "model.safetensors", metadata={"format": "pt"})
    assert {w.dtype for w in load(place).model.parameters()} == {torch.float32}


def test_a_missing_folder_is_said_to_be_missing(tmp_path):
    refused(tmp_path / "nowhere", "missing", "'nowhere' is not one")


def test_an_empty_folder_is_said_to_be_unreadable(tmp_path):
    refused(tmp_path, "incomplete", r"needs config.json, model.safetensors and a token")


def test_weights_that_are_not_the_published_ones_are_refused(folder):
    refused(folder, "refused", "must have the sha256 53aa51172d14", sha256=WEIGHTS_SHA256)


def test_a_folder_without_a_tokenizer_is_refused(tmp_path):
    place = tiny_bert(tmp_path)
    (place / "vocab.txt").unlink()
    (place / "tokenizer_config.json").unlink()
    refused(place, "incomplete", "its tokenizer is missing")


def test_weights_that_lack_a_part_are_not_filled_in_with_random_numbers(tmp_path):
    place = tiny_bert(tmp_path)
    weights = load_file(place / "model.safetensors")
    del weights["encoder.layer.1.output.dense.weight"]
    save_file(weights, place / "model.safetensors", metadata={"format": "pt"})
    refused(place, "incomplete", r"1 are missing, such as encoder.layer.1.output.dense.weight")


def test_weights_without_a_pooler_are_enough(tmp_path):
    place = tiny_bert(tmp_path)
    weights = load_file(place / "model.safetensors")
    kept = {name: w for name, w in weights.items() if not name.startswith("pooler")}
    assert len(kept) < len(weights)
    save_file(kept, place / "model.safetensors", metadata={"format": "pt"})
    assert load(place).depth == 3


def test_weights_of_another_shape_are_refused(tmp_path):
    refused(rewritten(tiny_bert(tmp_path), "config.json", hidden_size=32), "incomplete", "read")


def test_a_file_that_is_no_safetensors_is_refused(tmp_path):
    place = tiny_bert(tmp_path)
    (place / "model.safetensors").write_bytes(b"\xff" * 64)
    refused(place, "incomplete", "model.safetensors is no safetensors file")


def test_code_that_travels_with_a_model_is_not_run(tmp_path):
    place = rewritten(tiny_bert(tmp_path), "config.json", auto_map=REMOTE)
    rewritten(place, "tokenizer_config.json", auto_map=REMOTE)
    trap = place / "sprung"
    (place / "evil.py").write_text(f"open({str(trap)!r}, 'w')\nclass Config: pass\n")
    assert load(place).model.config.model_type == "bert"
    assert not trap.exists()


def test_a_tokenizer_that_needs_its_own_code_is_refused_and_not_run(tmp_path):
    place = tiny_bert(tmp_path)
    (place / "tokenizer_config.json").write_text(
        json.dumps({"tokenizer_class": "EvilTokenizer", "auto_map": REMOTE})
    )
    trap = place / "sprung"
    (place / "evil.py").write_text(f"open({str(trap)!r}, 'w')\nclass T: pass\n")
    refused(place, "incomplete", "could not be read")
    assert not trap.exists()


def test_what_is_over_a_cap_is_refused_before_a_weight_is_read(folder, monkeypatch):
    monkeypatch.setattr("models.loading._model_of", None)  # would be called to read weights
    refused(folder, "too_large", "million parameters here", caps=Caps(parameters=100))
    refused(folder, "too_large", "MB of memory here", caps=Caps(memory=100))
