"""Who may ask: the names that the server answers to, and the pages that may use it.

A page of another site can make a name of its own point to this machine (DNS rebinding); the
browser then takes that page for one of ours. What gives it away is the name in ``Host``. So
whoever asks from this machine must say a loopback name, and everybody else an address or this
machine's name, unless the name is configured. Streamlit's own settings say which are:
``server.corsAllowedOrigins`` (pages that may use the server, and the names it has behind a proxy)
and ``server.allowedHosts`` (further names).
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
    """The name in a ``Host`` header, without its port; None where it is not well formed."""
    try:
        parts = urlsplit(f"//{host or ''}")
        _ = parts.port  # which may raise, too
    except ValueError:
        return None
    if parts.username is not None or parts.path or parts.query or parts.fragment:
        return None
    return parts.hostname.rstrip(".") if parts.hostname else None


class Access:
    """ASGI middleware before everything: refuses foreign names and pages, and sets headers.

    Args:
        app: what it stands before.
        origins: pages that may use this server from elsewhere, such as ``https://stn.example``:
            they may open its sockets and frame it, and the server answers to their names.
        hosts: further names that the server answers to; ``*.example`` stands for every one below.
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
        """Whether ``name`` is one of this server's, for who asks from the address ``client``."""
        if is_loopback(name) or self._is_configured(name):
            return True
        return not is_loopback(client) and (address_of(name) is not None or name in self.own)

    def _is_configured(self, name: str) -> bool:
        return name in self.hosts or any(
            host.startswith("*.") and name.endswith(host[1:]) for host in self.hosts
        )

    def problem(self, scope: Scope) -> str | None:
        """Why a request is refused, as a sentence; None where it is welcome."""
        headers = Headers(scope=scope)
        host, origin = headers.get("host"), headers.get("origin")
        name, client = name_of(host), (scope.get("client") or ("", 0))[0]
        if name is None or not self.answers_to(name, client):
            return (
                "This server does not answer to that name: "
                "add it to server.corsAllowedOrigins, as docs/hosting.md says."
            )
        if origin is None:  # a program, or a page that asks its own server
            return None
        try:
            netloc = urlsplit(origin).netloc
        except ValueError:
            return "The origin of this request is not well formed: open the page again."
        elsewhere = netloc != host and origin.lower() not in self.origins
        # Pages elsewhere may ask for files, with what Streamlit allows them; not for a socket.
        if elsewhere and scope["type"] == "websocket":
            return (
                "This page belongs to another server: add its address to "
                "server.corsAllowedOrigins, as docs/hosting.md says."
            )
        return None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on what is welcome."""
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return

        async def send_with_headers(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self.headers.items():
                    headers.setdefault(name, value)
            await send(message)

        if problem := self.problem(scope):
            await _refuse(problem, scope, receive, send_with_headers)
            return
        await self.app(scope, receive, send_with_headers)


async def _refuse(problem: str, scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "http":
        await PlainTextResponse(f"{problem}\n", 403)(scope, receive, send)
        return
    await receive()  # the connect
    refusal: Message = {"type": "websocket.close", "code": POLICY_VIOLATION, "reason": problem}
    await send(refusal)
