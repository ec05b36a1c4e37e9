"""Messages between the server and a process that reads uploads: a JSON head, then plain bytes.

Nothing is unpickled: whoever takes over the process that reads can send bytes, and run no code
in the server.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from io import BufferedIOBase
from typing import Any

LENGTHS = struct.Struct(">II")
LARGEST_HEAD, LARGEST_BODY = 2**20, 2**27
"""Bytes; what says that it has more is no message."""


class Broken(EOFError):
    """The other side has ended, or what it sends is no message."""


def send(file: BufferedIOBase, head: Mapping[str, Any], body: bytes | bytearray = b"") -> None:
    """Write one message.

    Raises:
        OSError: the other side has ended.
    """
    packed = json.dumps(head).encode()
    file.write(LENGTHS.pack(len(packed), len(body)))
    file.write(packed)
    file.write(body)
    file.flush()


def receive(file: BufferedIOBase) -> tuple[dict[str, Any], bytearray]:
    """Wait for one message; its head and its body.

    Raises:
        Broken: the other side has ended, or sends something else.
    """
    head_length, body_length = LENGTHS.unpack(_exactly(file, LENGTHS.size))
    if head_length > LARGEST_HEAD or body_length > LARGEST_BODY:
        raise Broken("This is no message.")
    try:
        head = json.loads(_exactly(file, head_length))
    except ValueError as error:
        raise Broken("This is no message.") from error
    if not isinstance(head, dict):
        raise Broken("This is no message.")
    return head, _exactly(file, body_length)


def _exactly(file: BufferedIOBase, count: int) -> bytearray:
    """So many bytes, in the one place where they stay."""
    data = bytearray(count)
    rest = memoryview(data)
    while rest:
        got = file.readinto(rest)
        if not got:
            raise Broken("The other side has ended.")
        rest = rest[got:]
    return data
