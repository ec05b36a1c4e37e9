"""The whole of MNIST: its folder, its download, and doing without it.

Nothing here reaches beyond this machine: the mirror is a server on loopback with a few tiny
files in MNIST's own format.
"""

from __future__ import annotations

import functools
import gzip
import hashlib
import threading
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from stnviz.data import digits as module
from stnviz.data.digits import (
    VALIDATION,
    MnistNotFound,
    data_folder,
    gallery,
    load_digits,
    mnist,
    part_of_gallery,
)

NAMES = (
    "train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz",
    "t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz",
)  # fmt: skip
TRAIN, TEST, FIRST = 12, 5, 4


def idx(array: np.ndarray) -> bytes:
    """An array of bytes in MNIST's own format."""
    head = bytes([0, 0, 8, array.ndim]) + b"".join(n.to_bytes(4, "big") for n in array.shape)
    return head + array.tobytes()


def tiny_mnist() -> dict[str, bytes]:
    draw = np.random.default_rng(0)
    files = []
    for count in (TRAIN, TEST):
        files.append(draw.integers(0, 256, (count, 28, 28), dtype=np.uint8))
        files.append(np.arange(count, dtype=np.uint8) % 10)
    return {name: gzip.compress(idx(array)) for name, array in zip(NAMES, files, strict=True)}


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *arguments: Any) -> None:
        """Say nothing."""


@pytest.fixture
def mirror(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder that is served as MNIST's only mirror."""
    folder = tmp_path / "mirror"
    folder.mkdir()
    files = tiny_mnist()
    for name, content in files.items():
        (folder / name).write_bytes(content)
    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=folder))
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    monkeypatch.setenv("no_proxy", "*")
    monkeypatch.setattr(
        "torchvision.datasets.MNIST.mirrors", [f"http://127.0.0.1:{server.server_port}/"]
    )
    sums = [(name, hashlib.md5(content).hexdigest()) for name, content in files.items()]
    monkeypatch.setattr("torchvision.datasets.MNIST.resources", sums)
    monkeypatch.setattr(module, "GALLERY_COUNT", FIRST)
    yield folder
    server.shutdown()
    server.server_close()


@pytest.fixture
def no_mirror(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody listens on port 9 of this machine: the download fails at once."""
    monkeypatch.setenv("no_proxy", "*")
    monkeypatch.setattr("torchvision.datasets.MNIST.mirrors", ["http://127.0.0.1:9/"])


@pytest.mark.feature
def test_the_folder_is_the_argument_then_the_variable_then_data(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("STNVIZ_DATA", raising=False)
    assert data_folder() == Path("data")
    monkeypatch.setenv("STNVIZ_DATA", str(tmp_path))
    assert data_folder() == tmp_path
    assert data_folder(tmp_path / "other") == tmp_path / "other"


@pytest.mark.feature
def test_what_is_missing_is_downloaded(mirror: Path, tmp_path: Path) -> None:
    digits, notice = load_digits("test", tmp_path / "data")
    assert notice is None
    assert len(digits) == TEST
    assert digits.images.tobytes() == gzip.decompress((mirror / NAMES[2]).read_bytes())[16:]
    assert digits.labels.tolist() == [0, 1, 2, 3, 4]
    assert digits.labels.dtype == np.uint8


@pytest.mark.feature
def test_training_leaves_the_gallery_out(mirror: Path, tmp_path: Path) -> None:
    digits = mnist("train", tmp_path / "data")
    assert len(digits) == TRAIN - FIRST
    assert digits.labels.tolist() == [4, 5, 6, 7, 8, 9, 0, 1]
    assert "training digits" in digits.source


@pytest.mark.feature
@pytest.mark.usefixtures("mirror")
def test_what_is_there_is_not_downloaded_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mnist("test", tmp_path / "data")
    monkeypatch.setattr("torchvision.datasets.MNIST.mirrors", ["http://127.0.0.1:9/"])
    assert len(mnist("test", tmp_path / "data")) == TEST


@pytest.mark.exception
@pytest.mark.parametrize("name", NAMES)
def test_a_file_with_the_wrong_checksum_is_not_believed(
    mirror: Path, tmp_path: Path, name: str
) -> None:
    (mirror / name).write_bytes(gzip.compress(b"something else"))
    with pytest.raises(MnistNotFound, match="could not be downloaded"):
        mnist("test", tmp_path / "data")


@pytest.mark.exception
@pytest.mark.usefixtures("mirror")
@pytest.mark.parametrize("kept", [0, 6, 1000])
def test_a_file_cut_short_on_disk_is_noticed(tmp_path: Path, kept: int) -> None:
    mnist("test", tmp_path / "data")
    path = tmp_path / "data" / "MNIST" / "raw" / NAMES[2].removesuffix(".gz")
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(MnistNotFound, match="MNIST"):
        mnist("test", tmp_path / "data")


@pytest.mark.exception
@pytest.mark.usefixtures("no_mirror")
def test_without_mnist_the_sentence_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(MnistNotFound) as caught:
        mnist("train", tmp_path)
    for part in (str(tmp_path), "MNIST/raw", "--data-dir", "STNVIZ_DATA"):
        assert part in str(caught.value)


@pytest.mark.feature
@pytest.mark.usefixtures("no_mirror")
def test_without_mnist_the_gallery_serves_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STNVIZ_DATA", str(tmp_path))
    train, said = load_digits("train")
    test, also_said = load_digits("test")
    assert said is not None
    assert said.endswith("Using 6,000 digits of the gallery inside stnviz instead.")
    assert also_said is not None
    assert "2,000 digits" in also_said
    validation = part_of_gallery(VALIDATION)
    whole = np.concatenate([validation.images, train.images, test.images])
    np.testing.assert_array_equal(whole, gallery().images)
