"""Uploads are bounded by the server's limit and never touch the disk."""

from starlette.formparsers import MultiPartParser
from streamlit import config

from ui.serving import routes


def test_the_servers_limit_is_streamlits_and_files_stay_in_memory(monkeypatch):
    before = config.get_option("server.maxUploadSize"), MultiPartParser.spool_max_size
    monkeypatch.setenv("CONTRANORM_UPLOAD", "7")
    try:
        routes()
        assert config.get_option("server.maxUploadSize") == 7
        assert MultiPartParser.spool_max_size > 7_000_000
    finally:
        config.set_option("server.maxUploadSize", before[0])
        MultiPartParser.spool_max_size = before[1]
