"""Safe unpacking of archives: completely or not at all, and never outside the target folder."""

from __future__ import annotations

import gzip
import os
import shutil
import tarfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from stnviz.data.downloads.transfer import CHUNK, Transfer
from stnviz.files import write_atomically

MOST_MEMBERS = 200_000
"""Maximum number of files and folders in an archive; the largest known one has some 34,000."""

DAMAGE = (tarfile.TarError, gzip.BadGzipFile, zlib.error, EOFError)


class BadArchive(Exception):
    """An archive is damaged or has unexpected contents; the message says which."""


def unpack_gzip(name: str, archive: Path, target: Path, size: int) -> Iterator[Transfer]:
    """Decompress a single gzip file.

    Args:
        name: name of the archive in the progress reports.
        archive: the compressed file.
        target: path of the decompressed file; an existing one is replaced atomically.
        size: size of the decompressed file in bytes.

    Yields:
        The progress.

    Raises:
        BadArchive: it is damaged, or decompresses to another size.
        OSError: it cannot be written, as on a full disk.
    """

    def fill(passing: Path) -> None:
        left = size + 1
        with gzip.open(archive, "rb") as packed, passing.open("wb") as plain:
            while block := packed.read(min(CHUNK, left)):
                left -= len(block)
                plain.write(block)
        if left != 1:
            raise BadArchive(f"what is in it is not {size:,} bytes long")

    try:
        write_atomically(target, fill)
    except DAMAGE as error:
        raise BadArchive(f"it is damaged: {error}") from error
    packed = archive.stat().st_size
    yield Transfer(name, "unpacking", packed, packed)


def unpack_tar(name: str, archive: Path, target: Path, most: int) -> Iterator[Transfer]:
    """Unpack the folder named as ``target`` from a ``.tar.gz``.

    It is unpacked beside ``target``, in a folder whose name begins with a dot, and then renamed.
    Entries of the archive outside the wanted folder are left out.

    Args:
        name: name of the archive in the progress reports.
        archive: the compressed file.
        target: path of the folder; it must not exist, or be empty.
        most: maximum total size of the unpacked files in bytes.

    Yields:
        The progress.

    Raises:
        BadArchive: it is damaged, lacks the folder, is too large, or contains links, other special
            files or paths outside its folder.
        OSError: it cannot be written, as on a full disk; nothing of it is left then.
    """
    if not hasattr(tarfile, "data_filter"):
        raise BadArchive(
            "this Python unpacks without looking: install Python 3.11.4 or a newer one"
        )
    passing = target.with_name(f".{target.name}.unpacking")
    shutil.rmtree(passing, ignore_errors=True)  # left by a process that was killed
    passing.mkdir(parents=True)
    try:
        yield from _extract(name, archive, passing, target.name, most)
        if not (passing / target.name).is_dir():
            raise BadArchive(f"there is no folder {target.name} in it")
        if hasattr(os, "sync"):
            os.sync()  # before the rename declares it complete
        if target.is_dir():
            target.rmdir()  # it is empty; on Windows the target of a rename must not exist
        (passing / target.name).rename(target)
    finally:
        shutil.rmtree(passing, ignore_errors=True)


def _extract(name: str, archive: Path, folder: Path, wanted: str, most: int) -> Iterator[Transfer]:
    total, taken, members = archive.stat().st_size, 0, 0
    try:
        with archive.open("rb") as packed, tarfile.open(fileobj=packed, mode="r:gz") as tar:
            for member in tar:
                members += 1
                path = PurePosixPath(member.name)
                if path.is_absolute() or ".." in path.parts:
                    raise BadArchive(f"{member.name!r} in it would lie outside its folder")
                taken += member.size
                if taken > most or members > MOST_MEMBERS:
                    raise BadArchive(f"it holds more than {most:,} bytes or {MOST_MEMBERS:,} files")
                if path.parts[:1] != (wanted,):
                    continue
                if not (member.isreg() or member.isdir()):
                    raise BadArchive(f"{member.name!r} in it is neither a file nor a folder")
                tar.extract(member, folder, filter="data")
                yield Transfer(name, "unpacking", packed.tell(), total)
    except DAMAGE as error:
        raise BadArchive(f"it is damaged: {error}") from error
