"""A sentence in place of an empty page, for browsers whose WebSockets do not reach the server.

Streamlit's page is an HTML file with a program, which asks for everything else over a WebSocket. A
proxy that does not pass WebSockets on leaves it empty. So a script is added to that file that
notices this and says what to do (``websocket_check.js``).
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

SCRIPT = Path(__file__).with_suffix(".js")
END = b"</body>"
CONDITIONAL = ("etag", "last-modified")
"""Headers by which a browser would keep the file when the script has changed."""


@cache
def script() -> bytes:
    """The script as an HTML element."""
    return b"<script>\n" + SCRIPT.read_bytes() + b"</script>\n"


class WebSocketCheck:
    """ASGI middleware that adds the script to HTML pages; it must see them uncompressed.

    Args:
        app: the application behind it.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on a request, and its answer with the script if it is a page."""
        if scope["type"] != "http" or scope["method"] != "GET":
            await self.app(scope, receive, send)
            return
        held: list[Message] = []  # the start of an HTML answer, then its parts

        async def send_with_script(message: Message) -> None:
            if message["type"] == "http.response.start":
                kind = Headers(raw=message["headers"]).get("content-type", "")
                if message["status"] == 200 and kind.startswith("text/html"):
                    held.append(message)
                    return
            if not held:
                await send(message)
                return
            held.append(message)
            if message.get("more_body"):
                return
            start, *parts = held
            body = b"".join(part.get("body", b"") for part in parts)
            body = body.replace(END, script() + END, 1)
            headers = MutableHeaders(raw=start["headers"])
            for name in CONDITIONAL:
                del headers[name]
            headers["content-length"] = str(len(body))
            await send({**start, "headers": headers.raw})
            await send({"type": "http.response.body", "body": body})

        await self.app(scope, receive, send_with_script)
