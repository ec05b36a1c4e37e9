"""WebSocket message limits: the size, the size after inflation, and the time to complete one.

uvicorn has one size limit for the messages of all sockets, inflates compressed data as soon as it
comes, and keeps unfinished messages for ever: a kilobyte can be a megabyte a thousand times over.
So this module patches uvicorn's protocol class in place, once, at server start: Streamlit starts
uvicorn and allows no other class.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any, Final
from urllib.parse import unquote

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.exceptions import PayloadTooBig
from websockets.extensions.permessage_deflate import (
    PerMessageDeflate,
    ServerPerMessageDeflateFactory,
)
from websockets.frames import Frame
from websockets.typing import ExtensionParameter

from stnviz.live.protocol import LARGEST_REQUEST

LARGEST_PAGE_MESSAGE: Final = 2**20
"""Bytes of a message in which a page sends its widgets, inflated; files do not come this way."""

FAIR: Final = 20
"""Largest ratio of inflated to compressed size: messages of pages reach ten at most."""

AIR: Final = 2**16
"""Bytes that any message may inflate to beyond that."""

AIR_BURST, AIR_A_SECOND = 8 * AIR, 2 * AIR
"""Bytes beyond their fair size that the messages of one page may inflate to: at once, and in each
second from then on."""

MAX_UNFINISHED: Final = 32 * 2**20
"""Bytes that all unfinished messages together may hold."""

UNFINISHED: Final = 20.0
"""Seconds within which a message must be complete."""


class BoundedDeflate(PerMessageDeflate):
    """permessage-deflate (RFC 7692) that inflates no more than a page ever sends."""

    left = float(AIR_BURST)
    last = 0.0

    def decode(self, frame: Frame, *, max_size: int | None = None) -> Frame:
        """Inflate a frame.

        Raises:
            PayloadTooBig: it inflates too far, or recent frames together did.
        """
        if not frame.rsv1 and not self.decode_cont_data:
            return super().decode(frame, max_size=max_size)
        fair = FAIR * len(frame.data)
        inflated = super().decode(frame, max_size=min(max_size or LARGEST_PAGE_MESSAGE, fair + AIR))
        now = time.monotonic()
        self.left = min(AIR_BURST, self.left + (now - self.last) * AIR_A_SECOND)
        self.last = now
        self.left -= max(0, len(inflated.data) - fair)
        if self.left < 0:
            raise PayloadTooBig(len(inflated.data), max_size)
        return inflated


class BoundedDeflateFactory(ServerPerMessageDeflateFactory):
    """Negotiates as uvicorn does, for a :class:`BoundedDeflate`."""

    def __init__(self) -> None:
        settings = {"memLevel": 5}
        super().__init__(
            server_max_window_bits=12, client_max_window_bits=12, compress_settings=settings
        )

    def process_request_params(
        self, params: Sequence[ExtensionParameter], accepted_extensions: Sequence[Any]
    ) -> tuple[list[ExtensionParameter], PerMessageDeflate]:
        """Negotiate as the base class does."""
        agreed, usual = super().process_request_params(params, accepted_extensions)
        bounded = BoundedDeflate(
            usual.remote_no_context_takeover,
            usual.local_no_context_takeover,
            usual.remote_max_window_bits,
            usual.local_max_window_bits,
            usual.compress_settings,
        )
        return agreed, bounded


def limit_message_size(live_path: str) -> None:
    """Limit the messages of all WebSockets of this server; the live route takes none compressed.

    Args:
        live_path: path of the live route, with the server's base path.
    """
    protocol: Any = WebSocketsSansIOProtocol
    handle_connect, data_received = protocol.handle_connect, protocol.data_received
    connection_lost = protocol.connection_lost
    unfinished: dict[Any, tuple[int, float]] = {}  # bytes, and since when

    def connect(self: Any, event: Any) -> None:
        live = unquote(event.path.partition("?")[0]) == live_path
        largest = LARGEST_REQUEST if live else LARGEST_PAGE_MESSAGE
        self.conn.max_message_size = min(largest, self.conn.max_message_size or largest)
        if self.conn.available_extensions:  # unless this server compresses nothing at all
            self.conn.available_extensions = [] if live else [BoundedDeflateFactory()]
        handle_connect(self, event)

    def received(self: Any, data: bytes) -> None:
        data_received(self, data)
        waits = held(self)
        if not waits or self.transport.is_closing():
            unfinished.pop(self, None)
            return
        _, since = unfinished.get(self, (0, self.loop.time()))
        if self not in unfinished:
            self.loop.call_later(UNFINISHED, check, self)
        unfinished[self] = waits, since
        if sum(size for size, _ in unfinished.values()) > MAX_UNFINISHED:
            drop(max(unfinished, key=lambda one: unfinished[one][0]))

    def held(self: Any) -> int:
        """Bytes of an unfinished message: of its last frame and of those before it."""
        return len(self.conn.reader.buffer) + sum(map(len, self.frames))

    def check(self: Any) -> None:
        if self in unfinished:
            late = self.loop.time() - unfinished[self][1]
            if late >= UNFINISHED:
                drop(self)
            else:
                self.loop.call_later(UNFINISHED - late, check, self)

    def drop(self: Any) -> None:
        forget(self)
        self.transport.abort()

    def lost(self: Any, error: Exception | None) -> None:
        connection_lost(self, error)
        forget(self)

    def forget(self: Any) -> None:
        """Free a message's bytes now: its protocol and transport wait for the garbage collector."""
        unfinished.pop(self, None)
        self.conn.reader.discard()
        self.frames.clear()

    protocol.handle_connect, protocol.data_received = connect, received
    protocol.connection_lost = lost
