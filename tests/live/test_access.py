"""Who may ask: names and pages of this server, and of nobody else."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient
from starlette.websockets import WebSocket, WebSocketDisconnect

from stnviz.live.access import Access, name_of

HERE, AWAY = ("127.0.0.1", 50_000), ("10.1.2.3", 50_000)


async def greet(socket: WebSocket) -> None:
    await socket.accept()
    await socket.send_text("welcome")
    await socket.close()


def client(at: tuple[str, int] = HERE, **settings: Any) -> TestClient:
    """A server with one file and one socket, asked from the address ``at``."""
    routes = [Route("/", lambda _: PlainTextResponse("welcome")), WebSocketRoute("/socket", greet)]
    app = Starlette(routes=routes, middleware=[Middleware(Access, **settings)])
    return TestClient(app, client=at)


def opens(asker: TestClient, host: str, origin: str | None = None) -> bool:
    """Whether a socket is opened."""
    headers = {"host": host, **({"origin": origin} if origin is not None else {})}
    try:
        with asker.websocket_connect("/socket", headers=headers) as socket:
            return bool(socket.receive_text() == "welcome")
    except WebSocketDisconnect:
        return False


def fetches(asker: TestClient, host: str, **headers: str) -> int:
    """The status with which a file comes."""
    return int(asker.get("/", headers={"host": host, **headers}).status_code)


LOOPBACK = ["localhost:8501", "127.0.0.1:8501", "[::1]:8501", "127.3.2.1", "LOCALHOST"]
FOREIGN = [
    "evil.example", "evil.example:8501", "localhost.evil.example", "127.0.0.1.evil.example",
    "evil.example.", "127.0.0.1:x", "[::1", "a@localhost", "localhost/x", "192.168.0.7", " ", "",
]  # fmt: skip


@pytest.mark.feature
@pytest.mark.parametrize("host", LOOPBACK)
def test_from_this_machine_loopback_names_are_welcome(host: str) -> None:
    assert fetches(client(), host) == 200
    assert opens(client(), host)


@pytest.mark.exception
@pytest.mark.parametrize("host", FOREIGN)
def test_from_this_machine_a_foreign_name_is_refused(host: str) -> None:
    """So a page whose name was made to point here (DNS rebinding) gets nothing."""
    assert fetches(client(), host) == 403
    assert not opens(client(), host)
    assert not opens(client(), host, f"http://{host}")


@pytest.mark.feature
def test_from_elsewhere_addresses_are_welcome_and_names_are_not() -> None:
    assert opens(client(AWAY), "192.168.0.7:8501", "http://192.168.0.7:8501")
    assert not opens(client(AWAY), "evil.example:8501", "http://evil.example:8501")


@pytest.mark.feature
def test_one_setting_serves_a_proxy_whether_it_keeps_the_name_or_not() -> None:
    asker = client(origins=["https://stn.example/"])
    for host in ("stn.example", "127.0.0.1:8501"):
        assert fetches(asker, host) == 200
        assert opens(asker, host, "https://stn.example")
        assert not opens(asker, host, "https://evil.example")


@pytest.mark.feature
def test_further_names_may_stand_for_all_below() -> None:
    asker = client(hosts=["*.school.example", "other.example"])
    assert fetches(asker, "a.b.school.example") == fetches(asker, "other.example") == 200
    assert fetches(asker, "school.example") == fetches(asker, "evilschool.example") == 403


@pytest.mark.exception
@pytest.mark.parametrize(
    "origin", ["http://evil.example", "null", "http://localhost:81", "http://[::1", "", "x" * 5000]
)
def test_a_page_of_another_server_gets_no_socket(origin: str) -> None:
    assert not opens(client(), "localhost:8501", origin)


@pytest.mark.exception
def test_an_origin_that_is_not_well_formed_is_refused_for_files_too() -> None:
    assert fetches(client(), "localhost", origin="http://[::1") == 403


@pytest.mark.feature
def test_the_same_origin_and_programs_are_welcome() -> None:
    assert opens(client(), "localhost:8501", "http://localhost:8501")
    assert opens(client(), "localhost:8501")


@pytest.mark.feature
def test_headers_forbid_guessing_and_foreign_frames() -> None:
    for answer in (
        client(origins=["https://lms.example"]).get("/", headers={"host": "localhost"}),
        client(origins=["https://lms.example"]).get("/", headers={"host": "evil.example"}),
    ):
        policy = answer.headers["content-security-policy"]
        assert policy == "frame-ancestors 'self' https://lms.example"
        assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.feature
def test_a_name_is_read_without_its_port() -> None:
    assert name_of("Stn.Example:80") == "stn.example"
    assert name_of("[::1]:80") == "::1"
    assert name_of(None) is None


COOKIES = {
    "a=1; Path=/; SameSite=None; Secure": "a=1; Path=/; SameSite=None; Secure; Partitioned",
    "a=1; SameSite=None; Secure; Partitioned": "a=1; SameSite=None; Secure; Partitioned",
    "a=1; Path=/; SameSite=Lax": "a=1; Path=/; SameSite=Lax",
}


@pytest.mark.feature
@pytest.mark.parametrize("sent", COOKIES)
def test_a_cookie_for_frames_of_other_sites_is_partitioned(sent: str) -> None:
    """Or browsers that keep no cookies of other sites would refuse uploads in such a frame."""
    answer = PlainTextResponse("welcome", headers={"set-cookie": sent})
    app = Starlette(routes=[Route("/", lambda _: answer)], middleware=[Middleware(Access)])
    found = TestClient(app, client=HERE).get("/", headers={"host": "localhost"})
    assert found.headers["set-cookie"] == COOKIES[sent]
