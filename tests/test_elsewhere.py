"""On systems that we do not have: what Unix alone has is blocked, and the first page runs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MISSING = ("fcntl", "pwd", "grp", "resource", "termios")

ELSEWHERE = f"""
import sys
import streamlit.testing.v1, torch, av, psutil, filelock  # what others do is theirs
for name in {MISSING!r}:
    sys.modules[name] = None
"""

EVERYTHING = """
import importlib, pkgutil
import stnviz
found = [one.name for one in pkgutil.walk_packages(stnviz.__path__, "stnviz.")]
assert len(found) > 100
for name in found:
    if name not in ("stnviz.__main__", "stnviz.ui.router"):
        importlib.import_module(name)
"""

FIRST_PAGE = """
from streamlit.testing.v1 import AppTest
page = AppTest.from_file("stnviz/ui/router.py", default_timeout=120).run()
assert not page.exception, page.exception[0].stack_trace
assert not page.error, page.error[0].value
"""

A_TRAINING = """
import tempfile
from pathlib import Path
from stnviz.cli import main
with tempfile.TemporaryDirectory() as folder:
    code = main(["train", "--data", "mnist-r", "--model", "fcn", "--steps", "2",
                 "--batch-size", "8",
                 "--out", str(Path(folder) / "run"), "--data-dir", folder, "--device", "cpu"])
assert code == 0
"""


@pytest.mark.feature
@pytest.mark.parametrize(
    "what",
    [
        pytest.param(EVERYTHING, id="imports"),
        pytest.param(FIRST_PAGE, id="page", marks=pytest.mark.slow),
        pytest.param(A_TRAINING, id="run", marks=pytest.mark.slow),
    ],
)
def test_without_what_unix_alone_has(what: str) -> None:
    run = subprocess.run(
        [sys.executable, "-c", ELSEWHERE + what], cwd=ROOT, capture_output=True, text=True
    )
    assert run.returncode == 0, run.stderr[-3000:]
