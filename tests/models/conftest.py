import pytest

from models.loading import load
from tests.models.tiny import tiny_bert, tiny_gpt2


@pytest.fixture(scope="session")
def folder(tmp_path_factory):
    """A model folder as a person might have one: tiny, random, with a tokenizer."""
    return tiny_bert(tmp_path_factory.mktemp("tiny-bert"))


@pytest.fixture(scope="session")
def tiny(folder):
    """That folder's model, loaded."""
    return load(folder)


@pytest.fixture(scope="session")
def tiny_decoder(tmp_path_factory):
    """A GPT-2 that knows single bytes, from a folder."""
    return load(tiny_gpt2(tmp_path_factory.mktemp("tiny-gpt2")))
