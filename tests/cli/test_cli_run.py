"""``stnviz run``: it becomes Streamlit's own command, with the app and the options it was given."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

import stnviz
from stnviz.cli import main, serve
from stnviz.cli.options import Run, parse
from stnviz.cli.serve import streamlit_options
from stnviz.settings import ROOT

OPTIONS = ("--server.port", "8600", "--", "--mine")


@pytest.mark.feature
def test_options_go_to_streamlit_as_they_are() -> None:
    assert parse(["run", *OPTIONS]) == Run(OPTIONS)
    assert parse(["run"]) == Run()


@pytest.mark.feature
def test_help_is_ours(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        parse(["run", "--help"])
    assert left.value.code == 0
    assert "Start the app" in capsys.readouterr().out


@pytest.mark.feature
@pytest.mark.parametrize("system", ["posix", "nt"])
def test_the_process_becomes_the_app(system: str, monkeypatch: pytest.MonkeyPatch) -> None:
    begun = []
    asked = SimpleNamespace(name=system, execv=lambda _, command: begun.append(command))
    monkeypatch.setattr(serve, "os", asked)
    called = SimpleNamespace(call=lambda command: begun.append(command) or 0)
    monkeypatch.setattr(serve, "subprocess", called)
    assert main(["run", *OPTIONS]) == 0
    wanted = [sys.executable, "-m", "streamlit", "run", str(ROOT / "app.py"), *OPTIONS]
    assert begun[0] == wanted
    assert Path(wanted[4]).is_file()


@pytest.mark.exception
def test_without_streamlit_it_says_what_to_install() -> None:
    code = "import sys; sys.modules['streamlit'] = None; from stnviz.cli import main; "
    done = subprocess.run(
        [sys.executable, "-c", code + "print(main(['run']))"], cwd=ROOT, env=dict(os.environ),
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout.strip() == "2"
    assert "pip install 'stnviz[app]'" in done.stderr


@pytest.mark.cardinality
@pytest.mark.parametrize(
    ("given", "passed"),
    [
        ((), []),
        (("--port", "8600"), ["--server.port", "8600"]),
        (("--port=8600", "--host=::"), ["--server.port=8600", "--server.address=::"]),
        (
            ("--server.port", "8600", "--theme.base=dark"),
            ["--server.port", "8600", "--theme.base=dark"],
        ),
    ],
)
def test_short_options_are_those_of_streamlit(given: tuple[str, ...], passed: list[str]) -> None:
    assert streamlit_options(given) == passed


@pytest.mark.feature
def test_it_says_its_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"{stnviz.__version__}\n"
