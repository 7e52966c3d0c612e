"""What a file is, decided by its first bytes and never by its name."""

from pathlib import PurePath

ENDINGS = {
    ".csv": "csv",
    ".txt": "csv",
    ".tsv": "tsv",
    ".tab": "tsv",
    ".parquet": "parquet",
    ".pq": "parquet",
    ".npy": "npy",
    ".npz": "npz",
    ".safetensors": "safetensors",
}
KNOWN = (  # kinds that are read, then kinds that are known and not read
    (b"\x93NUMPY", "npy"),
    (b"PAR1", "parquet"),
    (b"PK\x03\x04", "zip"),
    (b"PK\x05\x06", "zip"),
    (b"ARROW1", "arrow"),
    (b"\x89HDF", "hdf5"),
    (b"\x1f\x8b", "gzip"),
    (b"BZh", "bzip2"),
    (b"\xfd7zXZ", "xz"),
    (b"7z\xbc\xaf", "7z"),
    (b"\x28\xb5\x2f\xfd", "zstd"),
    (b"%PDF", "pdf"),
    (b"\x89PNG", "png"),
    (b"\xff\xd8\xff", "jpeg"),
)


def kind(data: bytes) -> str:
    """Name the kind of a file's content; "text" if it is none of the binary ones.

    >>> kind(b"0.1,0.2"), kind(b"PAR1...")
    ('text', 'parquet')
    """
    for beginning, name in KNOWN:
        if data.startswith(beginning):
            return name
    length = int.from_bytes(data[:8], "little")
    if len(data) > 9 and data[8:9] == b"{" and 2 <= length <= len(data) - 8:
        return "safetensors"
    if len(data) > 2 and data[0] == 0x80 and data[1] <= 5:
        return "pickle"
    return "text"


def named(name: str) -> str | None:
    """Name the kind that a file's name promises, or None if it promises none.

    >>> named("vectors.NPY"), named("vectors")
    ('npy', None)
    """
    return ENDINGS.get(PurePath(name).suffix.lower())
