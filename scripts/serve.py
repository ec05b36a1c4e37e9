"""Start the app at a given address, or print one sentence why not: serve.py HOST PORT."""

from __future__ import annotations

import errno
import os
import socket
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
HIGHEST_PORT = 65_535


def problem(host: str, port: str) -> str | None:
    """Why the app cannot listen there, or None."""
    if not port.isdecimal() or not 1 <= int(port) <= HIGHEST_PORT:
        return f"PORT={port} is no port: choose a number from 1 to {HIGHEST_PORT}."
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, int(port), type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        with socket.socket(family, kind, protocol) as probe:
            # A port whose last connection has just been closed (TIME_WAIT) counts as free.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
            probe.listen(1)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            other = int(port) % HIGHEST_PORT + 1
            return f"Port {port} is in use: choose another with `make run PORT={other}`."
        if error.errno == errno.EACCES:
            return f"Port {port} is for administrators: choose one above 1023 with PORT=."
        return f"HOST={host} is no address of this machine: use 127.0.0.1, or 0.0.0.0 for all."
    return None


def main(host: str, port: str) -> None:
    """Check the address, print it, and replace this process by Streamlit."""
    if sentence := problem(host, port):
        print(sentence, file=sys.stderr)
        raise SystemExit(2)
    shown = "localhost" if host in ("0.0.0.0", "::") else host
    print(f"stnviz: http://{f'[{shown}]' if ':' in shown else shown}:{port}", flush=True)
    os.chdir(ROOT)
    command = ["streamlit", "run", "app.py", "--server.address", host, "--server.port", port]
    if os.name == "nt":  # on Windows, a replaced process loses its terminal
        raise SystemExit(subprocess.call([sys.executable, "-m", *command]))
    os.execv(sys.executable, [sys.executable, "-m", *command])


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
