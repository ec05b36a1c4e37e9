"""Messages come through whole, and what is none is said to be none."""

from __future__ import annotations

import io
import struct

import pytest

from stnviz.uploads.messages import LARGEST_BODY, Broken, receive, send


@pytest.mark.law
@pytest.mark.parametrize("body", [b"", b"x", bytes(range(256)) * 5000])
def test_what_is_sent_is_received(body: bytes) -> None:
    file = io.BytesIO()
    send(file, {"task": "none", "n": [1, 2.5]}, body)
    send(file, {})
    file.seek(0)
    assert receive(file) == ({"task": "none", "n": [1, 2.5]}, body)
    assert receive(file) == ({}, b"")


@pytest.mark.exception
@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"\0\0",
        struct.pack(">II", 2, 5) + b"{}ab",
        struct.pack(">II", 2, LARGEST_BODY + 1) + b"{}",
        struct.pack(">II", 2**31, 0),
        struct.pack(">II", 2, 0) + b"[]",
        struct.pack(">II", 2, 0) + b"\xff\xff",
    ],
)
def test_what_is_no_message_is_said_to_be_none(sent: bytes) -> None:
    with pytest.raises(Broken):
        receive(io.BytesIO(sent))
