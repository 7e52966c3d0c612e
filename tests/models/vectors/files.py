"""Files made in memory, sound and hostile, for the tests of the readers."""

import io
import json
import pickle
import struct
import zipfile

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from safetensors.numpy import save

VALUES = np.array([[1.5, -2.0, 3.25], [0.0, 4.0, 5.5], [7.0, 8.0, -9.0]], dtype=np.float32)
LABELS = ("cat", "dog", "cat")


def npy(array, **options):
    stream = io.BytesIO()
    np.save(stream, array, **options)
    return stream.getvalue()


def npy_with_header(text, body=b""):
    """An .npy whose header says anything at all."""
    header = text.encode("latin-1") + b"\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header + body


def npz(**arrays):
    stream = io.BytesIO()
    np.savez_compressed(stream, **arrays)
    return stream.getvalue()


def archive(members, compression=zipfile.ZIP_DEFLATED):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", compression) as file:
        for name, content in members.items():
            file.writestr(name, content)
    return stream.getvalue()


def bomb(rows=1_000_000, columns=2_000):
    """An archive of some megabytes that says it unpacks to gigabytes of zeros."""
    header = f"{{'descr': '<f4', 'fortran_order': False, 'shape': ({rows}, {columns}), }}"
    return archive({"a.npy": npy_with_header(header, bytes(50_000_000))})


def parquet(**columns):
    stream = io.BytesIO()
    pq.write_table(pa.table(columns), stream)
    return stream.getvalue()


def safetensors(**arrays):
    return save(arrays)


def safetensors_with_header(header, body=b""):
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return len(text).to_bytes(8, "little") + text + body


class Harmful:
    """Something that leaves a mark when it is unpickled."""

    loaded = False

    def __reduce__(self):
        return (_mark, ())


def _mark():
    Harmful.loaded = True
    return 0


def pickled_npy():
    return npy(np.array([[Harmful(), 1], [2, 3]], dtype=object), allow_pickle=True)


def pickled():
    return pickle.dumps([[1.0, 2.0]])
