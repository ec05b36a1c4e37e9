"""Archives that are unpacked whole or not at all, and nowhere but in their place."""

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
"""Files and folders in one archive; the largest that is known here has some 34,000."""

DAMAGE = (tarfile.TarError, gzip.BadGzipFile, zlib.error, EOFError)


class BadArchive(Exception):
    """An archive is damaged, or holds what none of its kind holds; the message says which."""


def unpack_gzip(name: str, archive: Path, target: Path, size: int) -> Iterator[Transfer]:
    """Unpack a single file.

    Args:
        name: what the archive is called in the transfers.
        archive: the packed file.
        target: where the unpacked one belongs; one that is there is replaced at once.
        size: bytes of the unpacked one.

    Raises:
        BadArchive: it is damaged, or of another size.
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
    """Unpack the folder called like ``target`` out of a ``.tar.gz``.

    It is filled beside its place, under a name that begins with a dot, and then renamed. Only
    files and folders are taken; what lies beside the folder in the archive is left out.

    Args:
        name: what the archive is called in the transfers.
        archive: the packed file.
        target: where the folder belongs; nothing, or an empty folder, is there.
        most: bytes that the unpacked files may have together.

    Raises:
        BadArchive: it is damaged, lacks the folder, or holds what it should not.
        OSError: it cannot be written, as on a full disk; nothing is left of it then.
    """
    if not hasattr(tarfile, "data_filter"):
        raise BadArchive(
            "this Python unpacks without looking: install Python 3.11.4 or a newer one"
        )
    passing = target.with_name(f".{target.name}.unpacking")
    shutil.rmtree(passing, ignore_errors=True)  # of a process that was killed here
    passing.mkdir(parents=True)
    try:
        yield from _extract(name, archive, passing, target.name, most)
        if not (passing / target.name).is_dir():
            raise BadArchive(f"there is no folder {target.name} in it")
        if hasattr(os, "sync"):
            os.sync()  # before the name promises that everything is there
        if target.is_dir():
            target.rmdir()  # it is empty; Windows renames onto nothing that is there
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
