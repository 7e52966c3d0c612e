"""Where a model runs: a GPU or an Apple GPU if there is one, the CPU otherwise."""

import os
from collections.abc import Mapping
from dataclasses import dataclass

import torch

DEVICE_VARIABLE = "CONTRANORM_DEVICE"
KINDS = ("cuda", "mps", "cpu")  # the first that is there is used


@dataclass(frozen=True)
class Device:
    """What torch calls the device, and what a person calls it.

    >>> Device("cpu", "CPU").torch
    device(type='cpu')
    """

    kind: str
    name: str

    @property
    def torch(self) -> torch.device:
        """The device as torch takes it."""
        return torch.device(self.kind)


def best_device(environment: Mapping[str, str] = os.environ) -> Device:
    """Choose the fastest device of this machine, or the one named in CONTRANORM_DEVICE.

    A device that is named but not there, and a name that is none, leave the choice as it is.

    >>> best_device({"CONTRANORM_DEVICE": "cpu"}).name
    'CPU'
    """
    present = [kind for kind in KINDS if _present(kind)]
    asked = environment.get(DEVICE_VARIABLE, "").strip().lower()
    kind = asked if asked in present else present[0]
    return Device(kind, _name(kind))


def _present(kind: str) -> bool:
    if kind == "cuda":
        return torch.cuda.is_available()
    if kind == "mps":
        return torch.backends.mps.is_available()
    return True


def _name(kind: str) -> str:
    if kind == "cuda":
        return f"GPU ({torch.cuda.get_device_name()})"
    return "GPU (Apple)" if kind == "mps" else "CPU"
