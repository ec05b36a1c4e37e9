"""The command ``run``: start the Streamlit app from any folder."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from importlib.util import find_spec

from stnviz.cli.console import UsageError
from stnviz.cli.options import Run
from stnviz.settings import ROOT

SHORT = {"--port": "--server.port", "--host": "--server.address"}
"""Options that every server has, and what Streamlit calls them."""


def streamlit_options(given: Sequence[str]) -> list[str]:
    """Options of ``run`` as Streamlit takes them; values may follow after a space or ``=``."""
    parts = (option.partition("=") for option in given)
    return ["".join((SHORT.get(name, name), sign, value)) for name, sign, value in parts]


def run(options: Run) -> int:
    """Replace this process by ``streamlit run`` of the app; runs go to the current folder.

    Streamlit's settings are those beside the app.

    Raises:
        UsageError: Streamlit is not installed.
    """
    return start(streamlit_options(options.options))


def start(options: Sequence[str]) -> int:
    """Replace this process by the app, with these options of ``streamlit run``.

    Raises:
        UsageError: Streamlit is not installed.
    """
    if find_spec("streamlit") is None:
        raise UsageError("The app needs Streamlit: install it with pip install 'stnviz[app]'.")
    command = [sys.executable, "-m", "streamlit", "run", str(ROOT / "app.py"), *options]
    if os.name != "nt":  # on Windows, a replaced process loses its terminal
        os.execv(command[0], command)
    return subprocess.call(command)
