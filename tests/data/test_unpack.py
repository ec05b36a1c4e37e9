"""Archives that are damaged, or reach beyond their place."""

from __future__ import annotations

import gzip
import tarfile
from pathlib import Path

import pytest

from stnviz.data.downloads import unpack as module
from stnviz.data.downloads.unpack import BadArchive, unpack_gzip, unpack_tar
from tests.file_server import lying_in, packed

BIRDS = {"birds/images/1.jpg": b"one" * 500, "birds/images.txt": b"1 1.jpg\n"}
PLACED = {"birds", "birds/images", "birds/images/1.jpg", "birds/images.txt"}
MOST = 10_000


def unpacked(content: bytes, tmp_path: Path, most: int = MOST) -> set[str]:
    """What lies where an archive was unpacked; nothing may come to lie elsewhere."""
    archive, folder = tmp_path / "birds.tgz", tmp_path / "in" / "data"
    folder.mkdir(parents=True, exist_ok=True)
    archive.write_bytes(content)
    try:
        list(unpack_tar("birds.tgz", archive, folder / "birds", most))
    finally:
        assert lying_in(tmp_path) - {f"in/data/{name}" for name in PLACED} == {
            "birds.tgz", "in", "in/data",
        }  # fmt: skip
    return lying_in(folder)


@pytest.mark.feature
def test_only_the_wanted_folder_is_taken(tmp_path: Path) -> None:
    beside = {"notes.txt": b"no", "birds.txt": b"no", "./birds/images.txt": b"1 1.jpg\n"}
    assert unpacked(packed({**BIRDS, **beside}), tmp_path) == PLACED
    text = (tmp_path / "in" / "data" / "birds" / "images.txt").read_bytes()
    assert text == BIRDS["birds/images.txt"]


@pytest.mark.exception
@pytest.mark.parametrize("member", ["birds/../../evil", "../evil", "/evil", "birds/../../../evil"])
def test_a_path_that_leads_out_is_refused(member: str, tmp_path: Path) -> None:
    with pytest.raises(BadArchive, match=f"'{member}' in it would lie outside its folder"):
        unpacked(packed({**BIRDS, member: b"evil"}), tmp_path)
    assert lying_in(tmp_path / "in" / "data") == set()


@pytest.mark.exception
@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE])
def test_links_and_devices_are_refused(kind: bytes, tmp_path: Path) -> None:
    link = tarfile.TarInfo("birds/link")
    link.type, link.linkname = kind, "/etc/passwd"
    with pytest.raises(BadArchive, match="'birds/link' in it is neither a file nor a folder"):
        unpacked(packed({**BIRDS, "birds/link": link}), tmp_path)
    assert lying_in(tmp_path / "in" / "data") == set()


@pytest.mark.exception
@pytest.mark.parametrize("name", ["birds/huge", "elsewhere/huge"])
def test_absurd_sizes_are_refused(name: str, tmp_path: Path) -> None:
    content = packed({**BIRDS, name: bytes(MOST)})
    assert len(content) < 1000
    with pytest.raises(BadArchive, match="it holds more than 10,000 bytes"):
        unpacked(content, tmp_path)
    assert lying_in(tmp_path / "in" / "data") == set()
    if name.startswith("elsewhere"):
        assert unpacked(content, tmp_path, 2 * MOST) == PLACED


@pytest.mark.exception
def test_absurd_numbers_of_files_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST_MEMBERS", 1)
    with pytest.raises(BadArchive, match=r"more than 10,000 bytes or 1 files"):
        unpacked(packed(BIRDS), tmp_path)


@pytest.mark.exception
def test_damage_is_noticed(tmp_path: Path) -> None:
    whole = packed(BIRDS)
    bent = whole[: len(whole) // 2] + b"\0" + whole[len(whole) // 2 + 1 :]
    for content in (whole[: len(whole) // 2], bent, b"<html>", b""):
        with pytest.raises(BadArchive, match="it is damaged"):
            unpacked(content, tmp_path)
    with pytest.raises(BadArchive, match="there is no folder birds in it"):
        unpacked(packed({"cats/1.jpg": b""}), tmp_path)
    assert lying_in(tmp_path / "in" / "data") == set()


@pytest.mark.exception
def test_a_python_that_unpacks_without_looking_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(tarfile, "data_filter")
    with pytest.raises(BadArchive, match=r"install Python 3\.11\.4 or a newer one"):
        unpacked(packed(BIRDS), tmp_path)


@pytest.mark.exception
@pytest.mark.parametrize(
    ("content", "why"),
    [
        (gzip.compress(b"123456", mtime=0), "not 5 bytes long"),
        (gzip.compress(b"1234", mtime=0), "not 5 bytes long"),
        (gzip.compress(b"12345", mtime=0)[:-9], "it is damaged"),
        (b"12345", "it is damaged"),
    ],
)
def test_a_packed_file_is_unpacked_whole_or_not_at_all(
    content: bytes, why: str, tmp_path: Path
) -> None:
    archive, target = tmp_path / "five.gz", tmp_path / "in" / "five"
    target.parent.mkdir()
    target.write_bytes(b"old")
    archive.write_bytes(content)
    with pytest.raises(BadArchive, match=why):
        list(unpack_gzip("five.gz", archive, target, 5))
    assert (lying_in(tmp_path / "in"), target.read_bytes()) == ({"five"}, b"old")
    archive.write_bytes(gzip.compress(b"12345", mtime=0))
    list(unpack_gzip("five.gz", archive, target, 5))
    assert (lying_in(tmp_path / "in"), target.read_bytes()) == ({"five"}, b"12345")
