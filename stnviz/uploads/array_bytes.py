"""Named arrays as one block of bytes between two processes: nothing is unpickled."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from stnviz.records import Array

ALIGNMENT = 16
"""Bytes; every array starts at a multiple of them."""


def join_arrays(arrays: Mapping[str, Array]) -> tuple[list[list[Any]], bytearray]:
    """Arrays one after another.

    Returns:
        Name, data type, shape and offset of each, as JSON values; and the bytes.
    """
    described: list[list[Any]] = []
    body = bytearray()
    for name, array in arrays.items():
        described.append([name, array.dtype.str, list(array.shape), len(body)])
        body += np.ascontiguousarray(array).data.cast("B") if array.size else b""
        body += b"\0" * (-len(body) % ALIGNMENT)
    return described, body


def split_arrays(described: Sequence[Sequence[Any]], body: bytearray) -> dict[str, Array]:
    """The reverse of :func:`join_arrays`; the arrays share the memory of ``body``.

    Raises:
        ValueError: the description does not fit the bytes.
        TypeError: it is no description.
    """
    arrays: dict[str, Array] = {}
    for name, dtype, shape, offset in described:
        kind = np.dtype(str(dtype))
        if kind.kind not in "fiu":
            raise ValueError(f"{kind} is no type of numbers")
        count = math.prod(shape)
        arrays[str(name)] = np.frombuffer(body, kind, count, offset).reshape(shape)
    return arrays
