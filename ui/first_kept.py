"""The first picture, kept from one start of the server to the next.

It is the engine's own bytes for the main page as it is, under a digest of all that they come
from. A start takes them without torch, and computes them anew as soon as it is warm.
"""

import hashlib
import os
import platform
import tempfile
from collections.abc import Callable
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path

from ui.folder import FOLDER, made

FILE = "first.picture"
ROOT = Path(__file__).parent.parent
SOURCES = ("contranorm", "models", "ui", "text")  # folders of all that decides about the numbers
LIBRARIES = ("numpy", "torch", "scipy", "scikit-learn")
DIGEST = 16  # bytes

_at_hand: bytes | None = None
_origin = b""  # the digest of what this server was started with


def at_hand() -> bytes | None:
    """Return the first picture, if it is there."""
    return _at_hand


def recall() -> bool:
    """Take the first picture from the disk, and return whether there was a fitting one.

    It lies in this server's own folder, or beside the sources where an image was built with it.
    """
    global _at_hand, _origin
    _origin = _fingerprint()
    for folder in (made, lambda: ROOT):
        with suppress(OSError):
            kept = (folder() / FILE).read_bytes()
            message = kept[2 * DIGEST :]
            if kept[: 2 * DIGEST] == _origin + _digest(message):
                _at_hand = message
    return _at_hand is not None


def settle(compute: Callable[[], bytes | None]) -> None:
    """Compute the first picture; keep it for whoever comes, and for the next start."""
    global _at_hand
    message = compute()
    if message is None or message == _at_hand:
        return
    _at_hand = message
    with suppress(OSError):  # a full or a locked disk: the next start computes it again
        _write(made() / FILE, (_origin or _fingerprint()) + _digest(message) + message)


def _write(place: Path, content: bytes) -> None:
    handle, name = tempfile.mkstemp(dir=place.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        Path(name).chmod(0o644)
        Path(name).replace(place)
    except OSError:
        Path(name).unlink(missing_ok=True)
        raise


def _digest(content: bytes) -> bytes:
    return hashlib.blake2b(content, digest_size=DIGEST).digest()


def _fingerprint() -> bytes:
    """Digest everything the first picture comes from: sources, words, libraries, settings."""
    files = sorted(file for name in SOURCES for file in (ROOT / name).rglob("*"))
    told = [
        *(
            file.relative_to(ROOT).as_posix().encode() + b"\n" + file.read_bytes()
            for file in files
            if file.suffix in (".py", ".yaml")
        ),
        *(f"{name} {version(name)}".encode() for name in LIBRARIES),
        f"{platform.machine()} {platform.python_version()}".encode(),
        *(
            f"{name}={value}".encode()
            for name, value in sorted(os.environ.items())
            if name.startswith("CONTRANORM_") and name != FOLDER
        ),
    ]
    return _digest(b"".join(map(_digest, told)))
