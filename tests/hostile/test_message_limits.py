"""Messages that inflate, never end or trickle in, and too many connections of one address."""

from __future__ import annotations

import contextlib
import random
import socket
import struct
import time
import zlib
from collections.abc import Callable

import pytest

from stnviz.live.message_limits import BoundedDeflateFactory
from stnviz.settings import MAX_CONNECTIONS_OF_ADDRESS
from tests.besieged import Besieged
from tests.hostile.conftest import Campaign
from tests.hostile.test_server import DEFLATE, PAUSE, frame, held, opened, raw, upgrade

PAGE = "/_stcore/stream"


def small_bomb(size: int) -> bytes:
    """A whole masked message of ``size`` bytes of nothing, compressed."""
    squeeze = zlib.compressobj(9, zlib.DEFLATED, -12)
    payload = (squeeze.compress(bytes(size)) + squeeze.flush(zlib.Z_FULL_FLUSH))[:-4]
    return struct.pack(">BBH", 0xC2, 0x80 | 126, len(payload)) + b"\0\0\0\0" + payload


def is_closed(line: socket.socket, within: float) -> bool:
    """Whether the server closes a connection soon enough; what it says is thrown away."""
    end = time.monotonic() + within
    while (left := end - time.monotonic()) > 0:
        line.settimeout(left)
        try:
            if not line.recv(65536):
                return True
        except TimeoutError:
            return False
        except OSError:
            return True
    return False


@pytest.mark.exception
@pytest.mark.parametrize("size", [pytest.param(2**20 - 16, marks=pytest.mark.slow), 60_000])
def test_many_small_messages_that_inflate_close_their_connection(
    stage: Besieged, campaign: Campaign, size: int
) -> None:
    """Each is as large as a page's may be; a quarter of a megabyte holds hundreds of them."""
    one = small_bomb(size)
    burst = one * (250_000 // len(one))
    with stage.witnessed() as witness:
        lines = []
        for _ in range(campaign.count(30, 60)):
            time.sleep(PAUSE)
            lines.append(line := raw(stage.port, upgrade(PAGE, DEFLATE)))
            assert b" 101 " in line.recv(1000)  # what comes before that is thrown away
        for line in lines:
            with contextlib.suppress(OSError):
                line.sendall(burst)
        closed = [is_closed(line, 10) for line in lines]
        time.sleep(1)
    for line in lines:
        line.close()
    held(witness, campaign)
    assert all(closed)


@pytest.mark.exception
def test_what_a_page_sends_is_taken_however_much_of_it() -> None:
    """Widgets' states compress ten times at most; hundreds of them in a row are no attack."""
    state = random.Random(4)
    _, bounded = BoundedDeflateFactory().process_request_params(
        [("client_max_window_bits", None)], []
    )
    from websockets.frames import Frame, Opcode

    squeeze = zlib.compressobj(9, zlib.DEFLATED, -12)
    for _ in range(400):
        text = ("widget-" + "".join(state.choices("0123456789", k=40)) * 3).encode() * 2
        payload = (squeeze.compress(text) + squeeze.flush(zlib.Z_SYNC_FLUSH))[:-4]
        found = bounded.decode(Frame(Opcode.BINARY, payload, rsv1=True), max_size=2**20)
        assert bytes(found.data) == text


@pytest.mark.slow
def test_messages_that_never_end_are_not_kept(stage: Besieged, campaign: Campaign) -> None:
    with stage.witnessed() as witness:
        lines = []
        for _ in range(campaign.count(60, 300)):
            time.sleep(5 * PAUSE)
            lines.append(opened(stage.port, upgrade(PAGE), frame(bytes(1_000_000), size=1_040_000)))
        closed = sum(is_closed(line, 0.05) for line in lines)
        time.sleep(22)
        late = sum(is_closed(line, 0.05) for line in lines)
    for line in lines:
        line.close()
    print(f"{closed} of {len(lines)} closed at once, {late} after 22 s")
    held(witness)
    assert late == len(lines)


@pytest.mark.slow
def test_a_body_that_trickles_in_is_cut_off(stage: Besieged) -> None:
    head = (
        b"PUT /_stcore/upload_file/x/y HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9999\r\n\r\n"
    )
    began = time.monotonic()
    with raw(stage.port, head) as line:
        while time.monotonic() - began < 60:
            try:
                line.sendall(b"x")
            except OSError:
                break
            if is_closed(line, 3):
                break
    assert time.monotonic() - began < 55


@pytest.mark.exception
def test_one_address_has_so_many_connections_and_no_more(server: Callable[..., Besieged]) -> None:
    one = server(**{MAX_CONNECTIONS_OF_ADDRESS: "20"})
    lines = [raw(one.port, b"GET / HT") for _ in range(40)]
    time.sleep(0.5)
    closed = [is_closed(line, 0.1) for line in lines]
    for line in lines:
        with contextlib.suppress(OSError):
            line.close()
    assert 20 <= sum(closed) <= 25
    assert not any(closed[:15])
