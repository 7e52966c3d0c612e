"""Files of the safetensors format: the header is checked, then the library reads."""

import json
from typing import Any

import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.torch import load

from models.vectors.table import Bounds, Refused, Table, as_float32

LONGEST_HEADER = 1_000_000  # bytes
FLOATS = ("F64", "F32", "F16", "BF16")
WHOLE = ("I64", "I32", "I16", "I8", "U8")


def read_safetensors(data: bytes, bounds: Bounds, member: str = "") -> Table:
    """Read one tensor of two axes, and whole numbers beside it as labels.

    Args:
        data: The file.
        bounds: How much is read.
        member: Which tensor; the first of two axes if there is none of that name.

    Raises:
        Refused: For a broken file, or one without a fitting tensor.
    """
    heads = _heads(data)
    matrices = [
        name
        for name, (shape, dtype) in heads.items()
        if len(shape) == 2 and dtype in FLOATS + WHOLE
    ]
    if not matrices:
        found = [f"{name[:30]} {shape} {dtype}" for name, (shape, dtype) in heads.items()]
        raise Refused("no_matrix", {"found": ", ".join(found[:5])})
    chosen = member if member in matrices else matrices[0]
    rows, columns = heads[chosen][0]
    bounds.check(rows=rows, columns=columns)
    try:
        tensors = load(data)
    except (SafetensorError, ValueError, RuntimeError, KeyError) as broken:
        raise Refused("broken", {"kind": "safetensors"}) from broken
    wide = torch.float64 if heads[chosen][1] in ("F64", *WHOLE) else torch.float32
    values = as_float32(tensors[chosen].to(wide).numpy())
    labels = {
        name: tuple(map(str, tensors[name].tolist()))
        for name, (shape, dtype) in heads.items()
        if shape == (rows,) and dtype in WHOLE
    }
    return Table(
        "safetensors", np.array(values), member=chosen, members=tuple(matrices), labels=labels
    )


def _heads(data: bytes) -> dict[str, tuple[tuple[int, ...], str]]:
    """Read every tensor's shape and dtype, and check what the header promises."""
    length = int.from_bytes(data[:8], "little")
    if not 2 <= length <= min(LONGEST_HEADER, len(data) - 8):
        raise Refused("broken", {"kind": "safetensors"})
    try:
        said: Any = json.loads(data[8 : 8 + length])
        heads = {
            str(name): (tuple(int(size) for size in head["shape"]), str(head["dtype"]))
            for name, head in said.items()
            if name != "__metadata__"
        }
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as broken:
        raise Refused("broken", {"kind": "safetensors"}) from broken
    if any(size < 0 for shape, _ in heads.values() for size in shape):
        raise Refused("broken", {"kind": "safetensors"})
    return heads
