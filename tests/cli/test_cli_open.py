"""``stnviz open``: it becomes the app, on a trace that was checked first."""

from __future__ import annotations

import os
import socket
import sys
from pathlib import Path

import pytest

from stnviz.cli import main, open_trace, serve
from stnviz.cli.open_trace import free_port
from stnviz.settings import TRACE
from tests.watched import leave_traces


@pytest.fixture
def begun(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """Commands that would have replaced this process."""
    commands: list[list[str]] = []
    monkeypatch.setattr(serve.os, "execv", lambda _, command: commands.append(command))
    monkeypatch.setattr(serve.subprocess, "call", lambda command: 0)
    monkeypatch.delenv(TRACE, raising=False)
    return commands


@pytest.mark.feature
def test_the_app_is_started_on_the_debug_page(
    begun: list[list[str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    leave_traces(tmp_path, (0,))
    free = free_port("127.0.0.1", 0)
    assert main(["open", "step-000000.trace", "--port", str(free)]) == 0
    assert os.environ[TRACE] == str(tmp_path / "step-000000.trace")
    assert capsys.readouterr().out == (
        f"step-000000.trace: 1 step on 3 images. Open http://127.0.0.1:{free}/debug\n"
    )
    (command,) = begun
    assert command[:4] == [sys.executable, "-m", "streamlit", "run"]
    assert command[5:] == ["--server.address", "127.0.0.1", "--server.port", str(free)]
    assert TRACE == "STNVIZ_TRACE"


@pytest.mark.feature
def test_a_port_in_use_is_not_waited_for() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen(1)
        port = taken.getsockname()[1]
        other = free_port("127.0.0.1", port)
        assert other not in (0, port)
    assert free_port("127.0.0.1", port) == port


@pytest.mark.exception
def test_what_is_no_trace_is_refused_before_anything_starts(
    begun: list[list[str]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "odd.trace").write_bytes(b"odd")
    leave_traces(tmp_path, (0,))
    whole = str(tmp_path / "step-000000.trace")
    for line, word in (
        ([str(tmp_path / "odd.trace")], "is not a readable trace"),
        ([str(tmp_path / "nothing")], "is not a readable trace"),
        (
            [str(tmp_path / "step-000000.trace"), "--host", "192.0.2.7"],
            "no address of this machine",
        ),
        ([whole, "--host", "no.such.host"], "no address of this"),
    ):
        assert main(["open", *line]) == 2
        assert word in capsys.readouterr().err
    assert not begun
    assert TRACE not in os.environ
    assert open_trace.__doc__
