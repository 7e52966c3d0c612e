"""One visitor without a browser: Streamlit's own session, and the live route while moving."""

import asyncio
import json
from random import Random
from time import perf_counter
from typing import Any

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect

PATIENCE = 20.0  # seconds for one answer; longer is a failure
NAMES = {"": "watch"}  # the pages' names in live questions where their path differs


class Failed(RuntimeError):  # noqa: N818 - it states what happened
    """The server answered something else than what was asked for."""


class Visitor:
    """A visitor on one page; each act returns how many seconds its answer took."""

    def __init__(self, host: str, *, path: str = "", query: str = "", seed: int = 0) -> None:
        """Prepare a visit; `open` begins it."""
        self.host, self.path, self.query = host, path, query
        self.page = NAMES.get(path, path)
        self.random = Random(seed)
        self.stream: ClientConnection | None = None
        self.live: ClientConnection | None = None
        self.script = ""  # the page's own, as Streamlit names it
        self.widget = ""  # the live part's id
        self.mount: dict[str, Any] = {}
        self.values: dict[str, str] = {}
        self.number = 0
        self.dragged = -1  # steps of the control that is dragged

    async def open(self) -> float:
        """Connect and let the page run for the first time."""
        start = perf_counter()
        self.stream = await self._connected("_stcore/stream", subprotocols=["streamlit"])
        await self._run(page_name=self.path)
        if self.mount:
            self.live = await self._connected("live")
        return perf_counter() - start

    async def move(self) -> float:
        """Move one control to a step drawn at random, and take the scene for it."""
        if self.live is None:
            raise Failed(f"the page {self.page} has no live part")
        one = self.random.choice(self.mount["controls"])
        return await self._asked(one["name"], self.random.choice(one["options"]))

    async def drag(self) -> float:
        """Move the second control by one step, up to its end and back, as a finger does."""
        one = self.mount["controls"][1]
        there_and_back = [*one["options"], *one["options"][-2:0:-1]]
        self.dragged = (self.dragged + 1) % len(there_and_back)
        return await self._asked(one["name"], there_and_back[self.dragged])

    async def _asked(self, control: str, value: str) -> float:
        assert self.live is not None
        self.values[control] = value
        self.number += 1
        address = self.mount["address"] | self.values
        asked = {"seq": self.number, "page": self.page, "address": address}
        start = perf_counter()
        await self.live.send(json.dumps(asked))
        answer = await asyncio.wait_for(self.live.recv(), PATIENCE)
        spent = perf_counter() - start
        if not isinstance(answer, bytes) or header(answer)["seq"] != self.number:
            raise Failed(str(answer)[:200])
        return spent

    async def settle(self) -> float:
        """Tell the rest of the page where the controls stand, and wait until it has run."""
        start = perf_counter()
        await self._run()
        spent = perf_counter() - start
        if self.mount and self.mount["number"] != self.number:
            raise Failed("the page shows an older stand of the controls")
        return spent

    async def leave(self) -> None:
        """Close both connections, as a closed tab does."""
        for connection in (self.live, self.stream):
            if connection is not None:
                await connection.close()

    async def _connected(self, route: str, **options: Any) -> ClientConnection:
        return await connect(
            f"ws://{self.host}/{route}",
            origin=f"http://{self.host}",
            max_size=None,
            open_timeout=PATIENCE,
            proxy=None,
            **options,
        )

    async def _run(self, page_name: str = "") -> None:
        assert self.stream is not None
        message = BackMsg()
        message.rerun_script.query_string = self.query
        message.rerun_script.page_name = page_name
        message.rerun_script.page_script_hash = self.script
        if self.widget:
            moved = {"number": self.number, "values": self.values, "frame": None}
            widget = message.rerun_script.widget_states.widgets.add()
            widget.id, widget.json_value = self.widget, json.dumps({"moved": moved})
        await self.stream.send(message.SerializeToString())
        await asyncio.wait_for(self._until_finished(), PATIENCE)

    async def _until_finished(self) -> None:
        assert self.stream is not None
        while True:
            message = ForwardMsg()
            message.ParseFromString(await self.stream.recv(decode=False))
            kind = message.WhichOneof("type")
            if kind == "page_info_changed":
                self.query = message.page_info_changed.query_string
            elif kind == "navigation":
                self.script = message.navigation.page_script_hash
            elif kind == "delta":
                self._take(message.delta.new_element)
            elif kind == "script_finished":
                return

    def _take(self, element: Any) -> None:
        kind = element.WhichOneof("type")
        if kind == "exception":
            raise Failed(element.exception.message)
        if kind == "bidi_component" and element.bidi_component.id.endswith(f"-live_{self.page}"):
            self.widget = element.bidi_component.id
            self.mount = header(element.bidi_component.bytes)["mount"]
            self.values = dict(self.mount["values"])


def header(message: bytes) -> dict[str, Any]:
    """Read what a message says before its numbers."""
    length = int.from_bytes(message[:4], "little")
    said: dict[str, Any] = json.loads(message[4 : 4 + length])
    return said
