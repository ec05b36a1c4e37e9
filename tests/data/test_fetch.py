"""What is downloaded, from where, and what it is checked against."""

from __future__ import annotations

from pathlib import Path

import pytest

from stnviz.data.birds.cub import FILES, read_cub
from stnviz.data.downloads.sources import SOURCES


@pytest.mark.law
@pytest.mark.parametrize("name", SOURCES)
def test_every_source_can_be_checked_and_asked_for(name: str) -> None:
    lengths = {"md5": 32, "sha256": 64}
    for archive in SOURCES[name].archives:
        algorithm, digits = archive.file.checksum.split(":")
        assert len(bytes.fromhex(digits)) * 2 == lengths[algorithm]
        assert archive.file.size > 0
        assert archive.unpacked > archive.file.size
        assert archive.file.addresses
        for address in archive.file.addresses:
            assert address.startswith(("https://", "http://"))
            assert address.endswith(f"/{archive.file.name}")


@pytest.mark.law
def test_mnist_is_what_torchvision_checks_and_where_it_looks() -> None:
    from torchvision.datasets import MNIST

    ours = {archive.file.name: archive.file.checksum for archive in SOURCES["mnist"].archives}
    assert ours == {name: f"md5:{digits}" for name, digits in MNIST.resources}
    assert {archive.place for archive in SOURCES["mnist"].archives} == {"MNIST/raw"}
    for mirror in MNIST.mirrors:
        assert f"{mirror}train-images-idx3-ubyte.gz" in SOURCES["mnist"].archives[0].file.addresses


@pytest.mark.law
def test_birds_are_whole_where_the_loader_finds_them(tmp_path: Path) -> None:
    from tests.data.test_cub import write

    folder = write(tmp_path)
    assert SOURCES["cub"].missing(tmp_path) == SOURCES["cub"].missing(folder) == ()
    assert len(read_cub(folder).photos) == 3
    for name in FILES:
        (folder / name).rename(folder / "away")
        (archive,) = SOURCES["cub"].missing(tmp_path)
        assert archive.lacks(tmp_path) == (name,)
        (folder / "away").rename(folder / name)
