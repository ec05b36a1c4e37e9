"""Reading and writing of named arrays in safetensors files with a format name."""

from __future__ import annotations

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
    if meta.get("format") not in (wanted, *old):
        found = meta.get("format", "no format name")
        raise ValueError(f"{path} holds {found}; this version reads {wanted}.")
    return meta, arrays
