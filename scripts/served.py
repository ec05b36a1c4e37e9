"""The app on a free port and a Chromium in front of it, for pictures, tests and benchmarks."""

from __future__ import annotations

import contextlib
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

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
"""A browser that calls nobody on its own."""


@contextlib.contextmanager
def served(script: Path = APP, *options: str) -> Iterator[str]:
    """Run a Streamlit script on a free port; its address, until the block ends.

    Args:
        script: to run.
        options: further ones of ``streamlit run``.
    """
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", str(script), "--server.port", str(port),
               "--server.headless", "true", *options]  # fmt: skip
    server = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL)
    address = f"http://127.0.0.1:{port}"
    try:
        for _ in range(2 * PATIENCE):
            try:
                urllib.request.urlopen(address, timeout=5)
                break
            except urllib.error.HTTPError:  # it answers: below a base path
                break
            except OSError:
                pass
            time.sleep(0.5)
        yield address
    finally:
        server.terminate()
        server.wait(timeout=20)


def chromium(playwright: Playwright, *options: str) -> Browser:
    """The machine's own Chromium, else the one that playwright installed."""
    installed = shutil.which("chromium") or shutil.which("google-chrome")
    return playwright.chromium.launch(executable_path=installed, args=[*QUIET, *options])
