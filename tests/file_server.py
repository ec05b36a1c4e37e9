"""A server on loopback that breaks off, stalls, knows no ranges or sends people on."""

from __future__ import annotations

import hashlib
import io
import re
import tarfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

DEAD = "http://127.0.0.1:9/"
"""Nobody listens there."""


class FileServer:
    """What is served, and how.

    Args:
        url: its address, with a slash at the end.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self.files: dict[str, bytes] = {}
        self.sent_on: dict[str, str] = {}
        self.cuts: list[int] = []
        """Bytes after which the next answers break off, one after the other."""
        self.stalls = False
        """Whether an answer that breaks off leaves the connection open, for ten seconds at most."""
        self.stalled = 0
        self.ended = threading.Event()
        self.ranges = True
        self.lengths = True
        self.shift = 0
        """Bytes by which the answers to ranges begin too late."""
        self.asked: list[tuple[str, str | None]] = []
        """Name and ``Range`` of every request."""

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        name, wanted = handler.path.lstrip("/"), handler.headers.get("Range")
        self.asked.append((name, wanted))
        if name in self.sent_on:
            handler.send_response(302)
            handler.send_header("Location", self.url + self.sent_on[name])
            handler.end_headers()
            return
        if name not in self.files:
            handler.send_error(404)
            return
        content, start = self.files[name], 0
        if wanted and self.ranges:
            start = int(re.fullmatch(r"bytes=(\d+)-", wanted)[1]) + self.shift
            handler.send_response(206)
            whole = len(content)
            handler.send_header("Content-Range", f"bytes {start}-{whole - 1}/{whole}")
        else:
            handler.send_response(200)
        if self.lengths:
            handler.send_header("Content-Length", str(len(content) - start))
        handler.end_headers()
        end = start + self.cuts.pop(0) if self.cuts else None
        handler.wfile.write(content[start:end])
        if end is not None and self.stalls:
            self.stalled += 1
            self.ended.wait(10)
            self.stalled -= 1


@contextmanager
def serving() -> Iterator[FileServer]:
    """A server for as long as the block runs."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            server.answer(self)

        def log_message(self, *arguments: Any) -> None:
            """Say nothing."""

    listening = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server = FileServer(f"http://127.0.0.1:{listening.server_port}/")
    threading.Thread(target=listening.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield server
    finally:
        server.ended.set()
        listening.shutdown()
        listening.server_close()


def md5(content: bytes) -> str:
    return "md5:" + hashlib.md5(content).hexdigest()


def packed(members: dict[str, bytes | tarfile.TarInfo]) -> bytes:
    """A ``.tar.gz`` of files by name, or of members as they are given."""
    written = io.BytesIO()
    with tarfile.open(fileobj=written, mode="w:gz") as tar:
        for name, content in members.items():
            if isinstance(content, tarfile.TarInfo):
                tar.addfile(content)
                continue
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return written.getvalue()


def lying_in(folder: Path) -> set[str]:
    """Files and folders below a folder, but for locks."""
    return {
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if not path.name.endswith(".lock")
    }
