"""Installation of a data set: download, verify, unpack, each archive completely or not at all.

An archive that the user put in place by hand is used instead of a download, and is kept. Archives
that are already unpacked are not downloaded again.
"""

from __future__ import annotations

import errno
import shutil
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from stnviz.data.downloads.sources import Archive, Source
from stnviz.data.downloads.transfer import (
    ChecksumMismatch,
    DownloadError,
    Transfer,
    check,
    download,
    size_of,
)
from stnviz.data.downloads.unpack import BadArchive, unpack_gzip, unpack_tar
from stnviz.not_found import ResourceNotFound

ABSURD = 3
"""An archive is refused if it unpacks to more than this many times the expected size."""

FULL = {errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)}
"""Error numbers of a full disk, or of a user's exhausted quota."""


class InstallError(ResourceNotFound):
    """A data set could not be installed; the message says what to do, in one line or more."""


def install(source: Source, root: Path) -> Generator[Transfer, None, None]:
    """Install the missing archives of a data set; a complete one is left as it is.

    If it fails or is interrupted, files that were there before are kept, and partial downloads
    stay so that the next call resumes them.

    Args:
        source: the data set.
        root: the folder of data sets.

    Yields:
        The progress of each file.

    Raises:
        InstallError: a download or its checksum failed, the disk is full, a file cannot be
            written, or another process installs the same data set.
    """
    if not source.missing(root):
        return
    try:
        for archive in source.archives:
            archive.part(root).parent.mkdir(parents=True, exist_ok=True)
        with _alone(source, root):
            missing = source.missing(root)
            for archive in missing:
                _refuse_remains(archive, root)
            _check_room(source, missing, root)
            for archive in missing:
                yield from _install(archive, source, root)
    except OSError as error:
        if error.errno in FULL:
            raise InstallError(
                f"The disk of {root.resolve()} is full: free some of it and start the same command "
                "again, which goes on with what has come."
            ) from error
        raise InstallError(
            f"{root.resolve()} cannot be written ({error}): name another folder with --data-dir "
            "or STNVIZ_DATA."
        ) from error


def bytes_text(count: float) -> str:
    """Format a number of bytes with a decimal unit, such as ``1.2 GB``."""
    for unit, size in (("GB", 1e9), ("MB", 1e6)):
        if count >= size:
            return f"{count / size:.1f} {unit}"
    return f"{count / 1e3:.0f} kB"


@contextmanager
def _alone(source: Source, root: Path) -> Iterator[None]:
    """Hold a lock file beside the first archive; the file is not deleted afterwards."""
    first = source.archives[0].given(root)
    lock = FileLock(first.with_name(f".{first.name}.lock"))
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise InstallError(
            f"Another process downloads {source.title} into {root.resolve()}: wait for its end, or "
            "stop it, and start the same command again."
        ) from None
    try:
        yield
    finally:
        lock.release()


def _refuse_remains(archive: Archive, root: Path) -> None:
    """Refuse a target folder that exists but is incomplete: it may hold files of the user."""
    target = archive.unpacked_at(root)
    if archive.needs and target.exists() and not (target.is_dir() and not any(target.iterdir())):
        raise InstallError(
            f"{target.resolve()} is there, but lacks {', '.join(archive.lacks(root))}: move it "
            "away or delete it, and start the same command again."
        )


def _check_room(source: Source, missing: tuple[Archive, ...], root: Path) -> None:
    """Refuse if the disk is too small for everything unpacked plus one archive at a time."""
    kept = needed = 0
    for archive in missing:
        packed = 0 if archive.given(root).exists() else archive.file.size
        needed = max(needed, kept + packed - size_of(archive.part(root)) + archive.unpacked)
        kept += archive.unpacked
    free = shutil.disk_usage(root).free
    if free < needed:
        raise InstallError(
            f"{source.title} takes another {bytes_text(needed)} to download and unpack, and "
            f"{root.resolve()} has {bytes_text(free)} free: free some of the disk, or name another "
            "folder with --data-dir or STNVIZ_DATA."
        )


def _install(archive: Archive, source: Source, root: Path) -> Iterator[Transfer]:
    given, part = archive.given(root), archive.part(root)
    by_hand = given.exists()
    packed = given if by_hand else part
    try:
        if by_hand:
            yield from check(given.name, given, archive.file.checksum)
        else:
            yield from download(archive.file, part)
        target = archive.unpacked_at(root)
        if archive.needs:
            yield from unpack_tar(given.name, packed, target, ABSURD * archive.unpacked)
        else:
            yield from unpack_gzip(given.name, packed, target, archive.unpacked)
    except DownloadError as error:
        raise InstallError(
            f"{archive.file.name} could not be downloaded ({error}).\n{by_hand_text(source, root)}"
        ) from error
    except (ChecksumMismatch, BadArchive) as error:
        if by_hand:
            raise InstallError(
                f"{given.resolve()} is not what was published ({error}): delete it and start the "
                "same command again, which downloads it."
            ) from error
        part.unlink(missing_ok=True)
        raise InstallError(
            f"{archive.file.name} was downloaded, but {error}; it was deleted, and nothing was "
            "unpacked: start the same command again."
        ) from error
    part.unlink(missing_ok=True)


def by_hand_text(source: Source, root: Path) -> str:
    """Instructions for a download by hand: addresses and target folder, in several lines."""
    wanted = [archive for archive in source.missing(root) if not archive.given(root).exists()]
    places = {archive.given(root).parent.resolve() for archive in wanted}
    few = len(wanted) == 1
    lines = [
        f"  {'or ' if rank else ''}{address}"
        for archive in wanted
        for rank, address in enumerate(
            archive.file.addresses if few else archive.file.addresses[:1]
        )
    ]
    lines.insert(0, "Without a network here, download by hand, with a browser on another machine:")
    where = " and ".join(str(place) for place in sorted(places))
    it = "it" if few else "them"
    lines.append(
        f"Put {it} into {where} and start the same command again: it checks and unpacks {it}."
    )
    return "\n".join(lines)
