"""Files that never change are compressed once, and everything else every time."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient

from stnviz.live.access import Access
from stnviz.live.kept_files import KeptFiles

TEXT = "word " * 2_000
FOR_EVER = {"cache-control": "public, immutable, max-age=31536000"}


class Server:
    """A server that counts how often each file is made."""

    def __init__(self, most: int = 10**6) -> None:
        self.made: Counter[str] = Counter()

        def make(request: Request) -> Response:
            name = request.path_params["name"]
            self.made[name] += 1
            headers = {} if name == "page" else dict(FOR_EVER)
            if name == "own":
                headers["set-cookie"] = "a=1"
            return PlainTextResponse(TEXT, 404 if name == "missing" else 200, headers)

        middleware = [
            Middleware(Access),
            Middleware(KeptFiles, most=most),
            Middleware(GZipMiddleware, minimum_size=512),
        ]
        app = Starlette(routes=[Route("/{name}", make)], middleware=middleware)
        self.client = TestClient(app, headers={"host": "localhost"}, client=("127.0.0.1", 1))

    def get(self, name: str, **headers: str) -> Any:
        return self.client.get(f"/{name}", headers=headers)


@pytest.mark.feature
def test_a_file_that_never_changes_is_made_once() -> None:
    server = Server()
    first, second = (server.get("file") for _ in range(2))
    assert server.made["file"] == 1
    assert first.text == second.text == TEXT
    assert second.headers["content-encoding"] == "gzip"
    assert int(second.headers["content-length"]) == second.num_bytes_downloaded < len(TEXT) / 10
    assert second.headers["x-content-type-options"] == "nosniff"
    names = {"content-length", "transfer-encoding"}
    assert {k: v for k, v in first.headers.items() if k not in names} == {
        k: v for k, v in second.headers.items() if k not in names
    }


@pytest.mark.feature
def test_who_takes_nothing_compressed_gets_nothing_compressed() -> None:
    server = Server()
    server.get("file")
    plain = server.get("file", **{"accept-encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert plain.content == TEXT.encode()


@pytest.mark.feature
@pytest.mark.parametrize("name", ["page", "missing", "own"])
def test_nothing_else_is_kept(name: str) -> None:
    server = Server()
    assert server.get(name).text == server.get(name).text == TEXT
    assert server.made[name] == 2


@pytest.mark.exception
def test_a_part_of_a_file_is_not_the_file() -> None:
    server = Server()
    server.get("file", range="bytes=0-3")
    server.get("file")
    server.get("file", **{"if-none-match": '"1"'})
    assert server.made["file"] == 3


@pytest.mark.exception
def test_no_more_is_kept_than_there_is_room_for() -> None:
    server = Server(most=10)
    assert server.get("file").text == server.get("file").text == TEXT
    assert server.made["file"] == 2
