"""One door for every file: what it is, is it read, and by whom."""

from dataclasses import replace

from models.vectors.kinds import kind, named
from models.vectors.numpy_files import read_npy, read_npz
from models.vectors.parquet_files import read_parquet
from models.vectors.safetensors_files import read_safetensors
from models.vectors.table import Bounds, Note, Refused, Table
from models.vectors.text_files import read_text

KINDS = ("csv", "tsv", "parquet", "npy", "npz", "safetensors")


def read(data: bytes, name: str, bounds: Bounds, member: str = "") -> Table:
    """Read vectors from a file's bytes; its content says what it is, and not its name.

    Args:
        data: The file.
        name: Its name, only to say where the content differs.
        bounds: How much is read.
        member: Which array, of a file with several.

    Raises:
        Refused: If it is not read; never anything else, whatever the bytes.

    >>> read(b"1,2\\n3,4", "points.csv", Bounds()).values.shape
    (2, 2)
    """
    if not data:
        raise Refused("empty")
    if len(data) > bounds.size:
        raise Refused("size", {"found": len(data), "most": bounds.size})
    found = kind(data)
    if found == "pickle":
        raise Refused("pickled")
    readers = {
        "text": lambda: read_text(data, bounds),
        "npy": lambda: read_npy(data, bounds),
        "zip": lambda: read_npz(data, bounds, member),
        "parquet": lambda: read_parquet(data, bounds),
        "safetensors": lambda: read_safetensors(data, bounds, member),
    }
    if found not in readers:
        raise Refused("kind", {"found": found})
    table = readers[found]()
    promised = named(name)
    if promised in (None, table.kind) or {promised, table.kind} == {"csv", "tsv"}:
        return table
    return replace(
        table, notes=(*table.notes, Note("other_kind", {"found": table.kind, "said": promised}))
    )
