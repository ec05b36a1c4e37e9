"""A visitor without a browser: opens a page, sends files as Streamlit's page does, reads along."""

from __future__ import annotations

import time
import urllib.error
import urllib.request
import uuid
from contextlib import ExitStack
from typing import Any

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.Common_pb2 import FileURLs
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import connect

COOKIE = "_streamlit_xsrf"
PATIENCE = 90.0


class Visitor:
    """Open a page of the app.

    Args:
        port: of a server on the loopback address.
        page: name of the page.
    """

    def __init__(self, port: int, page: str = "play") -> None:
        self.address, self.page = f"http://127.0.0.1:{port}", page
        with urllib.request.urlopen(f"{self.address}/_stcore/health") as answer:
            cookies = answer.headers.get_all("Set-Cookie") or []
        self.token = next(c for c in cookies if c.startswith(COOKIE)).split("=", 1)[1].split(";")[0]
        self._open = ExitStack()
        self.line = self._open.enter_context(connect(
            f"ws://127.0.0.1:{port}/_stcore/stream", subprotocols=["streamlit", self.token],  # type: ignore[list-item]
            additional_headers={"Cookie": f"{COOKIE}={self.token}"}, max_size=None,
        ))  # fmt: skip
        self.session, self.uploader = "", ""
        self.said: list[str] = []
        self.run()

    def __enter__(self) -> Visitor:
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def run(self, message: BackMsg | None = None) -> None:
        """Have the page made, and read until it is."""
        message = message or BackMsg()
        message.rerun_script.page_name = self.page
        self.line.send(message.SerializeToString())
        self.said.clear()
        while True:
            told = self.hear()
            kind = told.WhichOneof("type")
            if kind == "new_session":
                self.session = told.new_session.initialize.session_id
            elif kind == "delta":
                self._read(told.delta.new_element)
            elif kind == "script_finished":
                return

    def hear(self) -> ForwardMsg:
        """The next message of the server."""
        told = ForwardMsg()
        told.ParseFromString(self.line.recv(PATIENCE, decode=False))
        return told

    def _read(self, element: Any) -> None:
        kind = element.WhichOneof("type")
        if kind == "file_uploader":
            self.uploader = element.file_uploader.id
        elif kind == "alert":
            self.said.append(element.alert.body)
        elif kind == "exception":
            self.said.append(f"!!! {element.exception.type}: {element.exception.message}")
        elif kind == "markdown":
            self.said.append(element.markdown.body)

    def places(self, count: int) -> list[FileURLs]:
        """Ask where to send so many files."""
        message = BackMsg()
        message.file_urls_request.request_id = uuid.uuid4().hex
        message.file_urls_request.session_id = self.session
        message.file_urls_request.file_names.extend(["clip.mp4"] * count)
        self.line.send(message.SerializeToString())
        while True:
            told = self.hear()
            if told.WhichOneof("type") == "file_urls_response":
                return list(told.file_urls_response.file_urls)

    def put(self, data: bytes, path: str = "") -> int:
        """Send a file, to a path of one's own making where none is given; the status."""
        path = path or f"/_stcore/upload_file/{self.session}/{uuid.uuid4()}"
        edge = uuid.uuid4().hex
        head = 'Content-Disposition: form-data; name="clip.mp4"; filename="clip.mp4"\r\n'
        body = f"--{edge}\r\n{head}Content-Type: video/mp4\r\n\r\n".encode() + data
        request = urllib.request.Request(
            f"{self.address}{path}", body + f"\r\n--{edge}--\r\n".encode(),
            {"Content-Type": f"multipart/form-data; boundary={edge}", "X-Xsrftoken": self.token,
             "Cookie": f"{COOKIE}={self.token}"}, method="PUT",
        )  # fmt: skip
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            return error.code

    def upload(self, data: bytes) -> tuple[list[str], float]:
        """Choose a file on the page; what the page says then, and after how many seconds."""
        (place,) = self.places(1)
        began = time.perf_counter()
        self.put(data, place.upload_url)
        message = BackMsg()
        state = message.rerun_script.widget_states.widgets.add()
        state.id = self.uploader
        info = state.file_uploader_state_value.uploaded_file_info.add()
        info.file_id, info.name, info.size = place.file_id, "clip.mp4", len(data)
        info.file_urls.CopyFrom(place)
        self.run(message)
        return list(self.said), time.perf_counter() - began
