"""A Hugging Face Hub of one's own, on this machine alone: the few answers that the lab asks for."""

import hashlib
import json
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote, urlsplit

COMMIT = "0123456789abcdef0123456789abcdef01234567"


@dataclass
class Repository:
    """What the Hub has of one model; `sizes` are lies about its files."""

    files: dict[str, bytes]
    gated: bool = False
    licence: str = "mit"
    sizes: dict[str, int] = field(default_factory=dict)


@dataclass
class FakeHub:
    """Its models, what it was asked for, and a gate that holds back weights while it is shut."""

    repositories: dict[str, Repository] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    gate: threading.Event = field(default_factory=threading.Event)
    address: str = ""

    def add(self, name, folder, **settings):
        files = {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}
        self.repositories[name] = Repository(files, **settings)
        return self.repositories[name]

    def weights_asked_for(self):
        return [path for path in self.asked if path.endswith(".safetensors")]


class Handler(BaseHTTPRequestHandler):
    hub: FakeHub
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    def do_HEAD(self):
        self.answer()

    def do_GET(self):
        self.answer()

    def answer(self):
        path = unquote(urlsplit(self.path).path)
        if self.headers.get("Authorization"):
            return self.refuse(400, "TokenWasSent")
        if path.startswith("/api/models/"):
            return self.describe(*path.removeprefix("/api/models/").partition("/revision/"))
        name, _, rest = path.strip("/").partition("/resolve/")
        revision, _, file = rest.partition("/")
        if name not in self.hub.repositories or revision != COMMIT:
            return self.refuse(404, "RepoNotFound")
        if file not in self.hub.repositories[name].files:
            return self.refuse(404, "EntryNotFound")
        self.hub.asked.append(path)
        return self.send(self.hub.repositories[name].files[file], file)

    def describe(self, name, _, revision):
        if name not in self.hub.repositories:
            return self.refuse(401, "RepoNotFound")
        if revision not in ("", "main", COMMIT):
            return self.refuse(404, "RevisionNotFound")
        found = self.hub.repositories[name]
        siblings = [
            {"rfilename": file, "size": found.sizes.get(file, len(content)), "blobId": "0"}
            for file, content in found.files.items()
        ]
        said = {
            "id": name,
            "modelId": name,
            "sha": COMMIT,
            "private": False,
            "gated": "manual" if found.gated else False,
            "cardData": {"license": found.licence},
            "siblings": siblings,
            "tags": [],
        }
        return self.send(json.dumps(said).encode())

    def refuse(self, status, code):
        self.send_response(status)
        self.send_header("X-Error-Code", code)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def send(self, content, file=""):
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("ETag", f'"{hashlib.sha1(content).hexdigest()}"')
        self.send_header("X-Repo-Commit", COMMIT)
        self.end_headers()
        if self.command == "HEAD":
            return
        half = len(content) // 2 if file.endswith(".safetensors") else len(content)
        try:
            self.wfile.write(content[:half])
            self.wfile.flush()
            if half < len(content):
                self.hub.gate.wait(20)
            self.wfile.write(content[half:])
        except OSError:  # the other side went away
            self.close_connection = True


@contextmanager
def fake_hub():
    """Run it on a free port of this machine; the gate is open."""
    hub = FakeHub()
    hub.gate.set()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Bound", (Handler,), {"hub": hub}))
    server.daemon_threads = True
    hub.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield hub
    finally:
        hub.gate.set()
        server.shutdown()
        server.server_close()
        thread.join()
