"""What a connection may hold, at the protocol: before anything is kept, inflated or answered.

uvicorn has one size for the messages of all sockets, compresses on all of them and waits for
ever for a request that never comes. Its protocol classes are therefore changed in place, once,
when the server begins: Streamlit starts uvicorn and lets nobody choose other classes.
"""

from __future__ import annotations

import asyncio
from typing import Any, Final
from urllib.parse import unquote

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from stnviz.live.protocol import LARGEST_REQUEST

LARGEST_PAGE_MESSAGE: Final = 2**20
"""Bytes of a message that a page sends of its widgets, inflated; files do not come this way."""

SILENCE: Final = 15.0
"""Seconds after which a connection that has not finished asking is closed."""

MOST_CONNECTIONS: Final = 4096
RESERVED_FILES: Final = 256
"""Files and connections that the server needs for itself."""


def raise_file_limit() -> int:
    """Allow this process as many open files as the system lets it; how many connections fit."""
    try:
        import resource
    except ImportError:  # Windows counts otherwise
        return MOST_CONNECTIONS
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST_CONNECTIONS + RESERVED_FILES
    if soft < wanted:
        soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return max(16, min(MOST_CONNECTIONS, soft - RESERVED_FILES))


def limit_sockets(live_path: str) -> None:
    """Let each WebSocket take messages of its own size only; the live one takes none compressed.

    Args:
        live_path: of the live route, with the server's base path.
    """
    handle_connect = WebSocketsSansIOProtocol.handle_connect

    def limited(self: WebSocketsSansIOProtocol, event: Any) -> None:
        live = unquote(event.path.partition("?")[0]) == live_path
        largest = LARGEST_REQUEST if live else LARGEST_PAGE_MESSAGE
        self.conn.max_message_size = min(largest, self.conn.max_message_size or largest)
        if live:
            self.conn.available_extensions = []
        handle_connect(self, event)

    WebSocketsSansIOProtocol.handle_connect = limited  # type: ignore[method-assign]


def limit_connections(most: int, silence: float = SILENCE) -> None:
    """Close connections that do not ask, and the longest silent one where there are too many.

    Args:
        most: connections of all kinds at a time.
        silence: seconds that the head of a request, or the next part of its body, may take.
    """
    connection_made, data_received = H11Protocol.connection_made, H11Protocol.data_received
    connection_lost = H11Protocol.connection_lost
    silent: dict[Any, None] = {}  # no request has come yet, the longest silent first

    def made(self: Any, transport: asyncio.Transport) -> None:
        connection_made(self, transport)
        self.heard = self.loop.time()
        silent[self] = None
        if len(self.connections) > most:
            next(iter(silent)).transport.abort()  # this one where all others have asked
        self.loop.call_later(silence, check, self)

    def received(self: Any, data: bytes) -> None:
        self.heard = self.loop.time()
        data_received(self, data)
        if self.cycle is not None or self.transport.get_protocol() is not self:
            silent.pop(self, None)

    def lost(self: Any, error: Exception | None) -> None:
        silent.pop(self, None)
        connection_lost(self, error)

    def check(self: Any) -> None:
        transport = self.transport
        if transport.is_closing() or transport.get_protocol() is not self:
            return  # gone, or a WebSocket by now
        now = self.loop.time()
        unheard = now - self.heard >= silence
        if self in silent or (unheard and self.conn.their_state in (h11.IDLE, h11.SEND_BODY)):
            transport.abort()
            return
        self.loop.call_later(silence, check, self)

    H11Protocol.connection_made = made  # type: ignore[method-assign]
    H11Protocol.data_received = received  # type: ignore[method-assign]
    H11Protocol.connection_lost = lost  # type: ignore[method-assign, assignment]
