"""The command ``run``: start the Streamlit app from any folder."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.util import find_spec

from stnviz.cli.console import UsageError
from stnviz.cli.options import Run
from stnviz.settings import ROOT


def run(options: Run) -> int:
    """Replace this process by ``streamlit run`` of the app; runs go to the current folder.

    Streamlit's settings are those beside the app.

    Raises:
        UsageError: Streamlit is not installed.
    """
    if find_spec("streamlit") is None:
        raise UsageError("The app needs Streamlit: install it with pip install 'stnviz[app]'.")
    command = [sys.executable, "-m", "streamlit", "run", str(ROOT / "app.py"), *options.options]
    if os.name != "nt":  # on Windows, a replaced process loses its terminal
        os.execv(command[0], command)
    return subprocess.call(command)
