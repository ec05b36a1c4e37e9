"""The command ``export``: what it refuses, and that nothing is left half-written."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from stnviz.cli import main
from stnviz.onnx import export as exporting

NAME = "mnist-r/st-cnn-affine"


@pytest.mark.exception
@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "Name a checkpoint and a file"),
        ([NAME], "Name a checkpoint and a file"),
        (["mnist-r/st-cnn-afine", "-o", "x.onnx"], "did you mean 'mnist-r/st-cnn-affine'"),
        ([NAME, "--distortion", "free", "-o", "x.onnx"], "add --answer"),
        (
            [NAME, "--answer", "--distortion", "mnist-tc", "-o", "x.onnx"],
            "answers for mnist-r, mnist-p, mnist-p-fitted, mnist-e, free, not for mnist-tc",
        ),
        (
            ["sequences/cnn", "--answer", "--distortion", "free", "-o", "x.onnx"],
            "Only networks of the Play page take a distortion",
        ),
    ],
)
def test_what_is_impossible_is_said(
    arguments: list[str], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    assert main(["export", *arguments]) == 2
    assert said in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


@pytest.mark.exception
def test_without_its_packages_the_command_that_installs_them_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr(exporting, "find_spec", lambda name: None if name == "onnxscript" else 1)
    assert main(["export", NAME, "-o", str(tmp_path / "x.onnx")]) == 2
    said = capsys.readouterr().err
    assert "ONNX files need onnxscript" in said
    assert "pip install 'stnviz[onnx]'" in said


class Recorded:
    def SerializeToString(self) -> bytes:  # noqa: N802
        return b"graph"


@pytest.mark.exception
def test_a_full_disk_leaves_the_earlier_file(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    file = tmp_path / "net.onnx"
    file.write_bytes(b"earlier")

    def full(path: Path, data: bytes) -> int:
        with path.open("wb") as half:
            half.write(data[:2])
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(exporting, "record", lambda graph: Recorded())
    monkeypatch.setattr(Path, "write_bytes", full)
    assert main(["export", NAME, "-o", str(file)]) == 2
    assert "cannot be written" in capsys.readouterr().err
    assert file.read_bytes() == b"earlier"
    assert list(tmp_path.iterdir()) == [file]


@pytest.mark.feature
def test_the_list_names_every_checkpoint_and_its_distortions(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["export", "--list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    (ours,) = [line for line in lines if line.startswith(f"{NAME} ")]
    assert ours.split()[1:] == ["play", "mnist-r", "mnist-p", "mnist-p-fitted", "mnist-e", "free"]
    assert any(line.startswith("glasses/") and "steps" in line for line in lines)
