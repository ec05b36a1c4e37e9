"""Messages between the server and a process that reads uploads: a JSON head, then plain bytes.

Nothing is unpickled: an attacker who takes over the worker process can send bytes, but cannot run
code in the server.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from io import BufferedIOBase
from typing import Any

LENGTHS = struct.Struct(">II")
LARGEST_HEAD, LARGEST_BODY = 2**22, 2**27
"""Bytes; a message that announces more is invalid."""


class Broken(EOFError):
    """The other side has ended, or sent something that is not a message."""


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
    """Wait for one message; return its head and its body.

    Raises:
        Broken: the other side has ended, or sent something else.
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
    """Read ``count`` bytes into one buffer, without further copies."""
    data = bytearray(count)
    rest = memoryview(data)
    while rest:
        got = file.readinto(rest)
        if not got:
            raise Broken("The other side has ended.")
        rest = rest[got:]
    return data
