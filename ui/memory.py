"""How much memory this process holds, and giving back what it no longer uses."""

import ctypes
from pathlib import Path

STATUS = "/proc/{}/statm"
PAGE_BYTES = 4096
MMAP_THRESHOLD, ARENAS = -3, -8  # of mallopt, in glibc's malloc.h
LARGE = 256 * 1024  # bytes from which on an array has memory of its own, given back when it goes
MOST_ARENAS = 2  # each thread of a visitor would otherwise leave a heap of its own behind


def resident(process: int | str = "self") -> float:
    """Return the memory a process holds, in MB; 0 where the system does not say."""
    try:
        pages = int(Path(STATUS.format(process)).read_text().split()[1])
    except (OSError, ValueError, IndexError):
        return 0.0
    return pages * PAGE_BYTES / 1e6


def hold_little() -> bool:
    """Ask the C library not to hoard memory; return whether it is one that can be asked."""
    ask = getattr(_c_library(), "mallopt", None)
    if ask is None:
        return False
    return bool(ask(ARENAS, MOST_ARENAS) and ask(MMAP_THRESHOLD, LARGE))


def give_back() -> bool:
    """Return to the system what was freed; tell whether this C library can."""
    trim = getattr(_c_library(), "malloc_trim", None)
    if trim is None:
        return False
    trim(0)
    return True


def _c_library() -> ctypes.CDLL | None:
    try:
        return ctypes.CDLL(None)
    except (OSError, TypeError):  # Windows
        return None
