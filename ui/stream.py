"""The WebSocket that answers while a control moves: parameters in, one binary scene out."""

import json
from collections import Counter
from collections.abc import Callable, Container, Hashable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import anyio
import anyio.lowlevel
from starlette.routing import BaseRoute, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from ui import counters
from ui.compute import Crowded, at_hand, at_once
from ui.limits import limit
from ui.text import words

if TYPE_CHECKING:  # the models are loaded while the server starts, not before
    from ui.live import Source
    from ui.scene import Packed

Sources = Callable[[], "Mapping[str, Source]"]

MOST_PARAMETERS = 64
MOST_MISTAKES = 20
SECONDS_TO_READ = 20.0  # a visitor who does not take an answer in this time has left


class Refusal(ValueError):  # noqa: N818 - it states what was done
    """A question that is not answered; the text is for the visitor."""


class Missing(RuntimeError):  # noqa: N818 - it states a condition of the machine
    """What the question needs is not on this machine; the text is for the visitor."""


@dataclass(frozen=True)
class Question:
    """One question: its number, the page it is about and the page's parameters."""

    number: int
    page: str
    address: dict[str, str]


def question(text: str, pages: Container[str]) -> Question:
    """Read a question, and refuse whatever is not exactly one.

    Raises:
        Refusal: With a sentence that says which rule was broken.
    """
    if len(text) > limit("question"):
        raise Refusal(words("shared")("refused_length", longest=limit("question")))
    try:
        said = json.loads(text)
    except (ValueError, RecursionError):
        said = None
    if not isinstance(said, dict):
        raise Refusal(words("shared")("refused_form"))
    number, page, address = said.get("seq"), said.get("page"), said.get("address")
    if not isinstance(number, int) or isinstance(number, bool) or not 0 <= number < 2**53:
        raise Refusal(words("shared")("refused_form"))
    if not isinstance(page, str) or page not in pages:
        raise Refusal(words("shared")("refused_form"))
    if not isinstance(address, dict) or len(address) > MOST_PARAMETERS:
        raise Refusal(words("shared")("refused_form"))
    if not all(isinstance(value, str) for value in address.values()):
        raise Refusal(words("shared")("refused_form"))
    return Question(number, page, address)


def same_origin(websocket: WebSocket) -> bool:
    """Tell whether a page of this very host opened the connection; programs say no origin.

    A proxy that rewrites the host says which one it was asked for. A page of another host could
    not say so: a browser lets no page set the headers of a WebSocket.
    """
    origin = websocket.headers.get("origin")
    if origin is None:
        return True
    forwarded = websocket.headers.get("x-forwarded-host", "").partition(",")[0].strip()
    try:
        asking = urlsplit(origin).netloc
    except ValueError:
        return False
    return asking != "" and asking in (websocket.headers.get("host", ""), forwarded)


class Answering:
    """The route's endpoint, and the count of who is connected."""

    def __init__(self, sources: Sources) -> None:
        """Answer questions about these pages, which are loaded with the first question."""
        self.sources = sources
        self.pages: Mapping[str, Source] = {}
        self.visitors: Counter[str] = Counter()
        self.limiter: anyio.CapacityLimiter | None = None

    async def serve(self, websocket: WebSocket) -> None:
        """Serve one connection until it ends."""
        visitor = websocket.client.host if websocket.client else ""
        full = self.visitors.total() >= limit("connections") or self.visitors[visitor] >= limit(
            "per_visitor"
        )
        if full or not same_origin(websocket):
            await websocket.close(1008)
            return
        self.visitors[visitor] += 1
        counters.CONNECTIONS.inc()
        try:
            await websocket.accept()
            await self._converse(websocket)
        except (WebSocketDisconnect, TimeoutError, RuntimeError, OSError):
            pass  # the visitor left, in whatever way
        finally:
            counters.CONNECTIONS.dec()
            self.visitors[visitor] -= 1
            self.visitors += Counter()  # forget those at zero

    async def _converse(self, websocket: WebSocket) -> None:
        mistakes = 0
        while mistakes < MOST_MISTAKES:
            received = await websocket.receive()
            if received["type"] == "websocket.disconnect":
                return
            try:
                answer: bytes | str = await self._answer(received.get("text") or "")
            except Refusal as refusal:
                mistakes += 1
                answer = _refused(str(refusal))
            except Missing as missing:
                answer = _refused(str(missing))
            except Crowded:
                answer = _refused(words("shared")("refused_crowded"))
            with anyio.fail_after(SECONDS_TO_READ):
                if isinstance(answer, bytes):
                    await websocket.send_bytes(answer)
                else:
                    await websocket.send_text(answer)
        await websocket.close(1008)

    async def _answer(self, text: str) -> bytes:
        self.limiter = self.limiter or anyio.CapacityLimiter(at_once())
        self.pages = self.pages or await anyio.to_thread.run_sync(self.sources)
        asked = question(text, self.pages)
        source = self.pages[asked.page]
        settings = source.settings(asked.address)
        body = at_hand(source.packed, settings)
        if body is None:
            body = await anyio.to_thread.run_sync(_computed, source, settings, limiter=self.limiter)
        else:  # no thread was needed; whoever asks without a pause still lets others have a turn
            await anyio.lowlevel.checkpoint()
        return body.message(seq=asked.number)


def live_routes(sources: Sources, prefixes: Iterable[str] = ("",)) -> list[BaseRoute]:
    """Return the route the browser's part asks, under each prefix; connections count together."""
    answering = Answering(sources)
    return [WebSocketRoute(f"{prefix}/live", answering.serve) for prefix in prefixes]


def _refused(sentence: str) -> str:
    counters.REFUSALS.inc()
    return json.dumps({"error": sentence})


def _computed(source: "Source", settings: Hashable) -> "Packed":
    from models.unavailable import ModelUnavailable
    from ui.live import remembered

    try:
        return remembered(source, settings)
    except ModelUnavailable as missing:
        raise Missing(str(missing)) from missing
