"""``run``: the app, from wherever one is."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.util import find_spec

from stnviz.cli.console import UsageError
from stnviz.cli.options import Run
from stnviz.settings import ROOT


def run(options: Run) -> int:
    """Become ``streamlit run`` of the app; its settings lie beside it, runs come to this folder.

    Raises:
        UsageError: Streamlit is not installed.
    """
    if find_spec("streamlit") is None:
        raise UsageError("The app needs Streamlit: install it with pip install 'stnviz[app]'.")
    command = [sys.executable, "-m", "streamlit", "run", str(ROOT / "app.py"), *options.options]
    if os.name != "nt":  # where a process that becomes another one leaves its terminal
        os.execv(command[0], command)
    return subprocess.call(command)
