"""The WebSocket route ``/live``: same origin only, limited in size and rate."""

from __future__ import annotations

import asyncio
import logging
import time
from urllib.parse import urlsplit

from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from stnviz.live.protocol import LARGEST_REQUEST, BadRequest, parse_request
from stnviz.live.shared import loaded_engine, shared_engine

REQUESTS_A_SECOND = 300.0
BURST = 600.0
MOST_CONNECTIONS = 256
POLICY_VIOLATION, TOO_BIG, TRY_LATER = 1008, 1009, 1013

log = logging.getLogger(__name__)


class RateLimit:
    """A bucket that fills with ``rate`` a second up to ``burst``; each request takes one."""

    def __init__(self, rate: float = REQUESTS_A_SECOND, burst: float = BURST) -> None:
        self.rate, self.burst = rate, burst
        self._level, self._last = burst, time.monotonic()

    def take(self) -> bool:
        """Whether one more request is allowed now."""
        now = time.monotonic()
        self._level = min(self.burst, self._level + (now - self._last) * self.rate)
        self._last = now
        if self._level < 1:
            return False
        self._level -= 1
        return True


def same_origin(socket: WebSocket) -> bool:
    """Whether the page that opened the socket came from this server.

    A browser always says its page's origin; a program that says none is no other page.
    """
    origin = socket.headers.get("origin")
    return origin is None or urlsplit(origin).netloc == socket.headers.get("host")


_open: set[WebSocket] = set()


async def live(socket: WebSocket) -> None:
    """Answer one browser until it goes."""
    if not same_origin(socket):
        await socket.close(POLICY_VIOLATION)
        return
    if len(_open) >= MOST_CONNECTIONS:
        await socket.close(TRY_LATER)
        return
    await socket.accept()
    _open.add(socket)
    try:
        await _converse(socket)
    except (WebSocketDisconnect, RuntimeError) as error:
        log.debug("live connection ended: %r", error)
    finally:
        _open.discard(socket)


async def _converse(socket: WebSocket) -> None:
    limit = RateLimit()
    while True:
        message = await socket.receive()
        if message["type"] == "websocket.disconnect":
            return
        text = message.get("text") or message.get("bytes") or ""
        try:
            if not limit.take():
                raise BadRequest("message", f"Send at most {REQUESTS_A_SECOND:g} a second.")
            request = parse_request(text)
            # Torch takes seconds to load; the server answers others meanwhile.
            engine = loaded_engine()
            if engine is None:
                engine = await asyncio.to_thread(shared_engine)
            answer = await asyncio.wrap_future(engine.submit(request))
        except BadRequest as error:
            await socket.send_text(error.encode())
            if len(text) > LARGEST_REQUEST:
                await socket.close(TOO_BIG)
                return
        except Exception:
            log.exception("a live request failed")
            failed = BadRequest("server", "This answer failed; the server's log says why.")
            await socket.send_text(failed.encode())
        else:
            await socket.send_bytes(answer)


LIVE_ROUTES = [WebSocketRoute("/live", live)]
