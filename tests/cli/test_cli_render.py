"""The command ``render``: files that are whole or absent, and sentences."""

from __future__ import annotations

import resource
import sys
from pathlib import Path

import pytest
from PIL import Image

from stnviz import inspect
from stnviz.cli import main
from tests.toy_traces import Localised, digits

NETWORK = "mnist-r/st-cnn-affine"
SMALL = ("--size", "60mm", "--dpi", "60")


@pytest.mark.feature
def test_a_sweep_of_a_checkpoint(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "new" / "a.webp"
    asked = ["--sweep", "rotation=-90:90", "--frames", "5", "--fps", "10", "--theme", "dark"]
    assert main(["render", NETWORK, *asked, "-o", str(out), *SMALL]) == 0
    with Image.open(out) as picture:
        assert getattr(picture, "n_frames", 1) == 5
    assert f"{out}: " in capsys.readouterr().out
    assert list(out.parent.iterdir()) == [out]


@pytest.mark.feature
def test_a_folder_gets_a_file_named_after_what_is_in_it(tmp_path: Path) -> None:
    link = "http://127.0.0.1:8501/?data=mnist-r&models=mnist-r/cnn&digit=3&seed=1&angle=0.5"
    assert main(["render", link, "-o", str(tmp_path), "--format", "svg", *SMALL]) == 0
    assert [path.name for path in tmp_path.iterdir()] == ["mnist-r-cnn-digit3-rotation29.svg"]


@pytest.mark.feature
def test_a_trace_of_a_network_of_ones_own(tmp_path: Path) -> None:
    file = tmp_path / "mine.trace"
    inspect(Localised(), digits(3)).save(file)
    out = tmp_path / "mine.gif"
    assert main(["render", str(file), "-o", str(out), *SMALL]) == 0
    with Image.open(out) as picture:
        assert getattr(picture, "n_frames", 1) == 3


@pytest.mark.exception
@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([NETWORK, "-o", "a.bmp"], "The ending .bmp says no format"),
        (["mnist-r/none", "-o", "a.png"], "neither a file, a link nor a checkpoint"),
        ([NETWORK, "-o", "a.gif", "--sweep", "rotation=-200:0"], "goes from -180 to 180"),
        ([NETWORK, "-o", "a.png", "--sweep", "rotation=0:9"], "PNG holds one picture"),
        ([NETWORK, "-o", "a.png", "--size", "9km"], "must be a width such as"),
        ([NETWORK, "-o", "a.png", "--dpi", "9999"], "from 36 to 1,200 dpi"),
        ([NETWORK, "-o", "a.png", "--theme", "pink"], "--theme must be one of light, dark"),
    ],
)
def test_a_request_that_cannot_be_gets_one_sentence(
    arguments: list[str],
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["render", *arguments]) == 2
    (line,) = [one for one in capsys.readouterr().err.splitlines() if "%" not in one]
    assert said in line
    assert list(tmp_path.iterdir()) == []


@pytest.mark.exception
def test_a_file_that_is_no_trace(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "text.trace"
    file.write_text("no trace")
    assert main(["render", str(file), "-o", str(tmp_path / "a.png")]) == 2
    assert "is not a readable trace" in capsys.readouterr().err


@pytest.mark.exception
def test_a_full_disk_leaves_what_was_there(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "a.csv"
    out.write_text("before")
    monkeypatch.setattr(sys, "dont_write_bytecode", True)  # Python keeps what it wrote by half
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, before[1]))
    try:
        code = main(["render", NETWORK, "-o", str(out)])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert code == 2
    assert "cannot be written" in capsys.readouterr().err
    assert out.read_text() == "before"
    assert list(tmp_path.iterdir()) == [out]


@pytest.mark.exception
def test_a_folder_that_cannot_be_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "file"
    file.write_text("in the way")
    assert main(["render", NETWORK, "-o", str(file / "a.png")]) == 2
    assert "is no folder that can be written" in capsys.readouterr().err
    assert file.read_text() == "in the way"


@pytest.mark.exception
def test_ctrl_c_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from stnviz.cli.render import ProgressLine

    def interrupt(self: ProgressLine, share: float, what: str) -> None:
        if share > 0.2:
            raise KeyboardInterrupt

    monkeypatch.setattr(ProgressLine, "show", interrupt)
    asked = ["render", NETWORK, "--frames", "9", "-o", str(tmp_path / "a.mp4"), *SMALL]
    assert main(asked) == 130
    assert list(tmp_path.iterdir()) == []
