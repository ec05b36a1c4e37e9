"""Data sets that are brought to their place whole or not at all."""

from __future__ import annotations

import errno
import gzip
import shutil
import tarfile
from collections import namedtuple
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock

from stnviz.data.downloads import transfer as download
from stnviz.data.downloads.install import InstallError, by_hand_text, bytes_text, install
from stnviz.data.downloads.sources import Archive, Source
from tests.file_server import DEAD, FileServer, lying_in, md5, packed, serving

BIRDS = {"birds/images/1.jpg": b"one" * 500, "birds/images.txt": b"1 1.jpg\n", "notes.txt": b"no"}
LABELS = bytes(range(200))
PLACED = {"birds", "birds/images", "birds/images/1.jpg", "birds/images.txt"}

Usage = namedtuple("Usage", "total used free")


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[FileServer]:
    monkeypatch.setenv("no_proxy", "*")
    monkeypatch.setattr(download, "WAITS", (0.0,))
    with serving() as started:
        started.files |= {"birds.tgz": packed(BIRDS), "labels.gz": gzip.compress(LABELS, mtime=0)}
        yield started


def birds(server: FileServer, **changed: Any) -> Source:
    content = server.files["birds.tgz"]
    file = download.RemoteFile("birds.tgz", len(content), md5(content), (f"{server.url}birds.tgz",))
    archive = Archive(file, "", "birds", 10_000, ("images.txt", "images"))
    return Source("Birds", "For all.", (replace(archive, **changed),))


def labels(server: FileServer, count: int = 1) -> Source:
    content = server.files["labels.gz"]
    archives = []
    for number in range(count):
        server.files[f"labels{number}.gz"] = content
        addresses = f"{server.url}labels{number}.gz", f"{server.url}mirror/labels{number}.gz"
        file = download.RemoteFile(f"labels{number}.gz", len(content), md5(content), addresses)
        archives.append(Archive(file, "raw", f"labels{number}", len(LABELS)))
    return Source("Labels", "For all.", tuple(archives))


def done(source: Source, root: Path) -> set[str]:
    return {transfer.phase for transfer in install(source, root)}


@pytest.mark.feature
def test_a_folder_is_unpacked_and_nothing_else_stays(server: FileServer, tmp_path: Path) -> None:
    source = birds(server)
    seen = list(install(source, tmp_path / "data"))
    assert {one.name for one in seen} == {"birds.tgz"}
    assert {one.phase for one in seen} == {"downloading", "checking", "unpacking"}
    assert lying_in(tmp_path / "data") == PLACED
    assert (tmp_path / "data/birds/images/1.jpg").read_bytes() == BIRDS["birds/images/1.jpg"]
    assert source.missing(tmp_path / "data") == ()
    assert done(source, tmp_path / "data") == set()
    assert len(server.asked) == 1


@pytest.mark.feature
def test_files_are_unpacked_one_by_one_and_a_damaged_one_anew(
    server: FileServer, tmp_path: Path
) -> None:
    source = labels(server, 2)
    done(source, tmp_path)
    assert lying_in(tmp_path) == {"raw", "raw/labels0", "raw/labels1"}
    (tmp_path / "raw/labels1").write_bytes(LABELS[:50])
    assert [archive.target for archive in source.missing(tmp_path)] == ["labels1"]
    done(source, tmp_path)
    assert (tmp_path / "raw/labels1").read_bytes() == LABELS
    assert [name for name, _ in server.asked] == ["labels0.gz", "labels1.gz", "labels1.gz"]


@pytest.mark.feature
def test_what_was_put_there_by_hand_is_used_and_stays(server: FileServer, tmp_path: Path) -> None:
    (tmp_path / "birds.tgz").write_bytes(server.files["birds.tgz"])
    assert done(birds(server), tmp_path) == {"checking", "unpacking"}
    assert lying_in(tmp_path) == {*PLACED, "birds.tgz"}
    assert server.asked == []


@pytest.mark.exception
def test_what_was_put_there_by_hand_and_is_damaged_is_named(
    server: FileServer, tmp_path: Path
) -> None:
    (tmp_path / "birds.tgz").write_bytes(b"half of it")
    with pytest.raises(InstallError, match=r"birds.tgz is not what was published .*: delete it"):
        done(birds(server), tmp_path)
    assert (tmp_path / "birds.tgz").read_bytes() == b"half of it"


@pytest.mark.exception
@pytest.mark.parametrize("evil", [packed({**BIRDS, "../evil": b"evil"}), b"<html>"])
def test_an_archive_that_cannot_be_unpacked_leaves_nothing(
    evil: bytes, server: FileServer, tmp_path: Path
) -> None:
    server.files["birds.tgz"] = evil
    with pytest.raises(InstallError) as caught:
        done(birds(server), tmp_path / "in" / "data")
    said = str(caught.value)
    assert said.startswith("birds.tgz was downloaded, but ")
    assert said.endswith("it was deleted, and nothing was unpacked: start the same command again.")
    assert lying_in(tmp_path) == {"in", "in/data"}


@pytest.mark.exception
def test_a_packed_file_of_another_size_leaves_nothing(server: FileServer, tmp_path: Path) -> None:
    server.files["labels.gz"] = gzip.compress(LABELS + b".", mtime=0)
    with pytest.raises(InstallError, match="what is in it is not 200 bytes long"):
        done(labels(server), tmp_path)
    assert lying_in(tmp_path) == {"raw"}


@pytest.mark.exception
@pytest.mark.parametrize("error", [KeyboardInterrupt, OSError(errno.ENOSPC, "No space left")])
def test_unpacking_that_is_interrupted_leaves_nothing_and_is_taken_up(
    error: Any, server: FileServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, extract = birds(server), tarfile.TarFile.extract
    (tmp_path / ".birds.unpacking" / "birds").mkdir(parents=True)  # of one that was killed
    (tmp_path / "own.txt").write_text("mine")

    def stop(tar: tarfile.TarFile, member: Any, *rest: Any, **named: Any) -> None:
        if member.name.endswith("images.txt"):
            raise error
        extract(tar, member, *rest, **named)

    with monkeypatch.context() as patch:
        patch.setattr(tarfile.TarFile, "extract", stop)
        if error is KeyboardInterrupt:
            with pytest.raises(KeyboardInterrupt):
                done(source, tmp_path)
        else:
            with pytest.raises(InstallError, match=r"is full: free some of it and start the same"):
                done(source, tmp_path)
    assert lying_in(tmp_path) == {"birds.tgz.part", "own.txt"}
    assert source.kept(tmp_path) == len(server.files["birds.tgz"])
    assert done(source, tmp_path) == {"checking", "unpacking"}
    assert lying_in(tmp_path) == {*PLACED, "own.txt"}
    assert len(server.asked) == 1


@pytest.mark.exception
def test_a_disk_that_is_too_small_is_told_before_anything_is_asked(
    server: FileServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = birds(server)
    needed = source.archives[0].file.size + 10_000
    monkeypatch.setattr(shutil, "disk_usage", lambda path: Usage(0, 0, needed - 1))
    with pytest.raises(InstallError, match=r"Birds takes another 10 kB .* has 10 kB free: free"):
        done(source, tmp_path)
    assert server.asked == []
    monkeypatch.setattr(shutil, "disk_usage", lambda path: Usage(0, 0, needed))
    assert "unpacking" in done(source, tmp_path)


@pytest.mark.exception
@pytest.mark.parametrize("short", [0, 1])
def test_archives_need_room_one_after_the_other(
    short: int, server: FileServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = labels(server, 3)
    needed = 3 * len(LABELS) + source.archives[0].file.size
    monkeypatch.setattr(shutil, "disk_usage", lambda path: Usage(0, 0, needed - short))
    if not short:
        done(source, tmp_path)
        return
    with pytest.raises(InstallError, match="free some of the disk"):
        done(source, tmp_path)
    assert server.asked == []


@pytest.mark.exception
def test_a_folder_that_is_not_whole_is_not_touched(server: FileServer, tmp_path: Path) -> None:
    (tmp_path / "birds").mkdir()
    (tmp_path / "birds" / "images.txt").write_text("mine")
    with pytest.raises(InstallError, match=r"birds is there, but lacks images: move it away"):
        done(birds(server), tmp_path)
    assert (tmp_path / "birds" / "images.txt").read_text() == "mine"
    assert server.asked == []
    (tmp_path / "birds" / "images.txt").unlink()
    done(birds(server), tmp_path)  # an empty one is in nobody's way
    assert lying_in(tmp_path) == PLACED


@pytest.mark.exception
def test_two_at_once_do_not_mix(server: FileServer, tmp_path: Path) -> None:
    with (
        FileLock(tmp_path / ".birds.tgz.lock"),
        pytest.raises(InstallError, match="Another process downloads Birds into"),
    ):
        done(birds(server), tmp_path)
    assert server.asked == []


@pytest.mark.exception
def test_a_folder_that_cannot_be_written_is_named(server: FileServer, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InstallError, match=r"file cannot be written .*: name another folder"):
        done(birds(server), tmp_path / "file")


@pytest.mark.exception
def test_without_a_network_it_says_what_to_get_and_where_to_put_it(
    server: FileServer, tmp_path: Path
) -> None:
    source = labels(server, 2)
    far = tuple(
        replace(one, file=replace(one.file, addresses=(f"{DEAD}a/{one.target}", f"{DEAD}b")))
        for one in source.archives
    )
    with pytest.raises(InstallError) as caught:
        done(replace(source, archives=far), tmp_path)
    lines = str(caught.value).splitlines()
    assert lines[0].startswith("labels0.gz could not be downloaded (127.0.0.1:9: ")
    assert lines[2:-1] == [f"  {DEAD}a/labels0", f"  {DEAD}a/labels1"]
    assert lines[-1].startswith(f"Put them into {tmp_path / 'raw'} and start the same command")
    for name in ("labels0.gz", "labels1.gz"):  # and that is enough
        (tmp_path / "raw" / name).write_bytes(server.files["labels.gz"])
    done(replace(source, archives=far), tmp_path)
    assert (tmp_path / "raw" / "labels1").read_bytes() == LABELS
    alone = by_hand_text(replace(source, archives=far[:1]), tmp_path / "other")
    assert alone.splitlines()[1:3] == [f"  {DEAD}a/labels0", f"  or {DEAD}b"]


@pytest.mark.feature
@pytest.mark.parametrize(
    ("count", "text"),
    [(0, "0 kB"), (28_881, "29 kB"), (9.9e6, "9.9 MB"), (1_150_585_339, "1.2 GB")],
)
def test_amounts_are_said_as_people_do(count: float, text: str) -> None:
    assert bytes_text(count) == text
