"""The app's own routes, and static files that are compressed once instead of per request."""

import gzip
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import anyio
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit.config import get_option
from streamlit.file_util import get_static_dir

from ui import counters, first, uploads, warm
from ui.components.live import static_version
from ui.stream import live_routes

KINDS = (".js", ".mjs", ".css", ".svg", ".json")
LARGEST = 8_000_000  # bytes of a file that is kept
FILES_KEPT = 600
MODULES = ("main", "wire", "stream", "charts", "sliders", "controls", "selection", "focus")
OWN = (  # what every page with charts needs, asked for before Streamlit has started
    "plotly/plotly-cartesian.min.js",
    *(f"live/{name}.js" for name in MODULES),
)
DRAWING = "BidiComponent"  # Streamlit's own script that mounts components
IMPORTED = re.compile(r'(?:from|import)\s*"\./([\w.-]+\.js)"')
LEVEL = 6


def routes() -> list[BaseRoute]:
    """Return every route of the app's own, and under Streamlit's path prefix once more.

    A proxy may pass the prefix on, or take it away.
    """
    uploads.settle()
    found, opening = live_routes(warm.sources, _prefixes()), first.Opening()
    for before in _prefixes():
        found += [
            Route(f"{before}/api/first", opening.answer),
            Route(f"{before}/api/health", _health),
            Route(f"{before}/api/ready", _ready),
            Route(f"{before}/api/metrics", _metrics),
        ]
    return found


def middleware() -> list[Middleware]:
    """Return what stands before Streamlit's own middleware."""
    main_page = tuple(f"{before}{end}" for before in _prefixes() for end in ("", "/"))
    return [
        Middleware(CompressedOnce),
        Middleware(AskedForEarly),
        Middleware(first.FirstPicture, paths=main_page),
    ]


def _prefixes() -> list[str]:
    prefix = str(get_option("server.baseUrlPath") or "").strip("/")
    return ["", f"/{prefix}"] if prefix else [""]


async def _health(request: Request) -> Response:
    return JSONResponse({"status": "alive"})


async def _ready(request: Request) -> Response:
    state = warm.state()
    return JSONResponse(state, status_code=200 if state["warm"] else 503)


async def _metrics(request: Request) -> Response:
    return Response(counters.exposition(), media_type=counters.MEDIA_TYPE)


class CompressedOnce:
    """Keep the compressed form of static files, which do not change while the app runs."""

    def __init__(self, app: ASGIApp) -> None:
        """Stand before an application."""
        self.app = app
        self.files: dict[str, tuple[Message, bytes]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer from memory, or pass on and remember."""
        if not self._concerns(scope):
            await self.app(scope, receive, send)
            return
        path = scope["path"]
        if path not in self.files:
            start, body = await self._fetched(scope, receive)
            if not self._worth(start, body):
                await send(start)
                await send({"type": "http.response.body", "body": body})
                return
            packed = await anyio.to_thread.run_sync(gzip.compress, body, LEVEL)
            self.files[path] = (_with_length(start, len(packed)), packed)
        start, packed = self.files[path]
        await send(start)
        await send({"type": "http.response.body", "body": packed})

    def _concerns(self, scope: Scope) -> bool:
        if scope["type"] != "http" or scope["method"] != "GET":
            return False
        headers = dict(scope["headers"])
        return (
            scope["path"].endswith(KINDS)
            and "/static/" in scope["path"]
            and b"gzip" in headers.get(b"accept-encoding", b"")
            and b"range" not in headers
            and b"if-none-match" not in headers
            and b"if-modified-since" not in headers
        )

    async def _fetched(self, scope: Scope, receive: Receive) -> tuple[Message, bytes]:
        plain = [(name, value) for name, value in scope["headers"] if name != b"accept-encoding"]
        messages: list[Message] = []

        async def collect(message: Message) -> None:
            messages.append(message)

        await self.app({**scope, "headers": plain}, receive, collect)
        return messages[0], b"".join(message.get("body", b"") for message in messages[1:])

    def _worth(self, start: Message, body: bytes) -> bool:
        names: Any = dict(start["headers"])
        return (
            start["status"] == 200
            and b"content-encoding" not in names
            and 0 < len(body) <= LARGEST
            and len(self.files) < FILES_KEPT
        )


class AskedForEarly:
    """Tell the browser, with the page itself, which scripts the charts will need."""

    def __init__(self, app: ASGIApp) -> None:
        """Stand before an application."""
        self.app = app
        scripts = [*(f"app/static/{name}?v={static_version()}" for name in OWN), *_chunks(DRAWING)]
        self.links = ", ".join(map(_link, scripts)).encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Add a Link header to every HTML page."""

        async def linked(message: Message) -> None:
            if message["type"] == "http.response.start":
                kind = dict(message["headers"]).get(b"content-type", b"")
                if kind.startswith(b"text/html"):
                    message = {**message, "headers": [*message["headers"], (b"link", self.links)]}
            await send(message)

        await self.app(scope, receive, linked if scope["type"] == "http" else send)


def _link(script: str) -> str:
    classic = "/plotly/" in script
    return f"<{script}>; rel={'preload; as=script' if classic else 'modulepreload'}"


def _chunks(name: str) -> list[str]:
    """Find the part of Streamlit's frontend of this name, and what it needs beyond the start.

    A browser asks for such a part only when the first element of its kind has arrived, and then
    for what that imports: two more ways to the server before anything is drawn.
    """
    static = Path(get_static_dir())
    files = {file.name: file for file in (static / "static" / "js").glob("*.js")}

    def with_imports(names: Iterable[str]) -> set[str]:
        found: set[str] = set()
        left = [name for name in names if name in files]
        while left:
            name = left.pop()
            if name not in found:
                found.add(name)
                left += IMPORTED.findall(files[name].read_text(encoding="utf-8"))
        return found

    page = (static / "index.html").read_text(encoding="utf-8")
    start = with_imports(re.findall(r"[\w.-]+\.js", page))
    own = with_imports(file for file in files if file.partition(".")[0] == name)
    return [f"static/js/{file}" for file in sorted(own - start)]


def _with_length(start: Message, length: int) -> Message:
    replaced = (b"content-length", b"vary", b"accept-ranges")
    kept = [(name, value) for name, value in start["headers"] if name.lower() not in replaced]
    added = [
        (b"content-encoding", b"gzip"),
        (b"content-length", str(length).encode()),
        (b"vary", b"Accept-Encoding"),
    ]
    return {**start, "headers": kept + added}
