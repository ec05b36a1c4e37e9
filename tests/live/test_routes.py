"""The live route: bad messages are answered, strangers refused, the server stays."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient
from starlette.websockets import WebSocket, WebSocketDisconnect

from stnviz.live import process_engine as shared
from stnviz.live import routes
from stnviz.live.engine import Engine
from stnviz.live.protocol import LARGEST_REQUEST, decode_answer
from tests.event_loops import run_apart

Message = Callable[..., dict[str, Any]]


@pytest.fixture
def client(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    monkeypatch.setattr(shared, "_engine", engine)
    with TestClient(Starlette(routes=routes.live_routes())) as client:
        yield client


def answered(socket: Any, plain: dict[str, Any]) -> int:
    socket.send_text(json.dumps(plain))
    head, _ = decode_answer(socket.receive_bytes())
    return int(head["id"])


BAD = [
    "",
    "{",
    "[]",
    '{"version": 9}',
    json.dumps({"version": 1, "id": 1}),
    '{"version": 1, "id": 1, "models": ["x"], "source": {"digit": 1}, '
    '"distortion": {"name": "mnist-r", "values": {"angle": NaN}}}',
    '{"version": 1, "id": 1, "models": ["x"], "source": {"digit": 1}, '
    '"distortion": {"name": "mnist-r", "values": {"angle": 1e400}}}',
    '{"version": 1, "id": 1, "models": ["x"], "source": {"digit": 1}, '
    '"distortion": {"name": "mnist-r", "values": {"angle": 1.0}}}',
]


@pytest.mark.exception
def test_bad_messages_are_answered_and_the_connection_lives(
    client: TestClient, message: Message
) -> None:
    with client.websocket_connect("/live") as socket:
        for text in BAD:
            socket.send_text(text)
            error = json.loads(socket.receive_text())["error"]
            assert error["field"]
            assert error["message"].endswith(".")
        socket.send_bytes(b"\x00\xff\x00")
        assert json.loads(socket.receive_text())["error"]
        assert answered(socket, message(id=77)) == 77


@pytest.mark.exception
def test_an_oversized_message_costs_only_its_own_connection(
    client: TestClient, message: Message
) -> None:
    with client.websocket_connect("/live") as other:
        with client.websocket_connect("/live") as socket:
            socket.send_text("x" * (LARGEST_REQUEST + 1))
            assert json.loads(socket.receive_text())["error"]["field"] == "message"
            with pytest.raises(WebSocketDisconnect):
                socket.receive_text()
        assert answered(other, message(id=2)) == 2


@pytest.mark.exception
def test_too_many_a_second_are_told_to_slow_down(
    client: TestClient, message: Message, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(routes, "RateLimit", lambda: _Limit(2))
    with client.websocket_connect("/live") as socket:
        assert answered(socket, message()) == 5
        assert answered(socket, message()) == 5
        socket.send_text(json.dumps(message()))
        assert "a second" in json.loads(socket.receive_text())["error"]["message"]


class _Limit:
    """Lets a fixed number through."""

    def __init__(self, left: int) -> None:
        self.left = left

    def take(self) -> bool:
        self.left -= 1
        return self.left >= 0


@pytest.mark.feature
def test_the_bucket_fills_again(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr(routes.time, "monotonic", lambda: now[0])
    limit = routes.RateLimit(rate=10, burst=2)
    assert [limit.take() for _ in range(3)] == [True, True, False]
    now[0] += 0.15
    assert [limit.take() for _ in range(2)] == [True, False]


@pytest.mark.exception
def test_an_error_inside_is_answered_and_logged(
    client: TestClient, engine: Engine, message: Message, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any) -> None:
        raise RuntimeError("broken")

    with client.websocket_connect("/live") as socket:
        with monkeypatch.context() as patched:
            patched.setattr(engine, "answer", fail)
            socket.send_text(json.dumps(message()))
            assert json.loads(socket.receive_text())["error"]["field"] == "server"
        assert answered(socket, message()) == 5


class Gone(WebSocket):
    """The connection of a visitor who has left."""

    def __init__(self) -> None: ...

    async def send_bytes(self, data: bytes) -> None:
        raise WebSocketDisconnect(1006)


@pytest.mark.exception
def test_a_visitor_who_leaves_before_the_answer_is_not_in_the_log(
    engine: Engine,
    message: Message,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def converse() -> None:
        inbox: asyncio.Queue[str | bytes] = asyncio.Queue()
        await inbox.put(json.dumps(message()))
        await asyncio.wait_for(routes._converse(Gone(), inbox), 30)

    monkeypatch.setattr(shared, "_engine", engine)
    run_apart(converse())
    assert not caplog.records
