"""A server among strangers: what is too large, silent or foreign costs others nothing."""

from __future__ import annotations

import contextlib
import os
import resource
import socket
import struct
import time
import zlib
from collections.abc import Callable

import pytest
from websockets.sync.client import connect

from tests.besieged import Besieged, Witness
from tests.hostile.conftest import Campaign

GROWTH, WORST = 100.0, 500.0
"""Megabytes and milliseconds that an attack may cost, on a machine that does nothing else."""

WORST_BESIDE_OTHERS = 2_000.0
"""Where other tests want the same cores, an answer to nobody's attack is late by as much."""

PAUSE = 0.004
"""Seconds between two connections: attacker and server share the machine's cores."""


def held(witness: Witness, campaign: Campaign | None = None) -> None:
    """Judge what the honest client saw; a short campaign runs beside other tests."""
    print(witness.report())
    assert witness.failures == []
    assert witness.growth <= GROWTH
    assert witness.worst <= (WORST_BESIDE_OTHERS if campaign and not campaign.whole else WORST)


def raw(port: int, *parts: bytes) -> socket.socket:
    """A connection on which something was sent."""
    line = socket.create_connection(("127.0.0.1", port), timeout=10)
    for part in parts:
        with contextlib.suppress(OSError):
            line.sendall(part)
    return line


def opened(port: int, head: bytes, *parts: bytes) -> socket.socket:
    """A WebSocket on which something was sent, after its upgrade: what comes before is lost."""
    line = raw(port, head)
    assert b" 101 " in line.recv(1000)
    for part in parts:
        with contextlib.suppress(OSError):
            line.sendall(part)
    return line


def upgrade(path: str, *headers: str) -> bytes:
    """The head that opens a WebSocket."""
    lines = [
        f"GET {path} HTTP/1.1", "Host: localhost", "Connection: Upgrade", "Upgrade: websocket",
        "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", *headers,
    ]  # fmt: skip
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def frame(payload: bytes, *, size: int | None = None, compressed: bool = False) -> bytes:
    """A masked binary frame that says it has ``size`` bytes, and those it has."""
    first = 0x82 | (0x40 if compressed else 0)
    head = struct.pack(">BBQ", first, 0x80 | 127, size or len(payload))
    return head + b"\0\0\0\0" + payload


def bomb(megabytes: int) -> bytes:
    """So many megabytes of nothing, deflated as permessage-deflate has it."""
    squeeze = zlib.compressobj(9, zlib.DEFLATED, -12)
    return (squeeze.compress(bytes(megabytes << 20)) + squeeze.flush(zlib.Z_SYNC_FLUSH))[:-4]


DEFLATE = "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits"


@pytest.mark.slow
@pytest.mark.parametrize("path", ["/live", "/_stcore/stream"])
def test_messages_that_are_too_large_are_refused_before_they_are_kept(
    stage: Besieged, campaign: Campaign, path: str
) -> None:
    """Plain ones, compressed ones, and ones that never end."""
    small, nothing = bomb(10), bytes(2**20 - 1)
    lines = []
    with stage.witnessed() as witness:
        for _ in range(campaign.count(40, 400)):
            kind = campaign.random.choice(("plain", "compressed", "unfinished"))
            opening = upgrade(path, DEFLATE)
            if kind == "plain":
                lines.append(opened(stage.port, opening, frame(bytes(5 << 20))))
            elif kind == "compressed":
                lines.append(opened(stage.port, opening, frame(small, compressed=True)))
            else:
                lines.append(opened(stage.port, opening, frame(nothing, size=9_900_000)))
        time.sleep(1)
    for line in lines:
        line.close()
    held(witness)


@pytest.mark.exception
def test_a_message_of_the_live_route_is_limited_at_the_protocol(stage: Besieged) -> None:
    with (
        connect(f"ws://127.0.0.1:{stage.port}/live") as live,
        connect(f"ws://127.0.0.1:{stage.port}/_stcore/stream") as page,
    ):
        assert live.protocol.extensions == []
        assert page.protocol.extensions != []
        for line, size in ((live, 20_000), (page, 2 << 20)):
            line.send(os.urandom(size))
            with pytest.raises(Exception, match="1009"):
                line.recv(20)


@pytest.mark.slow
def test_silent_and_half_sent_connections_are_closed(
    server: Callable[..., Besieged], campaign: Campaign
) -> None:
    """With 1,024 files: more connections than that are opened, and others do not notice."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (1024, hard))
    try:
        stage = server()
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 8192), hard))
    heads = (b"", b"GET / HT", upgrade("/live")[:-4], b"PUT / HTTP/1.1\r\nHost: localhost\r\n"
             b"Content-Length: 999\r\n\r\nhalf")  # fmt: skip
    lines = []
    with stage.witnessed() as witness:
        for _ in range(campaign.count(1100, 2000)):
            time.sleep(PAUSE)
            with contextlib.suppress(OSError):
                lines.append(raw(stage.port, campaign.random.choice(heads)))
        time.sleep(32)
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    held(witness)
    assert stage.process.num_fds() < 300
    assert stage.log.stat().st_size < 1_000_000
    for line in lines:
        line.close()


@pytest.mark.slow
def test_idle_sockets_of_one_client_lock_nobody_out(stage: Besieged, campaign: Campaign) -> None:
    with stage.witnessed() as witness:
        lines = []
        for _ in range(campaign.count(300, 1200)):
            time.sleep(PAUSE)
            lines.append(raw(stage.port, upgrade("/live")))
        with connect(f"ws://127.0.0.1:{stage.port}/live") as newcomer:
            newcomer.send("{")
            assert "message" in str(newcomer.recv(20))
    for line in lines:
        line.close()
    held(witness)


@pytest.mark.exception
@pytest.mark.parametrize("path", ["/", "/live", "/_stcore/stream", "/_stcore/health"])
def test_a_page_whose_name_was_made_to_point_here_gets_nothing(stage: Besieged, path: str) -> None:
    head = upgrade(path, "Origin: http://evil.example:8501").replace(b"localhost", b"evil.example")
    for text in (head, head.replace(b"evil.example", b"[::1"), head.replace(b"Upgrade", b"close")):
        with raw(stage.port, text) as line:
            assert line.recv(100).split()[1] in (b"403", b"400")
