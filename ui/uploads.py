"""How large an upload may be, and that it stays in memory, once, while it arrives and after."""

from typing import Any

from starlette.formparsers import MultiPartParser
from streamlit import config
from streamlit.runtime.uploaded_file_manager import UploadedFile

from ui.limits import limit

MEGABYTE = 1_000_000


def settle() -> None:
    """Let the server take files up to the limit, and keep them off the disk.

    Streamlit refuses what is larger while it arrives; Starlette would put parts of more than a
    megabyte into a temporary file. Streamlit would also copy the whole file in every run of a
    page, to be safe from pages that write into it, and nobody else is served meanwhile: 60 ms for
    60 MB. No page here writes into one.
    """
    config.set_option("server.maxUploadSize", limit("upload"))
    MultiPartParser.spool_max_size = (limit("upload") + 1) * MEGABYTE
    UploadedFile.__deepcopy__ = _itself  # type: ignore[attr-defined]


def _itself(file: UploadedFile, memo: dict[int, Any]) -> UploadedFile:
    return file
