"""Files from a server on loopback that breaks off, lies, or is not there."""

from __future__ import annotations

import errno
import os
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from stnviz.data.downloads import transfer as module
from stnviz.data.downloads.transfer import (
    CHUNK,
    ChecksumMismatch,
    DownloadError,
    RemoteFile,
    Transfer,
    check,
    download,
)
from tests.file_server import DEAD, FileServer, md5, serving

CONTENT = random.Random(0).randbytes(2 * CHUNK + 4321)
NAME = "birds.tgz"


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[FileServer]:
    monkeypatch.setenv("no_proxy", "*")
    monkeypatch.setattr(module, "WAITS", (0.0, 0.0))
    with serving() as started:
        started.files[NAME] = CONTENT
        yield started


def remote(*addresses: str, content: bytes = CONTENT) -> RemoteFile:
    return RemoteFile(NAME, len(content), md5(content), tuple(f"{url}{NAME}" for url in addresses))


@pytest.mark.feature
def test_a_file_comes_whole_and_says_how_far_it_is(server: FileServer, tmp_path: Path) -> None:
    part = tmp_path / "part"
    seen = list(download(remote(server.url), part))
    assert part.read_bytes() == CONTENT
    assert server.asked == [(NAME, None)]
    coming = [one.done for one in seen if one.phase == "downloading"]
    assert coming == sorted(coming)
    assert coming[-1] == len(CONTENT)
    assert seen[-1] == Transfer(NAME, "checking", len(CONTENT), len(CONTENT))


@pytest.mark.feature
def test_what_broke_off_goes_on_where_it_stopped(server: FileServer, tmp_path: Path) -> None:
    server.cuts = [1000, CHUNK]
    list(download(remote(server.url), tmp_path / "part"))
    assert (tmp_path / "part").read_bytes() == CONTENT
    assert [wanted for _, wanted in server.asked] == [None, "bytes=1000-", f"bytes={1000 + CHUNK}-"]


@pytest.mark.feature
def test_a_part_of_an_earlier_download_is_gone_on_with(server: FileServer, tmp_path: Path) -> None:
    (tmp_path / "part").write_bytes(CONTENT[:700])
    seen = list(download(remote(server.url), tmp_path / "part"))
    assert (tmp_path / "part").read_bytes() == CONTENT
    assert server.asked == [(NAME, "bytes=700-")]
    assert seen[0].done > 700


@pytest.mark.feature
def test_a_whole_part_is_not_asked_for_again(server: FileServer, tmp_path: Path) -> None:
    (tmp_path / "part").write_bytes(CONTENT)
    assert {one.phase for one in download(remote(server.url), tmp_path / "part")} == {"checking"}
    assert server.asked == []


@pytest.mark.feature
def test_a_server_without_ranges_begins_anew(server: FileServer, tmp_path: Path) -> None:
    server.ranges = False
    server.cuts = [5000]
    list(download(remote(server.url), tmp_path / "part"))
    assert (tmp_path / "part").read_bytes() == CONTENT
    assert server.asked == [(NAME, None), (NAME, "bytes=5000-")]


@pytest.mark.exception
@pytest.mark.parametrize("there", [b"x" * 100, b"x" * (len(CONTENT) + 1), b"x" * len(CONTENT)])
def test_a_part_of_something_else_is_begun_anew(
    there: bytes, server: FileServer, tmp_path: Path
) -> None:
    (tmp_path / "part").write_bytes(there)
    list(download(remote(server.url), tmp_path / "part"))
    assert (tmp_path / "part").read_bytes() == CONTENT
    assert server.asked[-1] == (NAME, None)


@pytest.mark.exception
def test_a_server_that_gets_no_further_is_given_up(server: FileServer, tmp_path: Path) -> None:
    server.cuts = [1000, *[0] * 10]
    with pytest.raises(DownloadError, match=r"127\.0\.0\.1:\d+: it broke off after 1,000 of"):
        list(download(remote(server.url), tmp_path / "part"))
    assert len(server.asked) == 3
    assert (tmp_path / "part").read_bytes() == CONTENT[:1000]


@pytest.mark.exception
def test_a_server_that_falls_silent_is_asked_again(
    server: FileServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "TIMEOUT", 2.0)
    server.cuts, server.stalls = [CHUNK], True
    list(download(remote(server.url), tmp_path / "part"))
    assert (tmp_path / "part").read_bytes() == CONTENT
    assert server.asked == [(NAME, None), (NAME, f"bytes={CHUNK}-")]
    assert server.stalled == 1


@pytest.mark.feature
def test_a_redirect_is_followed_with_its_range(server: FileServer, tmp_path: Path) -> None:
    server.files["elsewhere"] = server.files.pop(NAME)
    server.sent_on = {NAME: "elsewhere"}
    server.cuts = [1000]
    list(download(remote(server.url), tmp_path / "part"))
    assert (tmp_path / "part").read_bytes() == CONTENT
    assert server.asked[-2:] == [(NAME, "bytes=1000-"), ("elsewhere", "bytes=1000-")]


@pytest.mark.exception
@pytest.mark.parametrize("first", [DEAD, "missing/", "other/", "longer/"])
def test_the_next_address_is_tried(first: str, server: FileServer, tmp_path: Path) -> None:
    server.files[f"other/{NAME}"] = CONTENT[::-1]
    server.files[f"longer/{NAME}"] = CONTENT + b"."
    (tmp_path / "part").write_bytes(CONTENT[:10] if first != "other/" else b"")
    address = first if first == DEAD else server.url + first
    list(download(remote(address, server.url), tmp_path / "part"))
    assert (tmp_path / "part").read_bytes() == CONTENT
    # Only what was certainly wrong is thrown away: elsewhere the second goes on with the part.
    assert server.asked[-1] == (NAME, None if first == "other/" else "bytes=10-")


@pytest.mark.exception
def test_no_address_has_it_and_each_says_why(server: FileServer, tmp_path: Path) -> None:
    server.files[f"other/{NAME}"] = CONTENT[::-1]
    server.files[f"short/{NAME}"] = b"<html>Log in first</html>"
    addresses = DEAD, *(server.url + name for name in ("none/", "other/", "short/"))
    with pytest.raises(DownloadError) as caught:
        list(download(remote(*addresses), tmp_path / "part"))
    reasons = str(caught.value).split("; ")
    assert "refused" in reasons[0]
    assert reasons[1].endswith("HTTP 404 Not Found")
    assert f"its md5 checksum is {md5(CONTENT[::-1]).removeprefix('md5:')} instead" in reasons[2]
    assert reasons[3].endswith(f"it offers 25 bytes instead of {len(CONTENT):,} bytes")
    assert not (tmp_path / "part").exists()


@pytest.mark.exception
def test_a_range_that_begins_elsewhere_is_not_put_together(
    server: FileServer, tmp_path: Path
) -> None:
    server.shift = 5
    (tmp_path / "part").write_bytes(CONTENT[:100])
    with pytest.raises(DownloadError, match="it goes on at byte 105 where 100 was asked for"):
        list(download(remote(server.url), tmp_path / "part"))
    assert (tmp_path / "part").read_bytes() == CONTENT[:100]


@pytest.mark.exception
@pytest.mark.parametrize("lengths", [True, False])
def test_a_page_that_comes_instead_does_not_cost_the_part(
    lengths: bool, server: FileServer, tmp_path: Path
) -> None:
    server.files[NAME] = b"<html>Log in first</html>"
    server.ranges, server.lengths = False, lengths
    (tmp_path / "part").write_bytes(CONTENT[:100])
    with pytest.raises(DownloadError, match=r"it offers (25 bytes|something) instead of 528,609"):
        list(download(remote(server.url), tmp_path / "part"))
    assert (tmp_path / "part").read_bytes() == CONTENT[:100]


@pytest.mark.exception
def test_a_server_that_breaks_off_for_ever_is_given_up(
    server: FileServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "TRIES", 3)
    server.cuts = [10] * 5
    with pytest.raises(DownloadError, match="it breaks off again and again"):
        list(download(remote(server.url), tmp_path / "part"))
    assert (tmp_path / "part").read_bytes() == CONTENT[:30]


@pytest.mark.exception
def test_a_full_disk_keeps_the_part(
    server: FileServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = Path.open

    def narrow(path: Path, mode: str = "r", *rest: Any, **named: Any) -> Any:
        file = opened(path, mode, *rest, **named)
        if mode in ("ab", "wb"):
            write = file.write

            class Narrow:
                def __enter__(self) -> Narrow:
                    return self

                def __exit__(self, *error: object) -> None:
                    file.close()

                def write(self, block: bytes) -> int:
                    if file.tell() >= CHUNK:
                        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
                    return write(block)

            return Narrow()
        return file

    with monkeypatch.context() as disk:
        disk.setattr(Path, "open", narrow)
        with pytest.raises(OSError, match=os.strerror(errno.ENOSPC)):
            list(download(remote(server.url), tmp_path / "part"))
    kept = (tmp_path / "part").read_bytes()
    assert len(kept) >= CHUNK
    assert kept == CONTENT[: len(kept)]
    list(download(remote(server.url), tmp_path / "part"))
    assert (tmp_path / "part").read_bytes() == CONTENT
    assert server.asked[-1] == (NAME, f"bytes={len(kept)}-")


@pytest.mark.exception
def test_checksums_of_any_algorithm(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"stn")
    sha = "3cb1fa6bc4a6fe4a3d0ba23b5b43d4ac0c7ac6c5ac12cbd3a95f43bcbbb2bb3f"
    with pytest.raises(
        ChecksumMismatch, match=r"its sha256 checksum is [0-9a-f]{64} instead of 3cb1"
    ):
        list(check("file", tmp_path / "file", f"sha256:{sha}"))
    assert [one.done for one in check("file", tmp_path / "file", md5(b"stn"))] == [3]
