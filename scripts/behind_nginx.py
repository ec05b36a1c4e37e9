"""nginx with the configuration of ``hosting/``, before running apps, for tests and benchmarks."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

HOSTING = Path(__file__).parents[1] / "hosting"
NGINX = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
POSSIBLE = bool(NGINX and shutil.which("openssl"))
MISSING = "nginx or openssl is missing: install Debian's packages nginx and openssl."

NAME = "stn.example"
"""The host name of the configuration; a browser is told that it is this machine."""

STARTING = 20.0

MAIN = """
{user} daemon off; error_log {folder}/error.log; pid {folder}/nginx.pid; worker_processes 1;
events {{ worker_connections 4096; }}
http {{
  access_log off; client_body_temp_path {folder}/a; proxy_temp_path {folder}/b;
  fastcgi_temp_path {folder}/c; uwsgi_temp_path {folder}/d; scgi_temp_path {folder}/e;
  include {folder}/stnviz.conf;
  {more}
}}
"""


def settings(**changes: str) -> dict[str, str]:
    """The variables of ``hosting/stnviz.env``, with changes."""
    lines = (HOSTING / "stnviz.env").read_text(encoding="utf-8").splitlines()
    pairs = (line.partition("=") for line in lines if line and not line.startswith("#"))
    return {name: value for name, _, value in pairs} | changes


def replaced(text: str, changes: Mapping[str, str]) -> str:
    """A text with other words.

    Raises:
        ValueError: a word is not in it exactly once.
    """
    for old, new in changes.items():
        if text.count(old) != 1:
            raise ValueError(f"{old!r} is {text.count(old)} times in the text.")
        text = text.replace(old, new)
    return text


def certify(folder: Path) -> dict[str, str]:
    """Make a certificate; the lines of the configuration that name it, as they must be."""
    certificate, key = folder / "tls.pem", folder / "tls.key"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
         "-subj", f"/CN={NAME}", "-keyout", key, "-out", certificate],
        check=True, capture_output=True,
    )  # fmt: skip
    return {
        f"/etc/ssl/{NAME}.pem": str(certificate),
        f"/etc/ssl/{NAME}.key": str(key),
    }


@contextmanager
def behind_nginx(
    apps: Sequence[int],
    folder: Path,
    port: int,
    plain: int,
    *,
    changes: Mapping[str, str] | None = None,
    more: str = "",
) -> Iterator[None]:
    """Run nginx with ``hosting/nginx.conf`` during the block.

    Args:
        apps: ports of the processes behind it.
        folder: for its files.
        port: of the loopback address, in place of 443.
        plain: in place of 80.
        changes: further words of the configuration to replace.
        more: further servers.

    Raises:
        RuntimeError: nginx does not run; the message is its own.
    """
    assert NGINX, MISSING
    text = (HOSTING / "nginx.conf").read_text(encoding="utf-8")
    own = {
        "listen 80;": f"listen 127.0.0.1:{plain};",
        "listen 443 ssl;": f"listen 127.0.0.1:{port} ssl;",
        "    server 127.0.0.1:8501;\n": "".join(f"    server 127.0.0.1:{app};\n" for app in apps),
    }
    words = {**own, **certify(folder), **(changes or {})}
    (folder / "stnviz.conf").write_text(replaced(text, words), encoding="utf-8")
    main = folder / "nginx.conf"
    user = "user root;" if hasattr(os, "geteuid") and os.geteuid() == 0 else ""  # reads folder
    main.write_text(MAIN.format(user=user, folder=folder, more=more), encoding="utf-8")
    command = [NGINX, "-c", str(main), "-p", str(folder), "-e", str(folder / "error.log")]
    proxy = subprocess.Popen(command)
    try:
        _wait_for(proxy, port, folder / "error.log")
        yield
    finally:
        proxy.terminate()
        proxy.wait(10)


def _wait_for(proxy: subprocess.Popen[bytes], port: int, log: Path) -> None:
    end = time.monotonic() + STARTING
    while time.monotonic() < end and proxy.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError(f"nginx does not run: {log.read_text() if log.exists() else ''}")
