"""The systemd unit: systemd itself reads it, and finds it well protected."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from scripts.behind_nginx import HOSTING, settings
from tests.hosting.recipes import ROOT

ANALYZE = shutil.which("systemd-analyze")
UNIT = HOSTING / "stnviz@.service"
INSTALLED = "/opt/stnviz"
MOST = 20
"""Tenths of systemd's measure of exposure, which runs from 0 to 10."""

needs_systemd = pytest.mark.skipif(
    not ANALYZE, reason="systemd-analyze is missing: install Debian's package systemd."
)


@pytest.fixture
def unit(tmp_path: Path) -> Path:
    """The unit for port 8501 of a program that is there: systemd looks for it."""
    python = tmp_path / "opt" / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text("#!/bin/sh\n")
    python.chmod(0o755)
    file = tmp_path / "stnviz@8501.service"
    file.write_text(UNIT.read_text(encoding="utf-8").replace(INSTALLED, str(tmp_path / "opt")))
    return file


def analyze(*words: str) -> subprocess.CompletedProcess[str]:
    """What systemd-analyze says."""
    assert ANALYZE
    return subprocess.run([ANALYZE, *words], capture_output=True, text=True)


@needs_systemd
@pytest.mark.feature
def test_systemd_reads_the_unit_without_a_complaint(unit: Path) -> None:
    found = analyze("verify", str(unit))
    assert found.returncode == 0, found.stderr
    assert f"{unit.name}:" not in found.stderr


@needs_systemd
@pytest.mark.exception
def test_systemd_would_complain(unit: Path) -> None:
    unit.write_text(unit.read_text().replace("ProtectSystem=strict", "ProtectSystem=perhaps"))
    assert f"{unit.name}:" in analyze("verify", str(unit)).stderr


@needs_systemd
@pytest.mark.feature
def test_the_unit_is_well_protected(unit: Path) -> None:
    found = analyze("security", "--offline=yes", f"--threshold={MOST}", str(unit))
    assert found.returncode == 0, found.stdout[-500:]


@pytest.mark.feature
def test_the_unit_starts_what_is_in_a_checkout() -> None:
    lines = UNIT.read_text(encoding="utf-8").splitlines()
    (start,) = (line.partition("=")[2] for line in lines if line.startswith("ExecStart="))
    python, script, address, port = start.split()
    assert python == f"{INSTALLED}/.venv/bin/python"  # where `make install` puts it
    assert (ROOT / script).is_file()
    assert (address, port) == ("127.0.0.1", "%i")


@pytest.mark.feature
def test_the_settings_of_a_class_are_known_to_the_program() -> None:
    from streamlit import config

    known = {option.env_var for option in config.get_config_options().values()}
    assert {name for name in settings() if name.startswith("STREAMLIT_")} <= known
    assert settings()["STNVIZ_READONLY"] == "1"
