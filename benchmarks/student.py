"""A student of a class without a browser: opens Play, drags a slider, lets go, looks, and again.

It sends what a browser sends: the page and the files that it names, the request for the page over
Streamlit's WebSocket, live requests over the other, of which one is in flight at a time, and the
state of the stage where the pointer is released.
"""

from __future__ import annotations

import asyncio
import json
import math
import random
import re
import ssl
import time
import uuid
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field
from http import HTTPStatus
from http.client import HTTPConnection, HTTPSConnection
from typing import Any
from urllib.parse import urljoin, urlsplit

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException
from websockets.typing import Subprotocol

from stnviz.live.links import LANDING

FRAME = 1 / 60
DRAG = (1.0, 2.0)
"""Seconds that a student drags: least and most."""

LOOK = (2.0, 6.0)
"""Seconds that a student looks at what has come of it, before the next drag."""

PATIENCE = 60.0
FILES = re.compile(r'(?:src|href)="(\./static/[^"]+)"')
UNCHECKED = ssl.create_default_context()
UNCHECKED.check_hostname, UNCHECKED.verify_mode = False, ssl.CERT_NONE
"""For the certificate of a proxy on this machine, which nobody has signed."""


def landing_request(number: int, angle: float) -> dict[str, Any]:
    """A live request of the page that opens first, for an angle in radians."""
    return {
        "version": 1,
        "id": number,
        "models": list(LANDING.models),
        "source": {"digit": LANDING.digit},
        "distortion": {"name": LANDING.distortion, "values": {"angle": angle}},
    }


@dataclass
class Notes:
    """What the students of a class have seen.

    Attributes:
        opened: seconds until a page was complete, one for each student.
        answers: seconds of every live answer.
        runs: seconds from a release of the pointer until the page was complete again.
        refused: what a student got in place of a page or an answer.
    """

    opened: list[float] = field(default_factory=list)
    answers: list[float] = field(default_factory=list)
    runs: list[float] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)


class Student:
    """One student.

    Args:
        address: of the app, with its base path, as the server knows it.
        at: port of this machine to connect to instead of that in the address; None for the same.
        notes: where the student writes what it sees.
        chance: draws when and how long the student drags.
    """

    def __init__(self, address: str, at: int, notes: Notes, chance: random.Random) -> None:
        self.address, self.at = address.rstrip("/"), at
        self.notes, self.chance = notes, chance
        self.name = urlsplit(address).netloc
        self.secure = address.startswith("https")
        self.cookie = f"stnviz={uuid.uuid4().hex}"
        self.stage, self.asked, self.angle = "", 0, 0.0

    async def attend(self, late: float, end: float) -> None:
        """Open the page ``late`` seconds from now, and use it until the clock shows ``end``."""
        await asyncio.sleep(late)
        try:
            async with self.opened() as (page, live):
                while time.monotonic() < end:
                    await asyncio.sleep(self.chance.uniform(*LOOK))
                    await self.drag(live, page)
        except (OSError, WebSocketException, TimeoutError, ValueError) as error:
            self.notes.refused.append(f"{type(error).__name__}: {error}")

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[tuple[ClientConnection, ClientConnection]]:
        """Open the page; yield its WebSocket and that of the live route."""
        began = time.perf_counter()
        await asyncio.to_thread(self.fetch)
        async with self.line("_stcore/stream") as page:
            await self.run(page, BackMsg())
            self.notes.opened.append(time.perf_counter() - began)
            async with self.line("live") as live:
                yield page, live

    def fetch(self) -> None:
        """Read the page and the files that it names, over one connection."""
        to = "127.0.0.1", self.at
        line = (
            HTTPSConnection(*to, timeout=PATIENCE, context=UNCHECKED)
            if self.secure
            else HTTPConnection(*to, timeout=PATIENCE)
        )
        with closing(line):
            index = self.read(line, "", {})
            for file in FILES.findall(index.decode(errors="replace")):
                self.read(line, file, {"Accept-Encoding": "gzip"})

    def read(self, line: HTTPConnection, path: str, headers: dict[str, str]) -> bytes:
        """One file.

        Raises:
            ValueError: the server has none.
        """
        path = urlsplit(urljoin(f"{self.address}/", path)).path
        line.request("GET", path, headers={"Host": self.name, "Cookie": self.cookie, **headers})
        answer = line.getresponse()
        body = answer.read()
        if answer.status != HTTPStatus.OK:
            raise ValueError(f"{path}: status {answer.status}")
        return body

    def line(self, path: str) -> connect:
        """A WebSocket of the app."""
        protocols = [Subprotocol("streamlit")] if path != "live" else None
        return connect(
            f"{self.address.replace('http', 'ws', 1)}/{path}", host="127.0.0.1", port=self.at,
            ssl=UNCHECKED if self.secure else None, subprotocols=protocols, max_size=None,
            additional_headers={"Cookie": self.cookie}, open_timeout=PATIENCE,
            compression=None if path == "live" else "deflate", proxy=None,
        )  # fmt: skip

    async def run(self, page: ClientConnection, message: BackMsg) -> None:
        """Have the page computed, and read until it is complete."""
        message.rerun_script.page_name = "play"
        await page.send(message.SerializeToString())
        while True:
            told = ForwardMsg()
            told.ParseFromString(await asyncio.wait_for(page.recv(decode=False), PATIENCE))
            kind = told.WhichOneof("type")
            if kind == "delta":
                element = told.delta.new_element
                if element.WhichOneof("type") == "bidi_component" and (
                    element.bidi_component.component_name.endswith("stage")
                ):
                    self.stage = element.bidi_component.id
            elif kind == "script_finished":
                return

    async def drag(self, live: ClientConnection, page: ClientConnection) -> None:
        """Drag for a second or two, then release the pointer."""
        end = time.monotonic() + self.chance.uniform(*DRAG)
        while time.monotonic() < end:
            await asyncio.sleep(max(0.0, FRAME - await self.ask(live)))
        await self.release(page)

    async def ask(self, live: ClientConnection) -> float:
        """Move the pointer; return the seconds until the answer.

        Raises:
            ValueError: the server refuses the request.
        """
        self.asked += 1
        self.angle = math.radians(60) * math.sin(self.asked / 20)
        question = json.dumps(landing_request(self.asked, self.angle))
        began = time.perf_counter()
        await live.send(question)
        answer = await asyncio.wait_for(live.recv(), PATIENCE)
        took = time.perf_counter() - began
        if isinstance(answer, str):
            raise ValueError(answer)
        self.notes.answers.append(took)
        return took

    async def release(self, page: ClientConnection) -> None:
        """Release the pointer, and wait until the page is complete again."""
        message = BackMsg()
        state = message.rerun_script.widget_states.widgets.add()
        state.id = self.stage
        state.json_value = json.dumps({"state": self.report(self.angle)})
        began = time.perf_counter()
        await self.run(page, message)
        self.notes.runs.append(time.perf_counter() - began)

    def report(self, angle: float) -> dict[str, Any]:
        """What the stage tells the page when the pointer is released."""
        return {
            "models": list(LANDING.models),
            "digit": LANDING.digit,
            "values": {"angle": round(angle, 4)},
            "seed": 0,
        }


async def lesson(
    address: str, at: int, count: int, arrival: float, seconds: float, seed: int = 0
) -> Notes:
    """A class of ``count`` students who arrive within ``arrival`` seconds, for so many seconds."""
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(count))
    notes = Notes()
    chance = random.Random(seed)
    end = time.monotonic() + seconds
    students = [Student(address, at, notes, random.Random(chance.random())) for _ in range(count)]
    await asyncio.gather(*(student.attend(chance.uniform(0, arrival), end) for student in students))
    return notes
