import pytest
import torch

from models import devices
from models.devices import best_device
from models.loading import load
from models.reading import text_trace


def machine(monkeypatch, *, cuda=False, mps=False):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: cuda)
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda: "Fast 9000")
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: mps)


@pytest.mark.parametrize(
    ("there", "kind", "name"),
    [
        ({}, "cpu", "CPU"),
        ({"mps": True}, "mps", "GPU (Apple)"),
        ({"cuda": True}, "cuda", "GPU (Fast 9000)"),
        ({"cuda": True, "mps": True}, "cuda", "GPU (Fast 9000)"),
    ],
)
def test_the_fastest_device_that_is_there_is_used_and_named(monkeypatch, there, kind, name):
    machine(monkeypatch, **there)
    found = best_device({})
    assert (found.kind, found.name, found.torch) == (kind, name, torch.device(kind))


@pytest.mark.parametrize(("asked", "kind"), [("cpu", "cpu"), (" CPU ", "cpu"), ("mps", "cuda")])
def test_an_operator_may_name_a_device_that_is_there(monkeypatch, asked, kind):
    machine(monkeypatch, cuda=True)
    assert best_device({devices.DEVICE_VARIABLE: asked}).kind == kind


def test_a_model_and_its_inputs_go_to_the_device_and_answers_name_it(monkeypatch, folder):
    """There is no GPU to test on: where tensors are sent is written down, and they stay."""
    sent = []
    stay = torch.Tensor.to

    def noted(tensor, *args, **kwargs):
        if args and args[0] == torch.device("mps"):
            sent.append(tensor.dtype)
            return tensor
        return stay(tensor, *args, **kwargs)

    monkeypatch.setattr(torch.Tensor, "to", noted)
    monkeypatch.setattr(torch.nn.Module, "to", lambda module, place: sent.append(place) or module)
    used = load(folder, device=devices.Device("mps", "GPU (Apple)"))
    (run,) = text_trace(["a fox", "dog"], used=used)
    assert torch.device("mps") in sent
    assert sent.count(torch.int64) == 2  # the ids and the attention mask
    assert run.device == "GPU (Apple)"
    assert {run.hidden.device.type, run.attention.device.type, run.mask.device.type} == {"cpu"}
