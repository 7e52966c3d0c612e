"""NumPy's .npy and .npz, read without `np.load`: a header that is checked, and plain numbers."""

import io
import struct
import zipfile
import zlib
from dataclasses import replace
from typing import Any

import numpy as np

from models.vectors.table import Bounds, Refused, Table, as_float32

LONGEST_HEADER = 10_000  # bytes; NumPy's own limit for a header that is not trusted
MOST_MEMBERS = 100
LONGEST_DIRECTORY = 100_000  # bytes of a zip file's list of members
END_RECORD = b"PK\x05\x06"
ZIP64_LOCATOR = b"PK\x06\x07"
NUMBERS = "fiu"


def read_npy(data: bytes, bounds: Bounds) -> Table:
    """Read an array of two axes.

    Raises:
        Refused: For a pickled or broken file, or an array of the wrong shape or kind.

    >>> stream = io.BytesIO()
    >>> np.save(stream, np.eye(2))
    >>> read_npy(stream.getvalue(), Bounds()).values.tolist()
    [[1.0, 0.0], [0.0, 1.0]]
    """
    shape, order, dtype, start = header(data)
    require_matrix(shape, dtype.kind, str(dtype), bounds)
    return Table("npy", as_float32(_numbers(data, shape, order, dtype, start)))


def read_npz(data: bytes, bounds: Bounds, member: str = "") -> Table:
    """Read one array of two axes from an archive, and labels beside it.

    Every member's declared size is checked against its own header before it is unpacked, and no
    more is unpacked than was declared.

    Args:
        data: The file.
        bounds: How much is read.
        member: Which array; the first of two axes if there is none of that name.

    Raises:
        Refused: For an archive or a member that is not what it should be.
    """
    require_small_directory(data)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return _from_archive(archive, bounds, member)
    except Refused:
        raise
    except (zipfile.BadZipFile, zlib.error, OSError, EOFError, struct.error) as broken:
        raise Refused("broken", {"kind": "npz"}) from broken
    except (NotImplementedError, RuntimeError, ValueError, KeyError, OverflowError) as strange:
        raise Refused("broken", {"kind": "npz"}) from strange


def header(data: bytes) -> tuple[tuple[int, ...], bool, np.dtype[Any], int]:
    """Read an array's header: shape, whether it is in Fortran order, dtype, where numbers start.

    Raises:
        Refused: If it holds objects (a pickle), or cannot be read.
    """
    stream = io.BytesIO(data[: LONGEST_HEADER + 64])
    try:
        version = np.lib.format.read_magic(stream)
        reader = {
            (1, 0): np.lib.format.read_array_header_1_0,
            (2, 0): np.lib.format.read_array_header_2_0,
        }[version]
        shape, order, dtype = reader(stream, max_header_size=LONGEST_HEADER)
    except Exception as broken:  # NumPy evaluates the header's literal; anything may come of it
        raise Refused("broken", {"kind": "npy"}) from broken
    if dtype.hasobject:
        raise Refused("pickled")
    if any(isinstance(size, bool) or size < 0 for size in shape):
        raise Refused("broken", {"kind": "npy"})
    return shape, order, dtype, stream.tell()


def require_matrix(shape: tuple[int, ...], kind: str, dtype: str, bounds: Bounds) -> None:
    """Refuse anything but real numbers with two axes within the bounds."""
    if kind not in NUMBERS:
        raise Refused("dtype", {"found": dtype[:60]})
    if len(shape) != 2:
        raise Refused("axes", {"found": len(shape), "shape": " × ".join(map(str, shape[:6]))})
    bounds.check(rows=shape[0], columns=shape[1])


def require_small_directory(data: bytes) -> None:
    """Refuse an archive whose list of members is long, before it is read.

    Raises:
        Refused: For more than a hundred members' worth of list, or no list at all.
    """
    tail = data[-65_557:]
    at = tail.rfind(END_RECORD)
    if at < 0 or len(tail) < at + 22:
        raise Refused("broken", {"kind": "npz"})
    count, size = struct.unpack("<HL", tail[at + 10 : at + 16])
    if count > MOST_MEMBERS or size > LONGEST_DIRECTORY or ZIP64_LOCATOR in tail[:at][-20:]:
        raise Refused("members", {"most": MOST_MEMBERS})


def _from_archive(archive: zipfile.ZipFile, bounds: Bounds, member: str) -> Table:
    infos = archive.infolist()
    if len(infos) > MOST_MEMBERS:
        raise Refused("members", {"most": MOST_MEMBERS})
    _require_arrays(archive)
    heads = {info.filename[:-4]: _head(archive, info) for info in infos}
    matrices = [name for name, (shape, dtype) in heads.items() if _is_matrix(shape, dtype)]
    if not matrices:
        raise Refused("no_matrix", {"found": ", ".join(_described(heads))})
    chosen = member if member in matrices else matrices[0]
    shape, dtype = heads[chosen]
    require_matrix(shape, dtype.kind, str(dtype), bounds)
    table = read_npy(_unpacked(archive, chosen, bounds), bounds)
    labels = {
        name: _labels(_unpacked(archive, name, bounds))
        for name, (other, kind) in heads.items()
        if other == shape[:1] and kind.kind in "iuUb" and kind.itemsize <= 800
    }
    return replace(table, kind="npz", member=chosen, members=tuple(matrices), labels=labels)


def _require_arrays(archive: zipfile.ZipFile) -> None:
    names = archive.namelist()
    if any(name.endswith((".pkl", ".pickle")) for name in names):
        raise Refused("pickled")
    if any(name.startswith(("xl/", "[Content_Types]", "word/")) for name in names):
        raise Refused("spreadsheet")
    if not names or len(set(names)) < len(names):
        raise Refused("broken", {"kind": "npz"})
    strange = [name for name in names if not name.endswith(".npy")]
    if strange:
        raise Refused("archive", {"found": strange[0][:60]})


def _head(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> tuple[tuple[int, ...], np.dtype[Any]]:
    """Read a member's header, and check that its numbers are as many as it declares."""
    if info.flag_bits & 1 or info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise Refused("archive", {"found": info.filename[:60]})
    with archive.open(info) as stream:
        shape, _, dtype, start = header(stream.read(LONGEST_HEADER + 64))
    if start + _count(shape) * dtype.itemsize != info.file_size:
        raise Refused("broken", {"kind": "npz"})
    return shape, dtype


def _unpacked(archive: zipfile.ZipFile, name: str, bounds: Bounds) -> bytes:
    info = archive.getinfo(name + ".npy")
    if info.file_size > bounds.size:
        raise Refused("unpacked", {"found": info.file_size, "most": bounds.size})
    with archive.open(info) as stream:
        return stream.read(info.file_size)


def _numbers(
    data: bytes, shape: tuple[int, ...], fortran: bool, dtype: np.dtype[Any], start: int
) -> np.ndarray:
    count = _count(shape)
    if len(data) - start < count * dtype.itemsize:
        raise Refused("broken", {"kind": "npy"})
    flat = np.frombuffer(data, dtype, count, start)
    return flat.reshape(shape, order="F" if fortran else "C")


def _labels(data: bytes) -> tuple[str, ...]:
    shape, order, dtype, start = header(data)
    return tuple(str(cell) for cell in _numbers(data, shape, order, dtype, start).tolist())


def _count(shape: tuple[int, ...]) -> int:
    count = 1
    for size in shape:
        count *= size
    return count


def _is_matrix(shape: tuple[int, ...], dtype: np.dtype[Any]) -> bool:
    return len(shape) == 2 and dtype.kind in NUMBERS


def _described(heads: dict[str, tuple[tuple[int, ...], np.dtype[Any]]]) -> list[str]:
    return [f"{name[:30]} {shape} {str(dtype)[:20]}" for name, (shape, dtype) in heads.items()][:5]
