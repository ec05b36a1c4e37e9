"""Connection limits: how long one may stay silent, and how many one address may open.

uvicorn waits for ever for a request that never comes. So this module patches uvicorn's protocol
class in place, once, at server start: Streamlit starts uvicorn and allows no other class.
"""

from __future__ import annotations

import asyncio
import socket
from typing import Any, Final

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from stnviz.loopback import is_loopback
from stnviz.settings import MAX_CONNECTIONS, MAX_CONNECTIONS_OF_ADDRESS, is_set, setting

SILENCE: Final = 15.0
"""Seconds after which a connection that has not completed its request is closed."""

SLOWEST: Final = 1_000.0
"""Minimum bytes per second of a request's body: an upload over a bad line is faster."""

RESERVED_FILES: Final = 256
"""Open files and connections that the server needs for itself."""


def raise_file_limit() -> int:
    """Raise the limit on open files as far as possible; return how many connections fit."""
    most = max(16, int(min(setting(MAX_CONNECTIONS), 2**20)))
    try:
        import resource
    except ImportError:  # Windows counts open files differently
        return most
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = most + RESERVED_FILES
    if soft < wanted:
        soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return max(16, min(most, soft - RESERVED_FILES))


def send_at_once(transport: asyncio.BaseTransport) -> None:
    """Have the system send what is written without waiting for more (``TCP_NODELAY``).

    asyncio does so for sockets that name their protocol. Streamlit's does not, and the head and the
    body of an answer, which are written one after the other, were 40 ms apart.
    """
    connection = transport.get_extra_info("socket")
    if connection is not None and connection.family in (socket.AF_INET, socket.AF_INET6):
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def limit_connections(most: int, silence: float = SILENCE) -> None:
    """Close connections that send no request; if there are too many, the longest silent one.

    One address may open only a limited number. The loopback address is that of a proxy, which
    speaks for many clients: there the number counts only if it was set explicitly.

    Args:
        most: connections of all kinds at a time.
        silence: seconds that the head of a request, or the next part of its body, may take.
    """
    connection_made, data_received = H11Protocol.connection_made, H11Protocol.data_received
    connection_lost = H11Protocol.connection_lost
    silent: dict[Any, None] = {}  # no request has come on these yet; the longest silent first
    alike, on_loopback = setting(MAX_CONNECTIONS_OF_ADDRESS), is_set(MAX_CONNECTIONS_OF_ADDRESS)

    def crowded(self: Any) -> bool:
        if len(self.connections) <= alike or not self.client:
            return False
        address = self.client[0]
        if is_loopback(address) and not on_loopback:
            return False
        return (
            sum(bool(one.client) and one.client[0] == address for one in self.connections) > alike
        )

    def made(self: Any, transport: asyncio.Transport) -> None:
        connection_made(self, transport)
        send_at_once(transport)
        self.heard = self.began = self.loop.time()
        self.body = 0
        silent[self] = None
        if crowded(self):
            transport.abort()
            return
        if len(self.connections) > most:
            next(iter(silent)).transport.abort()  # this one if all others have sent a request
        self.loop.call_later(silence, check, self)

    def received(self: Any, data: bytes) -> None:
        self.heard = self.loop.time()
        if self.conn.their_state is not h11.SEND_BODY:
            self.began, self.body = self.heard, 0
        self.body += len(data)
        data_received(self, data)
        if self.cycle is not None or self.transport.get_protocol() is not self:
            silent.pop(self, None)

    def lost(self: Any, error: Exception | None) -> None:
        silent.pop(self, None)
        connection_lost(self, error)

    def trickles(self: Any, now: float) -> bool:
        takes = now - self.began
        return bool(
            self.conn.their_state is h11.SEND_BODY
            and takes >= 2 * silence
            and self.body < SLOWEST * takes
        )

    def check(self: Any) -> None:
        transport = self.transport
        if transport.is_closing() or transport.get_protocol() is not self:
            return  # closed, or a WebSocket by now
        now = self.loop.time()
        unheard = now - self.heard >= silence
        unasked = unheard and self.conn.their_state in (h11.IDLE, h11.SEND_BODY)
        if self in silent or unasked or trickles(self, now):
            transport.abort()
            return
        self.loop.call_later(silence, check, self)

    H11Protocol.connection_made = made  # type: ignore[method-assign]
    H11Protocol.data_received = received  # type: ignore[method-assign]
    H11Protocol.connection_lost = lost  # type: ignore[method-assign, assignment]
