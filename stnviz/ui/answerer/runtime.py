"""The program that runs ONNX graphs in a browser: two files of the npm package onnxruntime-web.

They are fetched by ``scripts/fetch_web_runtime.py`` in one version, whose digests are known here.
"""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path
from typing import Final

PACKAGE: Final = "onnxruntime-web@1.30.0"
ARCHIVE_DIGEST: Final = "d2228df7e4616bc3348bf504ee888f3bec43789a273f0a63f3e68d203ce3bf71"

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
