import json
import os

import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import BertConfig, BertModel

from models.folders import Caps, claimed, looked_at
from models.unavailable import ModelUnavailable
from tests.models.tiny import rewritten, tiny_bert


def refused(look, kind, match):
    with pytest.raises(ModelUnavailable, match=match) as caught:
        look()
    assert caught.value.kind == kind


def test_a_folder_is_described_as_the_library_would_make_it(folder):
    facts = looked_at(folder)
    model = BertModel(BertConfig.from_pretrained(folder))
    assert facts.parameters == sum(part.numel() for part in model.parameters())
    held = sum(part.numel() * 4 for part in model.parameters())
    held += sum(part.numel() * part.element_size() for part in model.buffers())
    assert facts.memory == held
    assert (facts.family, facts.depth, facts.width) == ("bert", 3, 16)
    assert facts.weights == ("model.safetensors",)


@pytest.mark.parametrize(
    "claim",
    [
        {"vocab_size": 10**12},
        {"hidden_size": 1_200_000, "num_hidden_layers": 1},
        {"hidden_size": 10**10, "intermediate_size": 10**10, "num_attention_heads": 1},
        {"max_position_embeddings": 10**12},
        {"type_vocab_size": 10**12},
        {"num_hidden_layers": 10**9},
    ],
)
def test_a_configuration_that_claims_too_much_is_refused_without_memory(claim):
    refused(lambda: claimed({"model_type": "bert", **claim}), "too_large", "claims|has|made")


def test_a_billion_labels_are_not_made():
    assert claimed({"model_type": "bert", "num_labels": 10**9}).parameters > 10**8


def test_a_cap_counts_what_it_says_it_counts(folder):
    facts = looked_at(folder)
    assert looked_at(folder, caps=Caps(facts.parameters, facts.memory)).depth == 3
    refused(lambda: looked_at(folder, caps=Caps(facts.parameters - 1)), "too_large", "parameters")
    small = Caps(memory=facts.memory - 1)
    refused(lambda: looked_at(folder, caps=small), "too_large", "memory")


def test_weights_larger_than_the_configuration_are_counted_too(tmp_path):
    place = tiny_bert(tmp_path)
    facts = looked_at(place)
    weights = load_file(place / "model.safetensors") | {"more": torch.zeros(3, facts.parameters)}
    save_file(weights, place / "model.safetensors", metadata={"format": "pt"})
    caps = Caps(parameters=2 * facts.parameters)
    refused(lambda: looked_at(place, caps=caps), "too_large", "million parameters")


@pytest.mark.parametrize(
    "claim",
    [
        {"hidden_size": "wide"},
        {"hidden_size": -4},
        {"hidden_size": 7},
        {"num_attention_heads": 0},
        {"hidden_act": "evil"},
        {"num_hidden_layers": 0},
    ],
)
def test_a_configuration_that_makes_no_model_is_refused(claim):
    with pytest.raises(ModelUnavailable, match=r"could not be made|layers"):
        claimed({"model_type": "bert", **claim})


@pytest.mark.parametrize("name", ["nonsense", None, 7, ["bert"]])
def test_an_unknown_family_is_refused_by_name(name):
    refused(lambda: claimed({"model_type": name}), "family", r"must be one of bert, .*; got ")


def test_quantised_weights_are_refused():
    asked = {"model_type": "bert", "quantization_config": {"quant_method": "gptq"}}
    refused(lambda: claimed(asked), "refused", "quantised")


@pytest.mark.parametrize("content", ["[]", "not json", "[" * 100_000, "\ud800"])
def test_a_broken_configuration_is_refused(tmp_path, content):
    place = tiny_bert(tmp_path)
    (place / "config.json").write_bytes(content.encode("utf-8", "surrogatepass"))
    refused(lambda: looked_at(place), "incomplete", "config.json")


def test_pickled_weights_are_refused(tmp_path):
    place = tiny_bert(tmp_path)
    (place / "model.safetensors").rename(place / "pytorch_model.bin")
    refused(lambda: looked_at(place), "refused", "pickled ones, which can hold code")


def test_a_link_out_of_the_folder_is_refused(tmp_path):
    secret = tmp_path / "secret.txt"
    secret.write_text("a\nfox")
    place = tiny_bert(tmp_path / "model")
    (place / "vocab.txt").unlink()
    (place / "vocab.txt").symlink_to(secret)
    refused(lambda: looked_at(place), "refused", "plain files of its folder; 'vocab.txt' is not")


def test_a_link_that_leads_nowhere_is_refused(tmp_path):
    place = tiny_bert(tmp_path)
    (place / "vocab.txt").unlink()
    (place / "vocab.txt").symlink_to(place / "gone.txt")
    refused(lambda: looked_at(place), "incomplete", "vocab.txt leads nowhere")


def test_a_pipe_does_not_make_anybody_wait(tmp_path):
    place = tiny_bert(tmp_path)
    (place / "vocab.txt").unlink()
    os.mkfifo(place / "vocab.txt")
    refused(lambda: looked_at(place), "refused", "plain files")


def test_the_links_of_a_hub_cache_are_followed(tmp_path):
    place = tiny_bert(tmp_path / "plain")
    blobs, snapshot = tmp_path / "models--x" / "blobs", tmp_path / "models--x" / "snapshots" / "c0"
    blobs.mkdir(parents=True)
    snapshot.mkdir(parents=True)
    for number, path in enumerate(place.iterdir()):
        path.rename(blobs / str(number))
        (snapshot / path.name).symlink_to(blobs / str(number))
    assert looked_at(snapshot).depth == 3


def test_a_file_too_large_for_what_it_is_is_refused(tmp_path):
    place = tiny_bert(tmp_path)
    with (place / "vocab.txt").open("r+b") as sparse:
        sparse.truncate(10**9)
    refused(lambda: looked_at(place), "too_large", "'vocab.txt' is larger than such a file is")


def test_weights_in_several_files_are_counted_together(tmp_path):
    place = in_two_files(tmp_path)
    assert looked_at(place).weights == ("model-1.safetensors", "model-2.safetensors")


@pytest.mark.parametrize("name", ["../other.safetensors", "/etc/passwd", 7, "", ["x"]])
def test_an_index_that_names_files_elsewhere_is_refused(tmp_path, name):
    place = in_two_files(tmp_path)
    rewritten(place, "model.safetensors.index.json", weight_map={"a": name})
    refused(lambda: looked_at(place), "refused", "must name files of its own folder")


def in_two_files(tmp_path):
    place = tiny_bert(tmp_path)
    weights = load_file(place / "model.safetensors")
    (place / "model.safetensors").unlink()
    where = {name: f"model-{1 + index % 2}.safetensors" for index, name in enumerate(weights)}
    for file in set(where.values()):
        part = {name: weight for name, weight in weights.items() if where[name] == file}
        save_file(part, place / file, metadata={"format": "pt"})
    index = {"metadata": {}, "weight_map": where}
    (place / "model.safetensors.index.json").write_text(json.dumps(index))
    return place
