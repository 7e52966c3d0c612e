"""How large an upload may be, and that it stays in memory while it arrives."""

from starlette.formparsers import MultiPartParser
from streamlit import config

from ui.limits import limit

MEGABYTE = 1_000_000


def settle() -> None:
    """Let the server take files up to the limit, and keep them off the disk.

    Streamlit refuses what is larger while it arrives; Starlette would put parts of more than a
    megabyte into a temporary file.
    """
    config.set_option("server.maxUploadSize", limit("upload"))
    MultiPartParser.spool_max_size = (limit("upload") + 1) * MEGABYTE
