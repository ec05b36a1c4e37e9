"""Every benchmark runs: what it would say of speed is not judged here."""

from __future__ import annotations

import re
import runpy
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
BENCHMARKS = [
    path for path in sorted((ROOT / "benchmarks").glob("*.py")) if "__main__" in path.read_text()
]
LONG = {
    "attention",
    "browser",
    "classroom",
    "export",
    "first_visit",
    "gpu",
    "inside",
    "layout",
    "live",
    "thin_convolution",
    "training",
    "warp",
}
"""Seconds each even so: a browser, every bird or network, large convolutions, videos, rivals."""


@pytest.mark.smoke
@pytest.mark.parametrize(
    "script",
    [
        pytest.param(path, id=path.stem, marks=[pytest.mark.slow] if path.stem in LONG else [])
        for path in BENCHMARKS
    ],
)
def test_every_benchmark_runs(
    script: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.syspath_prepend(str(script.parent))
    monkeypatch.setattr(sys, "argv", [str(script), "--smoke"])
    with pytest.raises(SystemExit) as ended, ThreadPoolExecutor(1) as other:
        # In this thread the loop of a browser's tests may be running.
        other.submit(runpy.run_path, str(script), run_name="__main__").result()
    assert ended.value.code == 0
    printed = capsys.readouterr().out
    assert re.search(r"^  \S.* +\d+\.\d{3} \S+ +\d+\.\d\d ms$", printed, re.MULTILINE), printed
    assert "Missed" not in printed
