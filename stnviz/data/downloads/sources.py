"""The data sets that can be downloaded: archives, addresses, checksums, target folders."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from stnviz.data.birds import cub
from stnviz.data.downloads.transfer import RemoteFile, size_of
from stnviz.data.numbers import svhn

PART = ".part"
"""Suffix of an archive's name while it is downloaded."""


@dataclass(frozen=True)
class Archive:
    """A compressed file of a data set, and the target that it is unpacked to.

    Args:
        file: the file to download.
        place: folder of the archive and of its target, relative to the folder of data sets.
        target: the file or folder that is unpacked there.
        unpacked: size of the target in bytes; exact for a file, rounded up for a folder.
        needs: files and folders that a complete target folder contains; empty for a file.
        itself: whether the folder of data sets may itself be the target folder.
    """

    file: RemoteFile
    place: str
    target: str
    unpacked: int
    needs: tuple[str, ...] = ()
    itself: bool = False

    def lacks(self, root: Path) -> tuple[str, ...]:
        """Names of what the unpacked target lacks; empty if it is complete."""
        target = self.unpacked_at(root)
        if not self.needs:
            return () if size_of(target) == self.unpacked else (self.target,)
        lacking = [
            tuple(name for name in self.needs if not (folder / name).exists())
            for folder in (target, *([root] if self.itself else []))
        ]
        return min(lacking, key=len)

    def unpacked_at(self, root: Path) -> Path:
        """Path of the target."""
        return root / self.place / self.target

    def given(self, root: Path) -> Path:
        """Path of an archive that the user downloaded by hand."""
        return root / self.place / self.file.name

    def part(self, root: Path) -> Path:
        """Path of the partial file during a download."""
        return self.given(root).with_name(self.file.name + PART)


@dataclass(frozen=True)
class Source:
    """A published data set.

    Args:
        title: display name.
        terms: one sentence on its terms of use.
        archives: its archives.
    """

    title: str
    terms: str
    archives: tuple[Archive, ...]

    def missing(self, root: Path) -> tuple[Archive, ...]:
        """The archives that are not completely unpacked below ``root``."""
        return tuple(archive for archive in self.archives if archive.lacks(root))

    def kept(self, root: Path) -> int:
        """Bytes of partial downloads below ``root``."""
        return sum(size_of(archive.part(root)) for archive in self.archives)


_MNIST = (
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
    "http://yann.lecun.com/exdb/mnist/",
)


def _digits(name: str, size: int, md5: str, unpacked: int) -> Archive:
    """One of MNIST's four files, with torchvision's checksum and in torchvision's folder."""
    addresses = tuple(f"{mirror}{name}.gz" for mirror in _MNIST)
    file = RemoteFile(f"{name}.gz", size, f"md5:{md5}", addresses)
    return Archive(file, "MNIST/raw", name, unpacked)


def _numbers(split: str, size: int, sha256: str, unpacked: int) -> Archive:
    """One split of SVHN's full numbers; the checksum is not from its authors, who publish none."""
    name = f"{split}.tar.gz"
    file = RemoteFile(name, size, f"sha256:{sha256}", (f"{svhn.ADDRESS}{name}",))
    return Archive(file, "svhn", split, unpacked, (svhn.STRUCT,))


SOURCES: dict[str, Source] = {
    "mnist": Source(
        "MNIST",
        "It is usually given as under CC BY-SA 3.0.",
        (
            _digits(
                "train-images-idx3-ubyte", 9_912_422, "f68b3c2dcbeaaa9fbdd348bbdeb94873", 47_040_016
            ),
            _digits("train-labels-idx1-ubyte", 28_881, "d53e105ee54ea40749a09fcbcd1e9432", 60_008),
            _digits(
                "t10k-images-idx3-ubyte", 1_648_877, "9fb629c4189551a2d022fa330f9573f3", 7_840_016
            ),
            _digits("t10k-labels-idx1-ubyte", 4_542, "ec29112dd5afa0611ce80d1b7f02629c", 10_008),
        ),
    ),
    "cub": Source(
        "CUB-200-2011",
        "It is for research only and not to be redistributed.",
        (
            Archive(
                RemoteFile(
                    f"{cub.FOLDER}.tgz",
                    1_150_585_339,
                    "md5:97eceeb196236b17998738112f37df78",
                    (
                        "https://data.caltech.edu/records/65de6-vp158/files/CUB_200_2011.tgz",
                        "https://s3.amazonaws.com/fast-ai-imageclas/CUB_200_2011.tgz",
                    ),
                ),
                "",
                cub.FOLDER,
                1_300_000_000,
                (*cub.FILES, "images"),
                itself=True,
            ),
        ),
    ),
    "svhn": Source(
        "SVHN",
        "It is for non-commercial use only.",
        (
            _numbers(
                "train", 404_141_560,
                "4b17bb33b6cd8f963493168f80143da956f28ec406cc12f8e5745a9f91a51898", 600_000_000,
            ),
            _numbers(
                "test", 276_555_967,
                "57ac9ceb530e4aa85b55d991be8fc49c695b3d71c6f6a88afea86549efde7fb5", 400_000_000,
            ),
        ),
    ),
}  # fmt: skip
"""Data sets by their name for the command ``fetch``."""
