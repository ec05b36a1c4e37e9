"""``fetch``, from a server on loopback to what the loaders make of it."""

from __future__ import annotations

import gzip
import os
import re
import shlex
import signal
import sys
from collections.abc import Iterator
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from types import SimpleNamespace
from typing import get_args

import numpy as np
import pytest
from PIL import Image

from stnviz.cli import fetch as command
from stnviz.cli import main
from stnviz.cli.fetch import TransferLine
from stnviz.cli.options import Fetch, Fetchable, parse
from stnviz.data import digits
from stnviz.data.birds.cub import CubNotFound, load_photos, read_cub
from stnviz.data.downloads import transfer as download
from stnviz.data.downloads.sources import SOURCES, Archive
from stnviz.data.downloads.transfer import CHUNK, RemoteFile, Transfer
from stnviz.data.numbers.svhn import SvhnNotFound, load_svhn
from tests.file_server import DEAD, FileServer, lying_in, md5, packed, serving
from tests.street_numbers import HOUSES, write_archive, write_pictures

LISTS = {
    "images.txt": "1 001.Gull/a.png\n", "image_class_labels.txt": "1 1\n",
    "train_test_split.txt": "1 0\n", "bounding_boxes.txt": "1 1.0 2.0 9.0 9.0\n",
    "classes.txt": "1 001.Gull\n", "parts/part_locs.txt": "1 2 5.0 5.0 1\n",
}  # fmt: skip


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[FileServer]:
    monkeypatch.setenv("no_proxy", "*")
    monkeypatch.setattr(download, "WAITS", (0.0,))
    with serving() as started:
        yield started


def publish(
    name: str, server: FileServer, contents: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Let the server be the one address of a data set that consists of these archives."""
    archives = []
    for archive in SOURCES[name].archives:
        served, content = archive.file.name, contents[archive.file.name]
        server.files[served] = content
        file = RemoteFile(served, len(content), md5(content), (server.url + served,))
        unpacked = archive.unpacked if archive.needs else len(gzip.decompress(content))
        archives.append(replace(archive, file=file, unpacked=unpacked))
    monkeypatch.setitem(SOURCES, name, replace(SOURCES[name], archives=tuple(archives)))


def bird_archive(padding: int = 0) -> dict[str, bytes]:
    picture = BytesIO()
    Image.new("RGB", (20, 20), (90, 120, 60)).save(picture, "PNG")
    files = {f"CUB_200_2011/{name}": text.encode() for name, text in LISTS.items()}
    files["CUB_200_2011/images/001.Gull/a.png"] = picture.getvalue()
    files["CUB_200_2011/noise"] = np.random.default_rng(0).bytes(padding)
    return {"CUB_200_2011.tgz": packed(files)}


@pytest.mark.law
def test_every_source_can_be_named() -> None:
    assert get_args(Fetchable) == (*SOURCES, "web-runtime")


@pytest.mark.exception
def test_the_runtime_for_pages_is_fetched_by_npm(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("STNVIZ_WEB_RUNTIME", str(tmp_path / "runtime"))
    monkeypatch.setenv("PATH", "")
    assert main(["fetch", "web-runtime"]) == 2
    assert "fetched by npm: install it" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


@pytest.mark.feature
def test_birds_are_found_where_they_are_fetched(
    server: FileServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    publish("cub", server, bird_archive(), monkeypatch)
    monkeypatch.setenv("STNVIZ_DATA", str(tmp_path / "data"))
    assert main(["fetch", "cub"]) == 0
    assert len(load_photos(read_cub(tmp_path / "data"), 16, train=False)) == 1
    said = capsys.readouterr()
    assert said.err == ""
    assert said.out.splitlines() == [
        f"Fetching CUB-200-2011 ({len(server.files['CUB_200_2011.tgz']) / 1e3:.0f} kB) into "
        f"{tmp_path / 'data'}. It is for research only and not to be redistributed.",
        f"CUB-200-2011 is whole, in {tmp_path / 'data'}.",
    ]
    assert main(["fetch", "cub"]) == 0
    assert capsys.readouterr().out == (
        f"CUB-200-2011 is in {tmp_path / 'data'} already: there is nothing to do.\n"
    )
    assert len(server.asked) == 1


@pytest.mark.feature
def test_street_numbers_are_found_where_they_are_fetched(
    server: FileServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    contents = {}
    for split in ("train", "test"):
        folder = write_archive(tmp_path / "made" / split, HOUSES)
        write_pictures(folder, [name for name, _ in HOUSES])
        files = {f"{split}/{path.name}": path.read_bytes() for path in folder.iterdir()}
        contents[f"{split}.tar.gz"] = packed(files)
    publish("svhn", server, contents, monkeypatch)
    assert main(["fetch", "svhn", "--data-dir", str(tmp_path)]) == 0
    for split in ("train", "test"):
        assert len(load_svhn(tmp_path / "svhn" / split, 32, loose=False)) == len(HOUSES)


@pytest.mark.feature
def test_digits_are_found_where_they_are_fetched(
    server: FileServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from torchvision.datasets import MNIST

    def idx(array: np.ndarray) -> bytes:
        sizes = b"".join(size.to_bytes(4, "big") for size in array.shape)
        return bytes([0, 0, 8, array.ndim]) + sizes + array.tobytes()

    images = np.random.default_rng(0).integers(0, 256, (5, 28, 28), dtype=np.uint8)
    arrays = {"images-idx3": images, "labels-idx1": np.arange(5, dtype=np.uint8)}
    contents = {
        f"{split}-{kind}-ubyte.gz": gzip.compress(idx(array))
        for split in ("train", "t10k")
        for kind, array in arrays.items()
    }
    publish("mnist", server, contents, monkeypatch)
    assert main(["fetch", "mnist", "--data-dir", str(tmp_path)]) == 0
    monkeypatch.setattr(MNIST, "mirrors", [DEAD])
    found = digits.mnist("test", tmp_path)
    np.testing.assert_array_equal(found.images, images)


@pytest.mark.exception
def test_without_a_network_the_command_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("no_proxy", "*")
    (archive,) = SOURCES["cub"].archives
    far: Archive = replace(archive, file=replace(archive.file, addresses=(f"{DEAD}cub.tgz",)))
    monkeypatch.setitem(SOURCES, "cub", replace(SOURCES["cub"], archives=(far,)))
    assert main(["fetch", "cub", "--data-dir", str(tmp_path)]) == 2
    said = capsys.readouterr().err
    assert said.startswith("CUB_200_2011.tgz could not be downloaded (127.0.0.1:9: ")
    assert f"\n  {DEAD}cub.tgz\nPut it into {tmp_path} and start the same command again" in said
    assert lying_in(tmp_path) == set()


@pytest.mark.feature
def test_ctrl_c_keeps_the_part_and_the_command_goes_on(
    server: FileServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        pytest.skip("SIGINT is ignored here, as nohup has it")
    publish("cub", server, bird_archive(3 * CHUNK), monkeypatch)
    line = ["fetch", "cub", "--data-dir", str(tmp_path)]
    with monkeypatch.context() as keyboard:
        keyboard.setattr(TransferLine, "show", lambda *_: signal.raise_signal(signal.SIGINT))
        assert main(line) == 130
    said = capsys.readouterr().err
    assert said.startswith("Interrupted: 262 kB are kept in ")
    assert said.endswith("and the same command goes on from there.\n")
    assert lying_in(tmp_path) == {"CUB_200_2011.tgz.part"}
    assert (tmp_path / "CUB_200_2011.tgz.part").stat().st_size == CHUNK
    assert main(line) == 0
    assert server.asked[-1] == ("CUB_200_2011.tgz", f"bytes={CHUNK}-")
    assert len(read_cub(tmp_path).photos) == 1


@pytest.mark.feature
def test_a_terminal_gets_a_line_for_each_file(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    clock = iter(np.arange(0.0, 100.0, 2.0))
    monkeypatch.setattr(command, "time", SimpleNamespace(monotonic=lambda: float(next(clock))))
    wide = os.terminal_size((200, 24))
    monkeypatch.setattr(command.shutil, "get_terminal_size", lambda *_, **__: wide)
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    line = TransferLine()
    for megabytes in (10, 20, 30):
        line.show(Transfer("a.tgz", "downloading", megabytes * 10**6, 130 * 10**6))
    line.show(Transfer("a.tgz", "unpacking", 65 * 10**6, 130 * 10**6))
    line.show(Transfer("b.tgz", "downloading", 5000, 20_000))
    line.end()
    said = capsys.readouterr().out
    shown = re.split(r"\r\x1b\[K", said)[1:]
    assert shown == [
        "a.tgz  10.0 MB of 130.0 MB    8 %",
        "a.tgz  20.0 MB of 130.0 MB   15 %  5.0 MB/s  22 s left",
        "a.tgz  30.0 MB of 130.0 MB   23 %  5.0 MB/s  20 s left",
        "a.tgz  unpacking   50 %\n",
        "b.tgz  5 kB of 20 kB   25 %\n",
    ]


@pytest.mark.exception
def test_what_is_missing_names_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from torchvision.datasets import MNIST

    monkeypatch.setenv("no_proxy", "*")
    monkeypatch.setattr(MNIST, "mirrors", [DEAD])
    folder = tmp_path / "my data"
    with pytest.raises(CubNotFound) as birds:
        read_cub(folder)
    with pytest.raises(SvhnNotFound) as numbers:
        load_svhn(folder / "svhn" / "test", 32, loose=False)
    with pytest.raises(digits.MnistNotFound) as ink:
        digits.mnist("test", folder)
    for name, caught in (("cub", birds), ("svhn", numbers), ("mnist", ink)):
        (quoted,) = re.findall("`python -m stnviz (.*?)`", str(caught.value))
        assert parse(shlex.split(quoted)) == Fetch(name, folder)


@pytest.mark.exception
def test_a_data_set_that_nobody_knows_leaves_with_2(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main(["fetch", "imagenet"])
    assert left.value.code == 2
    assert "svhn" in capsys.readouterr().err
