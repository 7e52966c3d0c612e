"""Where and how precisely decompositions are computed."""

from jaxtyping import Float
from torch import Tensor


def in_float64(h: Float[Tensor, "*shape"]) -> Float[Tensor, "*shape"]:
    """Give the same numbers in float64, on the CPU if the device has no float64 (MPS).

    >>> import torch
    >>> in_float64(torch.ones(2)).dtype
    torch.float64
    """
    return (h.cpu() if h.device.type == "mps" else h).double()
