"""Records, and the file in which a trace travels."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, replace
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from stnviz.records import SamplerCall, Step, Trace, load_trace


def a_step(tick: int, lane: int) -> Step[np.ndarray]:
    draw = np.random.default_rng(10 * tick + lane)
    return Step(
        "affine",
        draw.random((2, 1, 6, 8), dtype=np.float32),
        draw.random((2, 6), dtype=np.float32),
        draw.random((2, 3, 5, 2), dtype=np.float32),
        draw.random((2, 1, 3, 5), dtype=np.float32),
        lane,
        tick,
    )


@pytest.fixture
def trace() -> Trace:
    draw = np.random.default_rng(7)
    return Trace(
        draw.random((2, 1, 6, 8), dtype=np.float32),
        tuple(a_step(tick, lane) for tick in range(2) for lane in range(2)),
        draw.random((2, 10), dtype=np.float32),
        {"model": "st-cnn", "seed": 3, "data": {"name": "mnist-r", "angle": 0.5}},
    )


@pytest.mark.feature
def test_a_trace_comes_back_as_it_was_saved(trace: Trace, tmp_path: Path) -> None:
    trace.save(tmp_path / "a.safetensors")
    back = Trace.load(tmp_path / "a.safetensors")
    assert back.provenance == trace.provenance
    np.testing.assert_array_equal(back.images, trace.images)
    np.testing.assert_array_equal(back.probabilities, trace.probabilities)
    for ours, theirs in zip(trace.steps, back.steps, strict=True):
        assert (ours.transform, ours.lane, ours.tick) == (
            theirs.transform, theirs.lane, theirs.tick,
        )  # fmt: skip
        for name in ("input", "theta", "grid", "output"):
            np.testing.assert_array_equal(getattr(ours, name), getattr(theirs, name))


@pytest.mark.feature
def test_strided_arrays_are_saved_as_they_are_seen(trace: Trace, tmp_path: Path) -> None:
    turned = Trace(trace.images[:, :, ::-1], (), trace.probabilities)
    turned.save(tmp_path / "a.safetensors")
    np.testing.assert_array_equal(
        Trace.load(tmp_path / "a.safetensors").images, trace.images[:, :, ::-1]
    )


@pytest.mark.cardinality
def test_a_trace_is_as_long_as_its_batch(trace: Trace) -> None:
    assert len(trace) == 2


@pytest.mark.feature
def test_map_converts_every_array_and_keeps_lane_and_tick() -> None:
    step = a_step(1, 3).map(lambda array: array.astype(np.float64))
    kinds = {getattr(step, name).dtype for name in ("input", "theta", "grid", "output")}
    assert kinds == {np.dtype(np.float64)}
    assert (step.lane, step.tick) == (3, 1)


@pytest.mark.exception
def test_records_do_not_change(trace: Trace) -> None:
    with pytest.raises(FrozenInstanceError):
        trace.images = trace.probabilities  # type: ignore[misc]


@pytest.mark.exception
@pytest.mark.parametrize("content", [b"", b"not a trace at all", b"\x80\x04N."])
def test_a_foreign_file_is_named(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "foreign.safetensors"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"foreign\.safetensors is not a readable trace"):
        Trace.load(path)


@pytest.mark.exception
def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"gone\.safetensors is not a readable trace"):
        Trace.load(tmp_path / "gone.safetensors")


@pytest.mark.exception
@pytest.mark.parametrize("meta", [None, {"format": "stnviz-trace-99"}])
def test_another_format_is_refused(tmp_path: Path, meta: dict[str, str] | None) -> None:
    path = tmp_path / "weights.safetensors"
    save_file({"images": np.zeros((1, 1, 2, 2), np.float32)}, path, meta)
    found = meta["format"] if meta else "no format name"
    with pytest.raises(ValueError, match=f"holds {found}; this version reads stnviz-trace-2"):
        Trace.load(path)


@pytest.mark.exception
def test_a_file_cut_short_is_refused(trace: Trace, tmp_path: Path) -> None:
    path = tmp_path / "cut.safetensors"
    trace.save(path)
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(ValueError, match="not a readable trace"):
        Trace.load(path)


@pytest.mark.feature
def test_a_trace_with_all_that_a_capture_adds_comes_back(trace: Trace, tmp_path: Path) -> None:
    call = SamplerCall("aten::grid_sampler_2d", "stn", align_corners=True, grid_align_corners=False)
    trace = replace(
        trace,
        steps=tuple(replace(step, call=call) for step in trace.steps),
        provenance={"training": False, "compiled": True},
    )
    trace.save(tmp_path / "trace")
    again = load_trace(tmp_path / "trace")
    assert [step.call for step in again.steps] == [call] * 4
    assert again.provenance == {"training": False, "compiled": True}
