"""Uploaded traces: read in another process, or refused with one sentence."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from stnviz.records import Trace
from stnviz.records.trace import ARRAYS, OPTIONAL_ARRAYS
from stnviz.uploads import read as reading
from stnviz.uploads.array_bytes import join_arrays, split_arrays
from stnviz.uploads.process import Killed, Reason
from stnviz.uploads.read import MOST_WORDS, BadTrace, read_trace
from tests.toy_traces import KINDS


def saved(trace: Trace, folder: Path) -> bytes:
    path = folder / "a.trace"
    trace.save(path)
    return path.read_bytes()


@pytest.mark.law
@pytest.mark.parametrize("kind", ["nan", "weights", "volume", "wild"])
def test_a_trace_comes_through_as_it_is(kind: str, tmp_path: Path) -> None:
    trace = KINDS[kind]()
    found = read_trace(saved(trace, tmp_path))
    assert found.provenance == trace.provenance
    np.testing.assert_array_equal(found.images, trace.images)
    for ours, theirs in zip(trace.steps, found.steps, strict=True):
        assert (ours.kind, ours.transform, ours.call) == (
            theirs.kind, theirs.transform, theirs.call,
        )  # fmt: skip
        for name in (*ARRAYS, *OPTIONAL_ARRAYS):
            kept, read = getattr(ours, name), getattr(theirs, name)
            assert (kept is None) == (read is None)
            if kept is not None:
                np.testing.assert_array_equal(kept, read)


@pytest.mark.exception
def test_what_is_no_trace_is_refused_with_one_sentence(tmp_path: Path) -> None:
    whole = saved(KINDS["planes"](), tmp_path)
    for data in (b"", b"hello", b"\x80\x04N.", whole[:-9], whole[:200], bytes(64), b"\xff" * 64):
        with pytest.raises(BadTrace, match=r": .*\.$"):
            read_trace(data)
    with pytest.raises(BadTrace, match="holds stnviz-trace-99; this version reads stnviz-trace-2"):
        read_trace(_renamed(whole))


def _renamed(whole: bytes) -> bytes:
    """The same file in a format of the future."""
    length = int.from_bytes(whole[:8], "little")
    header = whole[8 : 8 + length].replace(b"stnviz-trace-2", b"stnviz-trace-99")
    return len(header).to_bytes(8, "little") + header + whole[8 + length :]


@pytest.mark.exception
@pytest.mark.parametrize("reason", ["time", "memory", "broken"])
def test_every_end_of_a_process_is_a_sentence(
    reason: Reason, monkeypatch: pytest.MonkeyPatch
) -> None:
    def kill(*_: object) -> None:
        raise Killed(reason)

    monkeypatch.setattr(reading, "_asked", kill)
    with pytest.raises(BadTrace, match=r": (save it anew|capture fewer).*\.$"):
        read_trace(b"")


@pytest.mark.exception
def test_an_odd_answer_of_the_process_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody may have taken it over."""
    for head in (
        {}, {"meta": {}, "arrays": [["images", "O", [1], 0]]}, {"meta": 3, "arrays": []},
        {"meta": {}, "arrays": [["images", "<f4", [2**40], 0]]}, {"refused": "x" * 10_000},
    ):  # fmt: skip
        monkeypatch.setattr(reading, "_asked", lambda *_, head=head: (head, bytearray(8)))
        with pytest.raises(BadTrace) as caught:
            read_trace(b"")
        assert len(str(caught.value)) <= MOST_WORDS


@pytest.mark.law
def test_arrays_come_back_from_their_bytes() -> None:
    arrays = {
        "a": np.arange(7, dtype=np.int8), "b": np.zeros((0, 3), np.float32),
        "c": np.random.default_rng(0).random((2, 3, 4))[:, ::-1], "d": np.float64(3) * np.ones(()),
    }  # fmt: skip
    described, body = join_arrays(arrays)
    back = split_arrays(described, body)
    for name, array in arrays.items():
        np.testing.assert_array_equal(back[name], array)
        assert back[name].dtype == array.dtype
