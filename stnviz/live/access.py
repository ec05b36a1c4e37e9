"""Access control: the host names that the server answers to, and the pages that may use it.

A page of another site can point a host name of its own at this machine (DNS rebinding); the
browser then treats that page as one of ours. The name in the ``Host`` header gives it away. So a
client on this machine must use a loopback name, and any other client an address or this machine's
name, unless the name is configured. Streamlit's own settings configure names:
``server.corsAllowedOrigins`` (pages that may use the server, and its names behind a proxy) and
``server.allowedHosts`` (further names).

In a frame of another site a browser may refuse a cookie, unless each site that frames the app has a
cookie of its own ("Partitioned"). Uploads need theirs, so it is marked.
"""

from __future__ import annotations

import socket
from collections.abc import Iterable, MutableMapping
from typing import Any
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from stnviz.loopback import address_of, is_loopback

POLICY_VIOLATION = 1008


def name_of(host: str | None) -> str | None:
    """The host name in a ``Host`` header, without its port; None if it is malformed."""
    try:
        parts = urlsplit(f"//{host or ''}")
        _ = parts.port  # reading it may raise, too
    except ValueError:
        return None
    if parts.username is not None or parts.path or parts.query or parts.fragment:
        return None
    return parts.hostname.rstrip(".") if parts.hostname else None


class Access:
    """ASGI middleware before all others: refuses foreign names and pages, and sets headers.

    Args:
        app: the application behind it.
        origins: pages elsewhere that may use this server, such as ``https://stn.example``: they
            may open its sockets and frame it, and the server answers to their host names.
        hosts: further names that the server answers to; ``*.example`` stands for all subdomains.
    """

    def __init__(
        self, app: ASGIApp, origins: Iterable[str] = (), hosts: Iterable[str] = ()
    ) -> None:
        self.app = app
        self.origins = frozenset(origin.strip().rstrip("/").lower() for origin in origins)
        named = {urlsplit(origin).hostname or "" for origin in self.origins}
        self.hosts = {host.strip().lower().rstrip(".") for host in hosts} | named - {""}
        own = socket.gethostname().lower()
        self.own = {own, f"{own}.local"}
        ancestors = " ".join(["'self'", *sorted(self.origins)])
        self.headers = {
            "content-security-policy": f"frame-ancestors {ancestors}",
            "x-content-type-options": "nosniff",
            "referrer-policy": "same-origin",
        }

    def answers_to(self, name: str, client: str) -> bool:
        """Whether ``name`` is one of this server's, for a client at the address ``client``."""
        if is_loopback(name) or self._is_configured(name):
            return True
        return not is_loopback(client) and (address_of(name) is not None or name in self.own)

    def _is_configured(self, name: str) -> bool:
        return name in self.hosts or any(
            host.startswith("*.") and name.endswith(host[1:]) for host in self.hosts
        )

    def problem(self, scope: Scope) -> str | None:
        """Why a request is refused, as a sentence; None if it is allowed."""
        headers = Headers(scope=scope)
        host, origin = headers.get("host"), headers.get("origin")
        name, client = name_of(host), (scope.get("client") or ("", 0))[0]
        if name is None or not self.answers_to(name, client):
            return (
                "This server does not answer to that name: "
                "add it to server.corsAllowedOrigins, as docs/hosting.md says."
            )
        if origin is None:  # a program, or a page of this server
            return None
        try:
            netloc = urlsplit(origin).netloc
        except ValueError:
            return "The origin of this request is not well formed: open the page again."
        elsewhere = netloc != host and origin.lower() not in self.origins
        # Pages elsewhere may fetch files as far as Streamlit allows; they may not open a socket.
        if elsewhere and scope["type"] == "websocket":
            return (
                "This page belongs to another server: add its address to "
                "server.corsAllowedOrigins, as docs/hosting.md says."
            )
        return None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on an allowed request; refuse any other."""
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return

        async def send_with_headers(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self.headers.items():
                    headers.setdefault(name, value)
                message["headers"] = list(map(_partitioned, message["headers"]))
            await send(message)

        if problem := self.problem(scope):
            await _refuse(problem, scope, receive, send_with_headers)
            return
        await self.app(scope, receive, send_with_headers)


def _partitioned(header: tuple[bytes, bytes]) -> tuple[bytes, bytes]:
    """A header; a cookie that is meant for frames of other sites is marked as partitioned."""
    name, value = header
    if name.lower() == b"set-cookie" and b"SameSite=None" in value and b"Partitioned" not in value:
        value += b"; Partitioned"
    return name, value


async def _refuse(problem: str, scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "http":
        await PlainTextResponse(f"{problem}\n", 403)(scope, receive, send)
        return
    await receive()  # the connect message
    refusal: Message = {"type": "websocket.close", "code": POLICY_VIOLATION, "reason": problem}
    await send(refusal)
