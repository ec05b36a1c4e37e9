"""Messages: good ones are read, bad ones get an answer that names the field."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from stnviz.live.protocol import (
    INK_BYTES,
    LARGEST_REQUEST,
    BadRequest,
    decode_answer,
    decode_ink,
    encode_answer,
    encode_ink,
    parse_request,
)

Message = Callable[..., dict[str, Any]]


@pytest.mark.smoke
def test_a_good_request_is_read(message: Message) -> None:
    request = parse_request(json.dumps(message()))
    assert (request.id, request.source.digit) == (5, 7)
    assert request.distortion.values == {"angle": 0.5}


CASES = [
    ("version", {"version": 2}),
    ("version", {"version": None}),
    ("id", {"id": -1}),
    ("id", {"id": "one"}),
    ("id", {"id": True}),
    ("models", {"models": []}),
    ("models", {"models": ["a", "b", "c", "d"]}),
    ("models.0", {"models": [7]}),
    ("source.digit", {"source": {"digit": 10_000}}),
    ("source.digit", {"source": {"digit": -1}}),
    ("source.digit", {"source": {"digit": 1.5}}),
    ("source", {"source": {}}),
    ("source", {"source": {"digit": 1, "ink": "AA"}}),
    ("source.ink", {"source": {"ink": "AAAA"}}),
    ("source.ink", {"source": {"ink": "?" * 523}}),
    ("source.ink", {"source": {"ink": "A" * 2000}}),
    ("source.file", {"source": {"file": "/etc/passwd"}}),
    ("distortion.name", {"distortion": {"name": 3}}),
    ("distortion.seed", {"distortion": {"name": "mnist-r", "seed": 2**31}}),
    ("distortion.values.angle", {"distortion": {"name": "mnist-r", "values": {"angle": "1"}}}),
    ("want.0", {"want": ["everything"]}),
    ("extra", {"extra": 1}),
]


@pytest.mark.exception
@pytest.mark.parametrize(("field", "changes"), CASES)
def test_a_bad_field_is_named(message: Message, field: str, changes: dict[str, Any]) -> None:
    with pytest.raises(BadRequest) as caught:
        parse_request(json.dumps(message(**changes)))
    assert caught.value.field == field
    assert json.loads(caught.value.encode())["error"]["field"] == field


@pytest.mark.exception
@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999"])
def test_numbers_that_are_none_are_refused(message: Message, number: str) -> None:
    text = json.dumps(message()).replace("0.5", number)
    with pytest.raises(BadRequest) as caught:
        parse_request(text)
    assert caught.value.field in {"message", "distortion.values.angle"}


@pytest.mark.exception
@pytest.mark.parametrize(
    "text", ["", "{", "[]", "null", "7", '"text"', "[" * 9000, b"\xff\xfe\x00", "{}" * 3]
)
def test_what_is_no_object_is_refused(text: str | bytes) -> None:
    with pytest.raises(BadRequest):
        parse_request(text)


@pytest.mark.exception
def test_an_oversized_request_is_refused() -> None:
    with pytest.raises(BadRequest, match="at most"):
        parse_request("x" * (LARGEST_REQUEST + 1))


@pytest.mark.feature
def test_the_error_keeps_the_requests_id(message: Message) -> None:
    with pytest.raises(BadRequest) as caught:
        parse_request(json.dumps(message(models=[])))
    assert json.loads(caught.value.encode())["id"] == 5


@pytest.mark.feature
def test_ink_survives_the_way_there_and_back() -> None:
    levels = np.random.default_rng(0).integers(0, 16, (28, 28)).astype(np.uint8) * 17
    text = encode_ink(levels)
    assert np.array_equal(decode_ink(text), levels)
    assert len(text) <= 2 * INK_BYTES


@pytest.mark.feature
def test_an_answer_survives_the_way_there_and_back() -> None:
    arrays = {
        "odd": np.arange(7, dtype=np.uint8),
        "numbers": np.linspace(0, 1, 6, dtype=np.float32).reshape(2, 3),
    }
    head, found = decode_answer(encode_answer({"id": 3, "rows": []}, arrays))
    assert head == {"version": 1, "id": 3, "rows": []}
    for name, array in arrays.items():
        assert found[name].dtype == array.dtype
        assert np.array_equal(found[name], array)


@pytest.mark.cardinality
def test_arrays_start_where_a_browser_can_view_them() -> None:
    message = encode_answer({"id": 1}, {"a": np.zeros(3, np.uint8), "b": np.zeros(2, np.float32)})
    length = int.from_bytes(message[:4], "little")
    offsets = [entry["offset"] for entry in json.loads(message[4 : 4 + length])["arrays"]]
    assert all((4 + length + offset) % 4 == 0 for offset in offsets)
