"""Helpers that run the app on a free port and open a Chromium, for screenshots and tests."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from playwright.sync_api import Browser, Playwright

ROOT = Path(__file__).parents[1]
APP = ROOT / "app.py"
PATIENCE = 60

QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
"""Chromium options without background network requests."""

BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome",
            "google-chrome-stable")  # fmt: skip
"""Commands that start a Chromium, the one that is tried first in front."""


def free_port() -> int:
    """A free port on the loopback address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def started(
    script: Path = APP, *options: str, log: IO[bytes] | None = None, **variables: str
) -> tuple[subprocess.Popen[bytes], int]:
    """Start a Streamlit script on a free port and wait until it responds.

    Args:
        script: the script to run.
        options: further options of ``streamlit run``.
        log: file for its output; without it, only its errors are shown.
        variables: environment variables in addition to those of this process.

    Returns:
        The process and its port.

    Raises:
        RuntimeError: it ended, or did not respond for a minute.
    """
    port = free_port()
    command = [sys.executable, "-m", "streamlit", "run", str(script), "--server.port", str(port),
               "--server.headless", "true", *options]  # fmt: skip
    server = subprocess.Popen(
        command, cwd=ROOT, env={**os.environ, **variables},
        stdout=log or subprocess.DEVNULL, stderr=subprocess.STDOUT if log else None,
    )  # fmt: skip
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end and server.poll() is None:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}", timeout=5)
        except urllib.error.HTTPError:  # it responds, under a base path
            return server, port
        except OSError:
            time.sleep(0.2)
        else:
            return server, port
    stopped(server)
    raise RuntimeError(f"{script} does not answer.")


def stopped(server: subprocess.Popen[bytes]) -> None:
    """Terminate a server, and kill it if it does not end within 20 s."""
    server.terminate()
    try:
        server.wait(timeout=20)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()


@contextlib.contextmanager
def served(script: Path = APP, *options: str, **variables: str) -> Iterator[str]:
    """Run a Streamlit script on a free port during the block; yield its address.

    The arguments are those of :func:`started`.
    """
    server, port = started(script, *options, log=None, **variables)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        stopped(server)


def chromium(playwright: Playwright, *options: str) -> Browser:
    """Launch the machine's own Chromium, else the one installed by playwright."""
    installed = next(filter(None, map(shutil.which, BROWSERS)), None)
    return playwright.chromium.launch(executable_path=installed, args=[*QUIET, *options])
