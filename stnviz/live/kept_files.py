"""Files of Streamlit's program, compressed once and kept in memory.

A browser that has never been here reads some sixty of them. Compressing them takes a good part of a
second, and a class arrives within a few seconds. Their names change with their contents, so they
may be kept for ever; the server says so (``Cache-Control: immutable``).
"""

from __future__ import annotations

from typing import Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MOST: Final = 32 * 2**20
"""Bytes that are kept; all files of Streamlit 1.67 take 9 MB compressed, and 26 MB as they are."""

ALONE: Final = ("range", "if-none-match", "if-modified-since")
"""Headers of requests that have an answer of their own."""


class KeptFiles:
    """ASGI middleware before the one that compresses.

    Args:
        app: the application behind it.
        most: bytes that are kept.
    """

    def __init__(self, app: ASGIApp, most: int = MOST) -> None:
        self.app = app
        self._left = most
        self._kept: dict[tuple[str, bool], tuple[Message, Message]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request from memory, or pass it on and keep its answer if it may be kept."""
        headers = Headers(scope=scope) if scope["type"] == "http" else Headers()
        if scope["type"] != "http" or scope["method"] != "GET" or any(map(headers.get, ALONE)):
            await self.app(scope, receive, send)
            return
        key = scope["path"], "gzip" in headers.get("accept-encoding", "")
        if kept := self._kept.get(key):
            for message in kept:
                await send(_copy(message))
            return
        answer: list[Message] = []

        async def send_and_note(message: Message) -> None:
            if answer or _may_be_kept(message):
                answer.append(_copy(message))
            await send(message)

        await self.app(scope, receive, send_and_note)
        if answer and not answer[-1].get("more_body"):
            self._keep(key, answer)

    def _keep(self, key: tuple[str, bool], answer: list[Message]) -> None:
        start, *parts = answer
        body = b"".join(part.get("body", b"") for part in parts)
        if key in self._kept or len(body) > self._left:
            return
        self._left -= len(body)
        MutableHeaders(raw=start["headers"])["content-length"] = str(len(body))
        self._kept[key] = start, {"type": "http.response.body", "body": body}


def _may_be_kept(message: Message) -> bool:
    if message["type"] != "http.response.start" or message["status"] != 200:
        return False
    headers = Headers(raw=message["headers"])
    return "immutable" in headers.get("cache-control", "") and "set-cookie" not in headers


def _copy(message: Message) -> Message:
    """A message whose headers can be changed without changing those of the other."""
    return {**message, "headers": list(message["headers"])} if "headers" in message else message
