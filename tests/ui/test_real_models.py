import pytest

from models import registry
from models.registry import FOLDERS_VARIABLE
from models.unavailable import ModelUnavailable
from tests.models.tiny import tiny_bert
from ui.real_models import about, loaded, names


@pytest.fixture
def mine(monkeypatch, tmp_path):
    monkeypatch.setenv(FOLDERS_VARIABLE, str(tiny_bert(tmp_path / "mine")))
    monkeypatch.setattr(registry, "_kept", type(registry._kept)())
    return monkeypatch


def test_an_operators_folder_is_one_of_the_models(mine):
    assert names()[-1] == "folder_mine"
    found = about("folder_mine")
    assert (found.depth, found.heads, found.causal, found.device) == (3, 2, False, "CPU")


@pytest.mark.parametrize("setting", ["parameters", "model_memory"])
def test_a_model_from_elsewhere_has_to_be_within_the_servers_limits(mine, setting):
    mine.setattr("ui.real_models.limit", lambda name: 0 if name == setting else 1)
    with pytest.raises(ModelUnavailable, match="a model may"):
        loaded("folder_mine")
