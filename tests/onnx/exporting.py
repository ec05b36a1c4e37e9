"""Exporting in the tests: commands run in a process of their own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]


def export(*commands: Sequence[str | Path]) -> list[dict[str, Any]]:
    """Exit code and output of each ``export`` with these options."""
    given = json.dumps([["export", *map(str, command)] for command in commands])
    script = Path(__file__).with_name("recording.py")
    done = subprocess.run(
        [sys.executable, "-W", "ignore", script, given], cwd=ROOT,
        env={**os.environ, "PYTHONPATH": "."}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found: list[dict[str, Any]] = json.loads(done.stdout.splitlines()[-1])
    return found
