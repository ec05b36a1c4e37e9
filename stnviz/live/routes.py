"""The WebSocket route ``/live``: limits on rate, connections and pending answers.

:mod:`stnviz.live.access` decides first who may open it, and :mod:`stnviz.live.message_limits`
limits the size of a message.
"""

from __future__ import annotations

import asyncio
import logging
import math
import time
from contextlib import nullcontext, suppress

from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from stnviz.live.process_engine import loaded_engine, shared_engine
from stnviz.live.protocol import LARGEST_REQUEST, BadRequest, Request, parse_request

REQUESTS_A_SECOND = 300.0
BURST = 600.0
MAX_CONNECTIONS = 1024
IDLE_TIMEOUT = 10.0
"""Seconds of silence after which a connection makes room for another if all are taken."""

PIPELINED = 8
"""Messages that are read ahead while one is being answered; further ones wait in the network."""

LARGE_ANSWERS, SENDING = 8, 20.0
"""Step traces that are computed or sent at a time, each of a megabyte or more; and seconds within
which the client must have received an answer."""

TOO_BIG, TRY_LATER = 1009, 1013

log = logging.getLogger(__name__)


class RateLimit:
    """A token bucket that fills with ``rate`` a second up to ``burst``; each request takes one."""

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


_large = asyncio.Semaphore(LARGE_ANSWERS)

_open: dict[WebSocket, float] = {}
"""Connections, and when each last sent a request; those that never have come first (-inf)."""


async def live(socket: WebSocket) -> None:
    """Answer one browser until it disconnects."""
    if len(_open) >= MAX_CONNECTIONS and not await _make_room():
        await socket.close(TRY_LATER)
        return
    await socket.accept()
    _open[socket] = -math.inf
    inbox: asyncio.Queue[str | bytes] = asyncio.Queue(PIPELINED)
    # In a task of its own: a disconnect is noticed at once and drops pending answers.
    answering = asyncio.create_task(_converse(socket, inbox))
    answering.add_done_callback(_ended)
    try:
        await _read(socket, inbox)
    except (WebSocketDisconnect, RuntimeError) as error:
        log.debug("live connection ended: %r", error)
    finally:
        _open.pop(socket, None)
        answering.cancel()


def _ended(answering: asyncio.Task[None]) -> None:
    if not answering.cancelled() and (error := answering.exception()):
        log.debug("live connection ended: %r", error)


async def _make_room() -> bool:
    """Close a connection that never sent a request, or the longest silent if silent long enough.

    A page that is still open reconnects by itself.
    """
    silent = min(_open, key=_open.__getitem__)
    if time.monotonic() - _open[silent] < IDLE_TIMEOUT:
        return False
    del _open[silent]
    with suppress(RuntimeError):  # it is closing already
        await silent.close(TRY_LATER)
    return True


async def _read(socket: WebSocket, inbox: asyncio.Queue[str | bytes]) -> None:
    """Read messages until the browser disconnects."""
    while True:
        message = await socket.receive()
        if message["type"] == "websocket.disconnect":
            return
        if socket in _open:  # unless it was closed to make room
            _open[socket] = time.monotonic()
        await inbox.put(message.get("text") or message.get("bytes") or "")


async def _converse(socket: WebSocket, inbox: asyncio.Queue[str | bytes]) -> None:
    """Answer messages one after another."""
    limit = RateLimit()
    while True:
        text = await inbox.get()
        try:
            if not limit.take():
                raise BadRequest("message", f"Send at most {REQUESTS_A_SECOND:g} a second.")
            request = parse_request(text)
            # Torch takes seconds to load; the server answers others meanwhile.
            engine = loaded_engine()
            if engine is None:
                engine = await asyncio.to_thread(shared_engine)
            async with nullcontext() if isinstance(request, Request) else _large:
                # Not bound to a name, which would keep a step trace until the next request.
                await asyncio.wait_for(
                    socket.send_bytes(await asyncio.wrap_future(engine.submit(request, socket))),
                    SENDING,
                )
        except TimeoutError:  # the client does not read its answer
            await socket.close(TRY_LATER)
            return
        except WebSocketDisconnect:  # it left before its answer
            return
        except BadRequest as error:
            await socket.send_text(error.encode())
            if len(text) > LARGEST_REQUEST:
                await socket.close(TOO_BIG)
                return
        except Exception:
            log.exception("a live request failed")
            failed = BadRequest("server", "This answer failed; the server's log says why.")
            await socket.send_text(failed.encode())


def live_path(base: str = "") -> str:
    """The path of the live route on a server with the base path ``base``."""
    return "/" + "/".join(filter(None, (base.strip("/"), "live")))


def live_routes(base: str = "") -> list[WebSocketRoute]:
    """The live route of a server with the base path ``base``."""
    return [WebSocketRoute(live_path(base), live)]
