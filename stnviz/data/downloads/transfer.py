"""One file from one of several addresses: resumable, and believed only if its checksum fits.

What has come lies in a part beside the file's place. The part outlives whatever ends the download,
and the next one goes on behind it, from the same address or from another.
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

from stnviz import __version__

CHUNK = 1 << 18
"""Bytes that are read at a time."""

TIMEOUT = 30.0
"""Seconds without a byte after which an address is given up."""

WAITS = (1.0, 4.0, 15.0)
"""Seconds before an address that broke off is asked for the rest; from the first of them again as
soon as it has brought more. One that has brought nothing is not waited for."""

TRIES = 30
"""Times that one address is asked, whatever it brings."""

Phase = Literal["downloading", "checking", "unpacking"]


class DownloadError(Exception):
    """No address has the file; the message says what came of each."""


class ChecksumMismatch(Exception):
    """A file is not the one that was published."""


class _Useless(Exception):
    """This address does not have the file."""


class _BrokenOff(Exception):
    """The connection ended early; what has come is kept."""


@dataclass(frozen=True)
class RemoteFile:
    """A file on other machines.

    Args:
        name: without folders.
        size: bytes.
        checksum: algorithm and hexadecimal digits, such as ``md5:9fb6...``.
        addresses: where it can be had, in the order in which they are tried.
    """

    name: str
    size: int
    checksum: str
    addresses: tuple[str, ...]


@dataclass(frozen=True)
class Transfer:
    """How far one file has come.

    Args:
        name: of the file.
        phase: downloading, checking or unpacking.
        done: bytes of it that are through.
        total: bytes in all.
    """

    name: str
    phase: Phase
    done: int
    total: int


def download(file: RemoteFile, part: Path) -> Iterator[Transfer]:
    """Bring a file into ``part``, going on behind what is there.

    Args:
        file: what to get.
        part: the file that grows; its folder must be there.

    Raises:
        DownloadError: no address has it; the message says what came of each.
        OSError: the part cannot be written, as on a full disk; what has come is kept.
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
    """Compare a file's checksum.

    Args:
        name: what it is called in the transfers.
        path: where it lies.
        checksum: algorithm and hexadecimal digits.

    Raises:
        ChecksumMismatch: it is another.
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
    """Bytes of a file; 0 where there is none."""
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


def _from_address(address: str, file: RemoteFile, part: Path) -> Iterator[Transfer]:
    """Ask one address, again where it broke off, or from the start where the part was bad."""
    waits: Iterator[float] = iter(())
    for _ in range(TRIES):
        before = size_of(part)
        try:
            if before < file.size:
                yield from _receive(address, file, part, before)
            yield from check(file.name, part, file.checksum)
            return
        except ChecksumMismatch as error:
            part.unlink()  # nothing could go on behind it
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
    """One request; the part grows, or begins anew where the server knows no ranges."""
    with _ask(address, before) as response:
        done, total = _extent(response)
        if total != file.size:  # such as a page that asks for a password: the part stays
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
    """Where the answer begins in the file, and how long the file is, if that is said."""
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
    """What an error of the network says, in one line."""
    said = getattr(error, "strerror", None) or str(error)
    return " ".join(said.split()) or type(error).__name__
