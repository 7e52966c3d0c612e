"""Uploads are bounded by the server's limit and never touch the disk."""

from copy import deepcopy

from starlette.formparsers import MultiPartParser
from streamlit import config
from streamlit.runtime.uploaded_file_manager import UploadedFile, UploadedFileRec

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


def test_a_run_of_a_page_does_not_copy_the_whole_file():
    routes()
    file = UploadedFile(UploadedFileRec("1", "a.npy", "application/octet-stream", b"abc"), None)
    assert deepcopy({"file": file})["file"] is file
