"""The folder that a server keeps on the disk what outlives it: runs, and the first picture."""

import os
import tempfile
from pathlib import Path

FOLDER = "CONTRANORM_RUNS"  # names it; a folder of the system's temporary one else


class NotOwn(OSError):  # noqa: N818 - it states what was found
    """The folder is another user's, who could put anything there."""


def root() -> Path:
    """Give the folder, whether it is there or not; only this server's user may look into it."""
    named = os.environ.get(FOLDER)
    if named:
        return Path(named)
    user = os.getuid() if hasattr(os, "getuid") else "user"
    return Path(tempfile.gettempdir()) / f"contranorm-runs-{user}"


def made() -> Path:
    """Make the folder if it is not there, and return it.

    Raises:
        NotOwn: If it belongs to another user.
        OSError: If it cannot be made.
    """
    place = root()
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    if hasattr(os, "getuid") and place.stat().st_uid != os.getuid():
        raise NotOwn
    return place
