"""Short training runs on the small MNIST."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from stnviz.cli import main


@pytest.fixture
def no_mnist(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither a data folder nor a network."""
    import stnviz.data.digits as digits

    def mnist(split: str, folder: Path | None = None) -> None:
        raise digits.MnistNotFound("MNIST is not here.")

    monkeypatch.setenv("STNVIZ_DATA", str(tmp_path / "nothing"))
    monkeypatch.setattr(digits, "mnist", mnist)


@pytest.fixture(scope="session")
def arguments() -> Callable[..., list[str]]:
    """A short training command, with whatever is to be different in it."""

    def build(out: Path, *more: str, model: str = "st-cnn", transform: str | None = "affine"):
        line = ["train", "--data", "mnist-r", "--model", model, "--steps", "3", "--batch-size", "8"]
        line += ["--out", str(out), "--precision", "float32", "--device", "cpu", "--threads", "1"]
        return [*line, *(["--transform", transform] if transform else []), *more]

    return build


@pytest.fixture(scope="session")
def trained(
    small_mnist: Path, tmp_path_factory: pytest.TempPathFactory, arguments: Callable[..., list[str]]
) -> Path:
    """A finished checkpoint; copy it before changing it."""
    out = tmp_path_factory.mktemp("checkpoints") / "mnist-r" / "st-cnn-affine"
    assert main(arguments(out, "--data-dir", str(small_mnist))) == 0
    return out


@pytest.fixture
def copied(trained: Path, tmp_path: Path) -> Path:
    """A copy of the finished checkpoint that a test may damage."""
    return Path(shutil.copytree(trained, tmp_path / "copied"))
