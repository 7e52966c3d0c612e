"""The first picture of a visit, drawn before Streamlit's frontend has started.

A page of Streamlit shows nothing until its frontend is loaded, has connected and has had its
script run; and the engine needs torch. So the main page's HTML asks for what its live part will
begin with, and a script of ours draws it in the place where the page will have it, and hands it
over. The engine's own bytes for the main page as it is are kept on the disk for the next start,
under a digest of all that they come from, and each start computes them anew and compares.
"""

import hashlib
import html
import os
import platform
import tempfile
import threading
from collections.abc import Mapping
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path

import anyio
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ui.components.live import static_version
from ui.compute import Crowded
from ui.folder import made
from ui.limits import limit
from ui.text import words

FILE = "first.picture"
ROOT = Path(__file__).parent.parent
SOURCES = ("contranorm", "models", "ui", "text")  # folders of all that decides about the numbers
LIBRARIES = ("numpy", "torch", "scipy", "scikit-learn")
DIGEST = 16  # bytes
MOST_PARAMETERS = 64
FRAME = ("embed", "embed_options")  # parameters of Streamlit's own
CONDITIONS = (b"if-none-match", b"if-modified-since", b"accept-encoding")
OUTDATED = (b"etag", b"last-modified", b"content-length")

sent = threading.Event()  # set once the first picture is on its way to somebody
_at_hand: bytes | None = None


async def opening(request: Request) -> Response:
    """Answer what the main page's live part begins with for the parameters asked."""
    asked = {name: value for name, value in request.query_params.items() if name not in FRAME}
    if len(request.url.query) > limit("question") or len(asked) > MOST_PARAMETERS:
        return Response(status_code=414)
    message = _at_hand if not asked else None
    if message is None:
        message = await anyio.to_thread.run_sync(_computed, asked)
    sent.set()
    if message is None:
        return Response(status_code=503)
    return Response(message, media_type="application/octet-stream")


def _computed(asked: Mapping[str, str]) -> bytes | None:
    """Compute an opening; None if the page itself has to say why there is none."""
    from models.unavailable import ModelUnavailable
    from ui.watch import opening as computed

    with suppress(Crowded, ModelUnavailable):
        return computed(asked)
    return None


def recall() -> bool:
    """Take the last start's first picture from the disk; return whether there was a fitting one."""
    global _at_hand
    with suppress(OSError):
        kept = (made() / FILE).read_bytes()
        message = kept[2 * DIGEST :]
        if kept[: 2 * DIGEST] == _fingerprint() + _digest(message):
            _at_hand = message
    return _at_hand is not None


def settle() -> None:
    """Compute the first picture; keep it for whoever comes, and for the next start."""
    global _at_hand
    message = _computed({})
    if message is None or message == _at_hand:
        return
    _at_hand = message
    with suppress(OSError):  # a full or a locked disk: the next start computes it again
        _write(made() / FILE, _fingerprint() + _digest(message) + message)


def _write(place: Path, content: bytes) -> None:
    handle, name = tempfile.mkstemp(dir=place.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        Path(name).replace(place)
    except OSError:
        Path(name).unlink(missing_ok=True)
        raise


def _digest(content: bytes) -> bytes:
    return hashlib.blake2b(content, digest_size=DIGEST).digest()


def _fingerprint() -> bytes:
    """Digest everything the first picture comes from: sources, words, libraries, settings."""
    files = (file for name in SOURCES for file in (ROOT / name).rglob("*"))
    told = [
        *(file.read_bytes() for file in sorted(files) if file.suffix in (".py", ".yaml")),
        *(f"{name} {version(name)}".encode() for name in LIBRARIES),
        f"{platform.machine()} {platform.python_version()}".encode(),
        *(
            f"{name}={value}".encode()
            for name, value in sorted(os.environ.items())
            if name.startswith("CONTRANORM_")
        ),
    ]
    return _digest(b"".join(map(_digest, told)))


class FirstPicture:
    """Put into the main page's HTML what asks for its first picture and draws it."""

    def __init__(self, app: ASGIApp, paths: tuple[str, ...] = ("/",)) -> None:
        """Stand before an application whose main page has these paths."""
        self.app, self.paths = app, paths

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer the main page with the addition, and pass everything else on."""
        asked = scope["type"] == "http" and scope["method"] == "GET"
        if not asked or scope["path"] not in self.paths:
            await self.app(scope, receive, send)
            return
        plain = [(name, value) for name, value in scope["headers"] if name not in CONDITIONS]
        messages: list[Message] = []

        async def collect(message: Message) -> None:
            messages.append(message)

        await self.app({**scope, "headers": plain}, receive, collect)
        start = messages[0]
        body = b"".join(message.get("body", b"") for message in messages[1:])
        if start["status"] == 200:
            body = _with_addition(body)
        kept = [(name, value) for name, value in start["headers"] if name.lower() not in OUTDATED]
        kept.append((b"content-length", str(len(body)).encode()))
        if b">" not in scope["query_string"]:
            address = b"api/first" + (
                b"?" + scope["query_string"] if scope["query_string"] else b""
            )
            kept.append((b"link", b"<" + address + b">; rel=preload; as=fetch; crossorigin"))
        await send({**start, "headers": kept})
        await send({"type": "http.response.body", "body": body})


def _with_addition(page: bytes) -> bytes:
    """Write the addition into a page, at the start of its body."""
    folder, query = "app/static/live", f"?v={static_version()}"
    title, question = (html.escape(words("watch")(name)) for name in ("title", "question"))
    addition = (
        '\n<script>window.firstPicture = fetch("api/first" + location.search)</script>'
        f'\n<link id="live-style" rel="stylesheet" href="{folder}/live.css{query}">'
        f'\n<div id="first" hidden><p class="first-title">{title}</p><p><b>{question}</b></p>'
        '<div class="first-waiting"></div></div>'
        f'\n<script type="module" async src="{folder}/first.js{query}"></script>'
    )
    return page.replace(b"<body>", b"<body>" + addition.encode(), 1)
