"""nginx with our configuration before two small servers: who is sent where, and what passes."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPResponse, HTTPSConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from benchmarks.student import UNCHECKED
from scripts.behind_nginx import HOSTING, MISSING, NAME, POSSIBLE, behind_nginx, replaced, settings
from scripts.served import free_port

needs_nginx = pytest.mark.skipif(not POSSIBLE, reason=MISSING)
VISITORS = 24


class Echo(BaseHTTPRequestHandler):
    """Answers with its own port, and the name that it was asked for."""

    protocol_version = "HTTP/1.1"

    def do_PUT(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.do_GET()

    def do_GET(self) -> None:
        body = f"{self.server.server_address[1]} {self.headers['Host']} {self.path}".encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None: ...


@dataclass
class Front:
    """nginx, and the servers behind it."""

    port: int
    plain: int
    servers: list[ThreadingHTTPServer]

    def ask(
        self, cookie: str = "", method: str = "GET", body: bytes = b"", browser: str = "x"
    ) -> tuple[list[str], HTTPResponse]:
        """A request: the port of the server that answered, and the answer."""
        line = HTTPSConnection("127.0.0.1", self.port, timeout=20, context=UNCHECKED)
        headers = {"Host": f"{NAME}:{self.port}", "User-Agent": browser}
        if cookie:
            headers["Cookie"] = cookie
        line.request(method, "/stn/file", body or None, headers)
        answer: HTTPResponse = line.getresponse()
        words = answer.read().decode().split()
        line.close()
        return words, answer


@pytest.fixture(scope="module")
def front(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Front]:
    with ExitStack() as running:
        servers = [ThreadingHTTPServer(("127.0.0.1", 0), Echo) for _ in range(2)]
        for server in servers:
            Thread(target=server.serve_forever, daemon=True).start()
            running.callback(server.server_close)
            running.callback(server.shutdown)
        port, plain = free_port(), free_port()
        ports = [server.server_address[1] for server in servers]
        folder = tmp_path_factory.mktemp("nginx")
        running.enter_context(behind_nginx(ports, folder, port, plain))
        yield Front(port, plain, servers)


def cookie_of(answer: HTTPResponse) -> str:
    """The cookie that nginx sets, without its attributes."""
    return str(answer.headers["Set-Cookie"]).partition(";")[0]


@needs_nginx
@pytest.mark.feature
def test_each_visitor_stays_with_one_process(front: Front) -> None:
    homes = set()
    for _ in range(VISITORS):
        cookie = cookie_of(front.ask()[1])
        answers = [front.ask(cookie) for _ in range(4)]
        (home,) = {words[0] for words, _ in answers}
        assert all(answer.headers["Set-Cookie"] is None for _, answer in answers)
        homes.add(home)
    assert homes == {str(server.server_address[1]) for server in front.servers}


@needs_nginx
@pytest.mark.feature
def test_who_refuses_the_cookie_stays_with_one_process_too(front: Front) -> None:
    found = {}
    for number in range(VISITORS):
        (found[number],) = {front.ask(browser=f"browser {number}")[0][0] for _ in range(4)}
    assert len(set(found.values())) == 2


@needs_nginx
@pytest.mark.feature
def test_the_cookie_reaches_the_app_in_a_frame_of_another_site(front: Front) -> None:
    attributes = front.ask()[1].headers["Set-Cookie"].split("; ")
    assert {"Secure", "SameSite=None", "Partitioned", "HttpOnly", "Path=/"} <= set(attributes)
    assert re.fullmatch(r"stnviz=[0-9a-f]{32}", attributes[0])


@needs_nginx
@pytest.mark.feature
def test_the_app_is_told_the_name_and_the_path_that_were_asked_for(front: Front) -> None:
    assert front.ask()[0][1:] == [f"{NAME}:{front.port}", "/stn/file"]


@needs_nginx
@pytest.mark.feature
def test_uploads_pass_up_to_the_limit_of_the_app(front: Front) -> None:
    assert front.ask(method="PUT", body=bytes(20 * 2**20))[1].status == 200
    assert front.ask(method="PUT", body=bytes(30 * 2**20))[1].status == 413


@needs_nginx
@pytest.mark.feature
def test_without_tls_and_without_a_slash_the_right_address_is_named(front: Front) -> None:
    line = HTTPConnection("127.0.0.1", front.plain, timeout=20)
    line.request("GET", "/stn/play?digit=3", headers={"Host": NAME})
    answer = line.getresponse()
    assert (answer.status, answer.headers["Location"]) == (301, f"https://{NAME}/stn/play?digit=3")
    line.close()


@needs_nginx
@pytest.mark.exception
def test_the_visitors_of_a_process_that_ended_go_to_another_one(front: Front) -> None:
    cookies = [cookie_of(front.ask()[1]) for _ in range(8)]
    ended = front.servers[0]
    ended.shutdown()
    ended.server_close()
    left = str(front.servers[1].server_address[1])
    assert {front.ask(cookie)[0][0] for cookie in cookies} == {left}


@pytest.mark.feature
def test_nginx_takes_larger_uploads_than_the_app() -> None:
    """So that the app's own sentence is what a visitor reads."""
    app = tomllib.loads((HOSTING.parent / ".streamlit" / "config.toml").read_text())
    text = (HOSTING / "nginx.conf").read_text(encoding="utf-8")
    (most,) = re.findall(r"client_max_body_size (\d+)m;", text)
    assert int(most) > app["server"]["maxUploadSize"]


@pytest.mark.feature
def test_the_files_name_the_same_address() -> None:
    base = settings()["STREAMLIT_SERVER_BASE_URL_PATH"]
    origin, _ = settings()["STREAMLIT_SERVER_CORS_ALLOWED_ORIGINS"].split()
    assert f"location /{base}/ {{" in (HOSTING / "nginx.conf").read_text(encoding="utf-8")
    assert f'src="{origin}/{base}/?' in (HOSTING / "frame.html").read_text(encoding="utf-8")


@pytest.mark.exception
def test_a_recipe_that_has_changed_is_noticed() -> None:
    with pytest.raises(ValueError, match="0 times"):
        replaced("listen 443;", {"listen 80;": "listen 81;"})
