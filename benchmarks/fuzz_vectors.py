"""Fuzz the readers of vectors: `python -m benchmarks.fuzz_vectors KIND [FOLDER] [-runs=N]`.

KIND is csv, parquet, npy, npz or safetensors. Needs `pip install atheris` (Linux), which nothing
else here does. Whatever is not a table or a `Refused` ends the run; the input is written to the
working folder, and belongs into tests/models/vectors/corpus once it is mended.
"""

import contextlib
import sys

import atheris

with atheris.instrument_imports(include=["models.vectors"]):
    from models.vectors.reading import read
    from models.vectors.table import Bounds, Refused

BOUNDS = Bounds(size=1_000_000, rows=500, columns=60)
MAGIC = {
    "npy": b"\x93NUMPY\x01\x00",
    "npz": b"PK\x03\x04",
    "parquet": b"PAR1",
    "safetensors": b"",
    "csv": b"",
}


def main() -> None:
    """Fuzz one kind."""
    kind = sys.argv.pop(1)

    def one(data: bytes) -> None:
        start = MAGIC[kind]
        with contextlib.suppress(Refused):
            read(data if data.startswith(start) else start + data, f"x.{kind}", BOUNDS)

    atheris.Setup(sys.argv, one)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
