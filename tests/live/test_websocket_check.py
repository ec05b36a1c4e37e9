"""The script that says why a page stays empty is added to pages, and to nothing else."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import HTMLResponse, PlainTextResponse, StreamingResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from stnviz.live.websocket_check import WebSocketCheck, script

PAGE = "<html><body><div id='root'></div></body></html>"
PARTS = [PAGE[:20].encode(), PAGE[20:].encode()]


@pytest.fixture
def client() -> TestClient:
    async def parts() -> Any:
        for part in PARTS:
            yield part

    tagged = {"etag": '"1"', "last-modified": "yesterday"}
    routes = [
        Route("/", lambda _: HTMLResponse(PAGE, headers=tagged)),
        Route("/parts", lambda _: StreamingResponse(parts(), media_type="text/html")),
        Route("/text", lambda _: PlainTextResponse(PAGE, headers={"etag": '"1"'})),
        Route("/missing", lambda _: HTMLResponse(PAGE, 404)),
    ]
    middleware = [Middleware(GZipMiddleware, minimum_size=1), Middleware(WebSocketCheck)]
    return TestClient(Starlette(routes=routes, middleware=middleware))


@pytest.mark.feature
@pytest.mark.parametrize("path", ["/", "/parts"])
def test_a_page_gets_the_script_at_its_end(client: TestClient, path: str) -> None:
    answer = client.get(path)
    added = script().decode()
    assert answer.text == PAGE.replace("</body>", f"{added}</body>")
    assert "etag" not in answer.headers
    assert "last-modified" not in answer.headers


@pytest.mark.feature
@pytest.mark.parametrize(("path", "status"), [("/text", 200), ("/missing", 404)])
def test_what_is_no_page_stays_as_it_is(client: TestClient, path: str, status: int) -> None:
    answer = client.get(path)
    assert (answer.status_code, answer.text) == (status, PAGE)


@pytest.mark.feature
def test_the_script_can_stand_in_a_page() -> None:
    assert script().count(b"</script>") == 1
