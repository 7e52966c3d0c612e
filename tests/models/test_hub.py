import json

import pytest
import torch
from safetensors.torch import save

from models.folders import Caps
from models.hub import HUB_VARIABLE, hub_allowed, look_up
from models.unavailable import ModelUnavailable
from tests.models.fake_hub import COMMIT, fake_hub

OPEN = {HUB_VARIABLE: "1"}


@pytest.fixture
def hub(monkeypatch, folder):
    """A Hub with one good model in it, and the lab's questions sent there."""
    with fake_hub() as running:
        monkeypatch.setenv("HF_ENDPOINT", running.address)
        running.add("someone/tiny-bert", folder)
        yield running


@pytest.fixture
def refused(tmp_path):
    def check(name, kind, match, **settings):
        with pytest.raises(ModelUnavailable, match=match) as caught:
            look_up(name, **{"environment": OPEN, "cache": tmp_path, **settings})
        assert caught.value.kind == kind

    return check


@pytest.mark.parametrize("value", ["", "0", "no", "2"])
def test_the_hub_is_closed_unless_an_operator_opens_it(hub, refused, value):
    assert not hub_allowed({HUB_VARIABLE: value})
    for environment in ({}, {HUB_VARIABLE: value}):
        refused("someone/tiny-bert", "not_allowed", "CONTRANORM_HUB=1", environment=environment)
    assert hub.asked == []


def test_a_model_is_described_at_one_commit_and_no_weight_is_fetched(hub, tmp_path):
    found = look_up("someone/tiny-bert", environment=OPEN, cache=tmp_path)
    assert (found.name, found.commit, found.licence) == ("someone/tiny-bert", COMMIT, "mit")
    assert (found.family, found.parameters) == ("bert", 7672)
    names = [name for name, _ in found.files]
    assert names == ["config.json", "model.safetensors", "tokenizer_config.json", "vocab.txt"]
    held = hub.repositories["someone/tiny-bert"].files
    assert found.total == sum(len(content) for content in held.values())
    assert hub.weights_asked_for() == []


def test_only_what_a_model_needs_is_fetched(hub, tmp_path):
    held = hub.repositories["someone/tiny-bert"].files
    held |= {"evil.py": b"1", "pytorch_model.bin": b"2", "onnx/model.onnx": b"3", "README.md": b"4"}
    names = {
        name for name, _ in look_up("someone/tiny-bert", environment=OPEN, cache=tmp_path).files
    }
    assert names == {"config.json", "model.safetensors", "tokenizer_config.json", "vocab.txt"}


@pytest.mark.parametrize(
    "name", ["", " ", "../x", "a/b/c", "http://x/y", "a b/c", "x" * 200, "é/é"]
)
def test_what_is_no_name_is_not_asked_about(hub, refused, name):
    refused(name, "name", "is named owner/name")
    assert hub.asked == []


@pytest.mark.parametrize("name", ["someone/else", "someone/tiny-bert@gone"])
def test_a_model_that_is_not_there_is_unknown(refused, hub, name):
    refused(name, "unknown", "no open model")


def test_a_revision_can_be_asked_for(hub, tmp_path):
    found = look_up(f" someone/tiny-bert@{COMMIT} ", environment=OPEN, cache=tmp_path)
    assert found.name == "someone/tiny-bert"


def test_a_gated_model_is_left_to_those_who_asked(hub, refused):
    hub.repositories["someone/tiny-bert"].gated = True
    refused("someone/tiny-bert", "gated", "asked its owners")


def test_pickles_alone_are_refused(hub, refused):
    held = hub.repositories["someone/tiny-bert"].files
    held["pytorch_model.bin"] = held.pop("model.safetensors")
    refused("someone/tiny-bert", "refused", "must be safetensors")


@pytest.mark.parametrize("file", ["config.json", "vocab.txt"])
def test_a_model_that_lacks_a_part_is_incomplete(hub, refused, file):
    del hub.repositories["someone/tiny-bert"].files[file]
    refused("someone/tiny-bert", "incomplete", "needs config.json and a tokenizer")


def test_an_unknown_family_is_refused(hub, refused):
    hub.repositories["someone/tiny-bert"].files["config.json"] = b'{"model_type": "mystery"}'
    refused("someone/tiny-bert", "family", "got 'mystery'")


def test_claims_and_sizes_over_a_cap_are_refused_before_a_weight_is_fetched(hub, refused):
    refused("someone/tiny-bert", "too_large", "million parameters", caps=Caps(parameters=7671))
    hub.repositories["someone/tiny-bert"].sizes["model.safetensors"] = 10**10
    refused("someone/tiny-bert", "too_large", "the weights of this one are 10000 MB")
    hub.repositories["someone/tiny-bert"].sizes = {"vocab.txt": 10**9}
    refused("someone/tiny-bert", "too_large", "'vocab.txt' is larger")
    assert hub.weights_asked_for() == []


def test_weights_in_parts_are_counted_together(hub, tmp_path, refused):
    held = hub.repositories["someone/tiny-bert"].files
    held["a.safetensors"] = held["b.safetensors"] = held.pop("model.safetensors")
    index = {"weight_map": {"one": "a.safetensors", "two": "b.safetensors"}}
    held["model.safetensors.index.json"] = json.dumps(index).encode()
    found = look_up("someone/tiny-bert", environment=OPEN, cache=tmp_path)
    assert {"a.safetensors", "b.safetensors"} <= {name for name, _ in found.files}
    weights = 2 * len(held["a.safetensors"])
    refused("someone/tiny-bert", "too_large", "MB", caps=Caps(memory=weights - 1))


@pytest.mark.parametrize("name", ["../a.safetensors", "gone.safetensors", "vocab.txt", 3, ["x"]])
def test_an_index_that_leads_elsewhere_is_refused(hub, refused, name):
    held = hub.repositories["someone/tiny-bert"].files
    held["x.safetensors"] = held.pop("model.safetensors")
    held["model.safetensors.index.json"] = json.dumps({"weight_map": {"one": name}}).encode()
    refused("someone/tiny-bert", "refused", "must name files of its own folder")


def test_a_hub_that_cannot_be_reached_is_said_to_be_so(monkeypatch, refused):
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    refused("someone/tiny-bert", "unreachable", "could not be reached .* work without it")


def test_no_password_is_sent(hub, monkeypatch, tmp_path):
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    assert look_up("someone/tiny-bert", environment=OPEN, cache=tmp_path).family == "bert"


def test_the_fake_hub_refuses_whoever_sends_one(hub):
    from huggingface_hub import HfApi

    with pytest.raises(Exception, match="Bad request"):
        HfApi(endpoint=hub.address, token="hf_secret").model_info("someone/tiny-bert")


def test_gpt2_is_a_model_too(hub, tmp_path):
    config = {"model_type": "gpt2", "n_embd": 16, "n_layer": 2, "n_head": 2, "vocab_size": 99}
    files = {
        "config.json": json.dumps(config).encode(),
        "model.safetensors": save({"x": torch.zeros(1)}),
        "vocab.json": b"{}",
        "merges.txt": b"",
    }
    hub.repositories["someone/tiny-bert"].files = files
    found = look_up("someone/tiny-bert", environment=OPEN, cache=tmp_path)
    assert found.family == "gpt2"
    assert len(found.files) == 4
