"""The first picture of a visit, drawn before Streamlit's frontend has started.

A page of Streamlit shows nothing until its frontend is loaded, has connected and has had its
script run; and the engine needs torch. So the main page's HTML asks for what its live part will
begin with, and a script of ours draws it in the place where the page will have it, and hands it
over.
"""

import gzip
import html
import threading
from collections.abc import Mapping
from contextlib import suppress

import anyio
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ui.components.live import static_version
from ui.compute import Crowded, at_once
from ui.first_kept import at_hand
from ui.limits import limit
from ui.stream import MOST_PARAMETERS
from ui.text import words

MOST_WAITING = 16  # requests; whoever comes then sees the page when Streamlit has it
LONGEST_LINK = 500  # characters of a query that a header repeats; a proxy gives 4 kB to all headers
FRAME = ("embed", "embed_options")  # parameters of Streamlit's own
CONDITIONS = (b"if-none-match", b"if-modified-since", b"accept-encoding")
OUTDATED = (b"etag", b"last-modified", b"content-length")

sent = threading.Event()  # set once the first picture is on its way to somebody


class Opening:
    """The route's endpoint: what the main page's live part begins with, for any parameters."""

    def __init__(self) -> None:
        """Let few compute at once, so that others' files find a thread."""
        self.limiter: anyio.CapacityLimiter | None = None
        self.asking = 0  # requests that compute or wait

    async def answer(self, request: Request) -> Response:
        """Answer one visitor, or let the page itself say why there is nothing."""
        asked = {name: value for name, value in request.query_params.items() if name not in FRAME}
        if len(request.url.query) > limit("question") or len(asked) > MOST_PARAMETERS:
            return Response(status_code=414)
        message = at_hand() if not asked else None
        if message is None and self.asking < at_once() + MOST_WAITING:
            message = await self._computed(asked)
        sent.set()
        if message is None:
            return Response(status_code=503)
        return Response(message, media_type="application/octet-stream")

    async def _computed(self, asked: Mapping[str, str]) -> bytes | None:
        self.limiter = self.limiter or anyio.CapacityLimiter(at_once())
        self.asking += 1
        try:
            return await anyio.to_thread.run_sync(computed, asked, limiter=self.limiter)
        finally:
            self.asking -= 1


def computed(asked: Mapping[str, str]) -> bytes | None:
    """Compute an opening; None if the page itself has to say why there is none."""
    from models.unavailable import ModelUnavailable
    from ui.watch import opening

    with suppress(Crowded, ModelUnavailable):
        return opening(asked)
    return None


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
            start, body = _with_addition(scope, start, body)
        await send(start)
        await send({"type": "http.response.body", "body": body})


def _with_addition(scope: Scope, start: Message, body: bytes) -> tuple[Message, bytes]:
    """Write the addition into a page, at the start of its body, and ask for the picture early."""
    headers = [(name, value) for name, value in start["headers"] if name.lower() not in OUTDATED]
    body = body.replace(b"<body>", b"<body>" + _addition().encode(), 1)
    if b"gzip" in dict(scope["headers"]).get(b"accept-encoding", b""):
        body = gzip.compress(body, 6)
        headers += [(b"content-encoding", b"gzip"), (b"vary", b"Accept-Encoding")]
    headers.append((b"content-length", str(len(body)).encode()))
    query = scope["query_string"]
    if b">" not in query and len(query) <= LONGEST_LINK:
        address = b"api/first" + (b"?" + query if query else b"")
        headers.append((b"link", b"<" + address + b">; rel=preload; as=fetch; crossorigin"))
    return {**start, "headers": headers}, body


def _addition() -> str:
    folder, query = "app/static/live", f"?v={static_version()}"
    title, question = (html.escape(words("watch")(name)) for name in ("title", "question"))
    return (
        '\n<script>window.firstPicture = fetch("api/first" + location.search)</script>'
        f'\n<link id="live-style" rel="stylesheet" href="{folder}/live.css{query}">'
        f'\n<div id="first" role="region" aria-label="{title}" hidden>'
        f'<p class="first-title">{title}</p><p><b>{question}</b></p>'
        '<div class="first-waiting"></div></div>'
        f'\n<script type="module" async src="{folder}/first.js{query}"></script>'
    )
