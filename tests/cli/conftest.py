"""A small MNIST in torchvision's layout, and short training runs on it."""

from __future__ import annotations

import shutil
import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from stnviz.cli import main
from stnviz.data.digits import GALLERY_COUNT, gallery

TRAIN, TEST = 64, 300
"""Digits beyond the ones that training leaves to the gallery, and test digits."""


def write_idx(path: Path, values: np.ndarray) -> None:
    """The format of the MNIST files: two zeros, the type, the rank, the sizes, the bytes."""
    head = struct.pack(f">HBB{values.ndim}I", 0, 8, values.ndim, *values.shape)
    path.write_bytes(head + values.tobytes())


@pytest.fixture(scope="session")
def small_mnist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder whose MNIST is made of gallery digits; nothing is downloaded."""
    root = tmp_path_factory.mktemp("data")
    raw = root / "MNIST" / "raw"
    raw.mkdir(parents=True)
    digits = gallery()
    train = np.arange(GALLERY_COUNT + TRAIN) % len(digits)
    for prefix, which in (("train", train), ("t10k", np.arange(TEST))):
        write_idx(raw / f"{prefix}-images-idx3-ubyte", digits.images[which])
        write_idx(raw / f"{prefix}-labels-idx1-ubyte", digits.labels[which])
    return root


@pytest.fixture
def data(small_mnist: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The small MNIST as the data folder of this test."""
    monkeypatch.setenv("STNVIZ_DATA", str(small_mnist))
    return small_mnist


@pytest.fixture
def no_mnist(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither a data folder nor a network."""
    import stnviz.data.digits as digits

    def mnist(split: str, folder: Path | None = None) -> None:
        raise digits.NoMnist("MNIST is not here.")

    monkeypatch.setenv("STNVIZ_DATA", str(tmp_path / "nothing"))
    monkeypatch.setattr(digits, "mnist", mnist)


@pytest.fixture(scope="session")
def arguments() -> Callable[..., list[str]]:
    """A short training command, with whatever is to be different in it."""

    def build(out: Path, *more: str, model: str = "st-cnn", transform: str | None = "affine"):
        line = ["train", "--data", "mnist-r", "--model", model, "--steps", "3", "--batch", "8"]
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
