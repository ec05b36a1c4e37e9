"""Reading and writing of named arrays in safetensors files with a format name."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stnviz.records.strict_json import InvalidFile, check_ordinary

MAX_BYTES = 2**27
"""Maximum size of a file of arrays."""

Arrays = dict[str, NDArray[Any]]


def save_arrays(path: Path, arrays: Mapping[str, NDArray[Any]], meta: Mapping[str, str]) -> None:
    """Write a safetensors file; ``meta`` must contain ``format``."""
    from safetensors.numpy import save_file

    save_file({name: np.ascontiguousarray(a) for name, a in arrays.items()}, path, dict(meta))


def load_arrays(
    path: Path, what: str, wanted: str, *old: str, most: int = MAX_BYTES
) -> tuple[dict[str, str], Arrays]:
    """Load the metadata and the arrays of a file written by :func:`save_arrays`.

    Args:
        path: the file.
        what: what the file should contain, for the error message.
        wanted: the format that this version writes.
        old: formats of earlier versions that are accepted as well.
        most: largest accepted size of the file in bytes.

    Raises:
        ValueError: the file is damaged or of another format; the message says which.
    """
    from safetensors import SafetensorError, safe_open

    try:
        check_ordinary(path, most)
        with safe_open(path, framework="numpy") as file:
            meta = file.metadata() or {}
            arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except (SafetensorError, OSError, InvalidFile, TypeError, AttributeError) as error:
        raise ValueError(f"{path} is not a readable {what} ({error}).") from error
    _check_format(str(path), meta, wanted, *old)
    return meta, arrays


def read_arrays(data: bytes, what: str, wanted: str, *old: str) -> tuple[dict[str, str], Arrays]:
    """As :func:`load_arrays`, from the bytes of a file; errors call it *The file*."""
    from safetensors import SafetensorError
    from safetensors.numpy import load

    try:
        arrays = load(data)  # which checks the header that is read below
        head = json.loads(data[8 : 8 + int.from_bytes(data[:8], "little")])
        meta: dict[str, str] = head.get("__metadata__") or {}
    except (SafetensorError, TypeError, AttributeError, KeyError, ValueError) as error:
        raise ValueError(f"The file is not a readable {what} ({error}).") from error
    _check_format("The file", meta, wanted, *old)
    return meta, arrays


def _check_format(name: str, meta: Mapping[str, str], *known: str) -> None:
    if meta.get("format") not in known:
        found = meta.get("format", "no format name")
        raise ValueError(f"{name} holds {found}; this version reads {known[0]}.")
