"""Five thousand damaged traces: each is refused with a sentence, or is one that can be drawn."""

from __future__ import annotations

import json
import random
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

import stnviz
from stnviz.records import Trace
from stnviz.ui.debug.message import View, encode
from stnviz.ui.debug.model import examine_trace
from tests.analysis.capture.cases import CASES

COUNT = 5000


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A small trace with everything in it."""
    model = CASES["inline"].build()
    with stnviz.capture(model) as recording:
        model(torch.rand(2, 1, 16, 16)).sum().backward()
    path = tmp_path_factory.mktemp("traces") / "whole.trace"
    recording.trace.save(path)
    return path.read_bytes()


def flip(data: bytes, draw: random.Random) -> bytes:
    """Some bytes are others, most of them in the header."""
    changed = bytearray(data)
    end = struct.unpack("<Q", data[:8])[0] + 8 if draw.random() < 0.7 else len(data)
    for _ in range(draw.randint(1, 8)):
        changed[draw.randrange(end)] = draw.randrange(256)
    return bytes(changed)


def cut(data: bytes, draw: random.Random) -> bytes:
    """The file ends early, or goes on."""
    return data[: draw.randrange(len(data))] if draw.random() < 0.8 else data + b"\0" * 40


ODD: tuple[Any, ...] = (
    None, True, -1, 0, 1.5, 1e308, 2**63, "", "x", "<b>", "\ud800", [], {}, [[]], "é" * 5000,
    "../../etc/passwd", [1, 2], {"a": 1}, float("nan"),
)  # fmt: skip


def change(data: bytes, draw: random.Random) -> bytes:
    """One value of the header, of its steps or of its provenance is odd."""
    length = struct.unpack("<Q", data[:8])[0]
    header = json.loads(data[8 : 8 + length])
    meta = header["__metadata__"]
    where = draw.choice(("tensor", "meta", "steps", "provenance"))
    if where == "tensor":
        name = draw.choice([key for key in header if key != "__metadata__"])
        entry = header[name]
        key = draw.choice(list(entry))
        entry[key] = draw.choice([*ODD, [2**40, 2**40], [0, 3], "F64", "I8", "BF16"])
    elif where == "meta":
        meta[draw.choice(list(meta))] = str(draw.choice(ODD))
    else:
        inner = json.loads(meta[where])
        spot = inner[0] if where == "steps" else inner
        if where == "steps" and draw.random() < 0.6:
            spot = spot["call"]
        spot[draw.choice(list(spot))] = draw.choice(ODD)
        meta[where] = json.dumps(inner)
    text = json.dumps(header).encode("utf-8", "surrogatepass")
    return struct.pack("<Q", len(text)) + text + data[8 + length :]


DAMAGES: dict[str, Callable[[bytes, random.Random], bytes]] = {
    "flip": flip, "cut": cut, "change": change,
}  # fmt: skip


@pytest.mark.law
@pytest.mark.parametrize("name", DAMAGES)
def test_a_damaged_trace_is_refused_or_harmless(name: str, whole: bytes, tmp_path: Path) -> None:
    draw, path, refusals = random.Random(name), tmp_path / "damaged.trace", []
    count = COUNT // 2 if name == "change" else COUNT // 4
    for _ in range(count):
        path.write_bytes(DAMAGES[name](whole, draw))
        try:
            trace = stnviz.load_trace(path)
        except ValueError as error:
            refusals.append(str(error))
        else:
            assert isinstance(trace, Trace)
            if draw.random() < 0.1:
                trace.show(images=1)
            if draw.random() < 0.02 and trace.steps:
                encode([examine_trace("key", "title", trace)], View())
    assert len(refusals) > count / 4
    assert all(sentence.startswith(str(path)) for sentence in refusals)
