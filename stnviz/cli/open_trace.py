"""The command ``open``: the app on a trace file."""

from __future__ import annotations

import os
import socket

from stnviz.cli.console import UsageError, as_sentence
from stnviz.cli.serve import start
from stnviz.cli.trace_options import Open
from stnviz.records.trace_file import load_trace
from stnviz.settings import TRACE


def run(options: Open) -> int:
    """Check the file, say where it is shown, and replace this process by the app.

    Raises:
        UsageError: the file is no trace, the address cannot be listened at, or Streamlit is not
            installed.
    """
    try:
        trace = load_trace(options.file)
    except ValueError as error:
        raise UsageError(as_sentence(error)) from error
    port = free_port(options.host, options.port)
    shown = "localhost" if options.host in ("0.0.0.0", "::") else options.host
    address = f"http://{f'[{shown}]' if ':' in shown else shown}:{port}/debug"
    steps = f"{len(trace.steps)} step{'' if len(trace.steps) == 1 else 's'}"
    print(f"{options.file}: {steps} on {len(trace)} images. Open {address}", flush=True)
    os.environ[TRACE] = str(options.file.resolve())
    return start(["--server.address", options.host, "--server.port", str(port)])


def free_port(host: str, port: int) -> int:
    """The port itself if nothing listens there, else another one.

    Raises:
        UsageError: this machine cannot listen at the address or port.
    """
    for candidate in (port, 0):
        try:
            family, kind, protocol, _, address = socket.getaddrinfo(
                host, candidate, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
            )[0]
            with socket.socket(family, kind, protocol) as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind(address)
                probe.listen(1)
                return int(probe.getsockname()[1])
        except (OSError, OverflowError):
            continue
    raise UsageError(
        f"{host} is no address of this machine: use 127.0.0.1, or 0.0.0.0 for all, with --host."
    )
