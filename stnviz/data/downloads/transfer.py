"""Resumable download of a file from one of several addresses, verified by its checksum.

The received bytes are stored in a partial file. It is kept when a download fails or is
interrupted, and the next download appends to it, from the same address or from another.
"""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from http.client import HTTPException, HTTPResponse
from pathlib import Path
from typing import Literal
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

from stnviz.version import __version__

CHUNK = 1 << 18
"""Bytes per read."""

TIMEOUT = 30.0
"""Seconds without data after which a connection counts as broken."""

WAITS = (1.0, 4.0, 15.0)
"""Seconds to wait before each retry after a broken connection.

After a connection that delivered data, the waits start again with the first. An address that has
delivered nothing is not retried."""

TRIES = 30
"""Maximum number of requests to one address."""

Phase = Literal["downloading", "checking", "unpacking"]


class DownloadError(Exception):
    """The file could not be downloaded from any address; the message gives each reason."""


class ChecksumMismatch(Exception):
    """The checksum of a file differs from the published one."""


class _Useless(Exception):
    """This address cannot provide the file."""


class _BrokenOff(Exception):
    """The connection ended early; the received bytes are kept."""


@dataclass(frozen=True)
class RemoteFile:
    """A file to download.

    Args:
        name: file name, without folders.
        size: size in bytes.
        checksum: algorithm and hexadecimal digits, such as ``md5:9fb6...``.
        addresses: URLs, in the order in which they are tried.
    """

    name: str
    size: int
    checksum: str
    addresses: tuple[str, ...]


@dataclass(frozen=True)
class Transfer:
    """Progress of one file.

    Args:
        name: name of the file.
        phase: downloading, checking or unpacking.
        done: bytes processed so far.
        total: bytes in total.
    """

    name: str
    phase: Phase
    done: int
    total: int


def download(file: RemoteFile, part: Path) -> Iterator[Transfer]:
    """Download a file into ``part``, after the bytes that are already there.

    Args:
        file: the file to download.
        part: the partial file; its folder must exist.

    Yields:
        The progress.

    Raises:
        DownloadError: every address failed; the message gives each reason.
        OSError: the partial file cannot be written, as on a full disk; received bytes are kept.
    """
    reasons = []
    for address in file.addresses:
        try:
            yield from _from_address(address, file, part)
            return
        except _Useless as reason:
            reasons.append(f"{urlsplit(address).netloc}: {reason}")
    raise DownloadError("; ".join(reasons))


def check(name: str, path: Path, checksum: str) -> Iterator[Transfer]:
    """Verify a file's checksum.

    Args:
        name: name of the file in the progress reports.
        path: path of the file.
        checksum: algorithm and hexadecimal digits, as in :class:`RemoteFile`.

    Yields:
        The progress.

    Raises:
        ChecksumMismatch: the checksum differs.
        OSError: the file cannot be read.
    """
    algorithm, _, wanted = checksum.partition(":")
    digest = hashlib.new(algorithm, usedforsecurity=False)
    done, total = 0, path.stat().st_size
    with path.open("rb") as file:
        while block := file.read(CHUNK):
            digest.update(block)
            done += len(block)
            yield Transfer(name, "checking", done, total)
    if (found := digest.hexdigest()) != wanted:
        raise ChecksumMismatch(f"its {algorithm} checksum is {found} instead of {wanted}")


def size_of(path: Path) -> int:
    """Size of a file in bytes; 0 if it does not exist."""
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


def _from_address(address: str, file: RemoteFile, part: Path) -> Iterator[Transfer]:
    """Download from one address; retry broken connections, restart where the checksum fails."""
    waits: Iterator[float] = iter(())
    for _ in range(TRIES):
        before = size_of(part)
        try:
            if before < file.size:
                yield from _receive(address, file, part, before)
            yield from check(file.name, part, file.checksum)
            return
        except ChecksumMismatch as error:
            part.unlink()  # a damaged file cannot be resumed
            if not before:
                raise _Useless(str(error)) from error
        except _BrokenOff as error:
            if size_of(part) > before:
                waits = iter(WAITS)
            wait = next(waits, None)
            if wait is None:
                raise _Useless(str(error)) from error
            time.sleep(wait)
    raise _Useless("it breaks off again and again")


def _receive(address: str, file: RemoteFile, part: Path, before: int) -> Iterator[Transfer]:
    """One request, appended to ``part``, or from the start if the server ignores ranges."""
    with _ask(address, before) as response:
        done, total = _extent(response)
        if total != file.size:  # such as a log-in page: the partial file is kept
            offered = "something" if total is None else f"{total:,} bytes"
            raise _Useless(f"it offers {offered} instead of {file.size:,} bytes")
        if done not in (0, before):
            raise _Useless(f"it goes on at byte {done:,} where {before:,} was asked for")
        with part.open("ab" if done else "wb") as growing:
            while block := _next_block(response, file.size - done):
                growing.write(block)
                done += len(block)
                yield Transfer(file.name, "downloading", done, file.size)
    if done < file.size:
        raise _BrokenOff(f"it broke off after {done:,} of {file.size:,} bytes")


def _ask(address: str, before: int) -> HTTPResponse:
    headers = {"User-Agent": f"stnviz/{__version__}"}
    if before:
        headers["Range"] = f"bytes={before}-"
    try:
        response: HTTPResponse = urlopen(Request(address, headers=headers), timeout=TIMEOUT)
    except HTTPError as error:
        error.close()
        raise _Useless(f"HTTP {error.code} {error.reason}") from error
    except URLError as error:
        raise _BrokenOff(_words(error.reason)) from error
    except (OSError, HTTPException) as error:
        raise _BrokenOff(_words(error)) from error
    return response


def _extent(response: HTTPResponse) -> tuple[int, int | None]:
    """Offset of the response in the file, and the file's length or None if it is not stated."""
    if response.status == 206:
        said = re.match(r"bytes (\d+)-\d*/(\d+|\*)", response.headers.get("Content-Range", ""))
        if not said:
            raise _Useless("it sends a range and does not say which")
        return int(said[1]), None if said[2] == "*" else int(said[2])
    length = response.headers.get("Content-Length", "")
    return 0, int(length) if length.isdecimal() else None


def _next_block(response: HTTPResponse, left: int) -> bytes:
    try:
        return response.read(min(CHUNK, left))
    except (OSError, HTTPException) as error:
        raise _BrokenOff(f"it broke off ({_words(error)})") from error


def _words(error: BaseException | str) -> str:
    """The message of a network error, in one line."""
    said = getattr(error, "strerror", None) or str(error)
    return " ".join(said.split()) or type(error).__name__
