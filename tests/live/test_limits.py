"""Connections: what is written is sent at once."""

from __future__ import annotations

import asyncio
import socket

import pytest

from stnviz.live.limits import send_at_once
from tests.event_loops import run_apart


@pytest.mark.feature
def test_what_is_written_is_sent_at_once() -> None:
    """On connections of a listening socket that does not name its protocol, as Streamlit's."""

    async def accepted() -> int:
        found: asyncio.Future[int] = asyncio.get_running_loop().create_future()

        def greet(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            send_at_once(writer.transport)
            own = writer.transport.get_extra_info("socket")
            found.set_result(own.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
            writer.close()

        listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        listening.bind(("127.0.0.1", 0))
        async with await asyncio.start_server(greet, sock=listening):
            _, writer = await asyncio.open_connection(*listening.getsockname())
            writer.close()
            return await asyncio.wait_for(found, 10)

    assert run_apart(accepted()) != 0
