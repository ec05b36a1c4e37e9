"""The history of a run, and the file in which it is kept."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from stnviz.records import History, Snapshot


def a_moment(step: int, transformers: int = 2) -> Snapshot:
    draw = np.random.default_rng(step)
    raw = draw.random((3, 10), dtype=np.float32)
    return Snapshot(
        step, 0.1 * step, 0.5, 0.25,
        tuple(draw.standard_normal((3, 6 + k)).astype(np.float32) for k in range(transformers)),
        raw / raw.sum(axis=1, keepdims=True), tuple(range(transformers)),
    )  # fmt: skip


def a_history(*snapshots: Snapshot) -> History:
    draw = np.random.default_rng(1)
    images = draw.integers(0, 256, (3, 1, 28, 28), dtype=np.uint8)
    return History(images, np.array([1, 2, 3], np.uint8), snapshots)


def there_and_back(history: History, folder: Path) -> History:
    history.save(folder / "history.safetensors")
    return History.load(folder / "history.safetensors")


@pytest.mark.feature
@pytest.mark.parametrize("transformers", [0, 1, 2])
def test_a_history_comes_back_as_it_was_saved(transformers: int, tmp_path: Path) -> None:
    history = a_history(*(a_moment(step, transformers) for step in (0, 3, 9)))
    back = there_and_back(history, tmp_path)
    np.testing.assert_array_equal(back.images, history.images)
    np.testing.assert_array_equal(back.labels, history.labels)
    assert [snapshot.step for snapshot in back.snapshots] == [0, 3, 9]
    for ours, theirs in zip(history.snapshots, back.snapshots, strict=True):
        assert len(theirs.thetas) == transformers
        assert theirs.ticks == tuple(range(transformers))
        for one, other in zip(ours.thetas, theirs.thetas, strict=True):
            np.testing.assert_array_equal(one, other)
        half = ours.probabilities.astype(np.float16)
        np.testing.assert_array_equal(theirs.probabilities, half.astype(np.float32))
        assert theirs.loss == pytest.approx(ours.loss)
        assert (theirs.error, theirs.validation) == (0.5, 0.25)


@pytest.mark.cardinality
@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_pictures_of_any_channels_come_back_and_take_less_room(
    channels: int, tmp_path: Path
) -> None:
    ramp = np.linspace(0, 255, 2 * channels * 60 * 50).astype(np.uint8)
    images = ramp.reshape(2, channels, 60, 50)
    back = there_and_back(History(images, np.array([1, 2], np.uint8)), tmp_path)
    np.testing.assert_array_equal(back.images, images)
    assert (tmp_path / "history.safetensors").stat().st_size < images.nbytes / 2


@pytest.mark.feature
def test_what_came_back_is_saved_as_before(tmp_path: Path) -> None:
    once = there_and_back(a_history(a_moment(0), a_moment(1)), tmp_path)
    twice = there_and_back(once, tmp_path)
    for ours, theirs in zip(once.snapshots, twice.snapshots, strict=True):
        assert (ours.loss, ours.step) == (theirs.loss, theirs.step)
        np.testing.assert_array_equal(ours.probabilities, theirs.probabilities)


@pytest.mark.feature
def test_a_moment_without_a_loss_keeps_none(tmp_path: Path) -> None:
    first = a_moment(0)
    nothing = Snapshot(0, math.nan, math.nan, 0.9, first.thetas, first.probabilities, first.ticks)
    (back,) = there_and_back(a_history(nothing), tmp_path).snapshots
    assert math.isnan(back.loss)
    assert math.isnan(back.error)


@pytest.mark.cardinality
def test_an_empty_history_is_a_history_too(tmp_path: Path) -> None:
    back = there_and_back(a_history(), tmp_path)
    assert len(back) == 0
    assert back.images.shape == (3, 1, 28, 28)
    assert len(back.add(a_moment(0))) == 1


@pytest.mark.feature
@pytest.mark.parametrize(("step", "left"), [(0, [0]), (4, [0, 3]), (9, [0, 3, 9]), (99, [0, 3, 9])])
def test_until_keeps_the_moments_that_a_run_has_had(step: int, left: list[int]) -> None:
    history = a_history(*(a_moment(step) for step in (0, 3, 9)))
    assert [snapshot.step for snapshot in history.until(step).snapshots] == left
    assert len(history) == 3


@pytest.mark.exception
@pytest.mark.parametrize("content", [b"", b"no history at all", b"\x80\x04N."])
def test_a_foreign_file_is_named(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "foreign.safetensors"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"foreign\.safetensors is not a readable history"):
        History.load(path)


@pytest.mark.exception
def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"gone\.safetensors is not a readable history"):
        History.load(tmp_path / "gone.safetensors")


@pytest.mark.exception
def test_a_file_cut_short_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "cut.safetensors"
    a_history(a_moment(0)).save(path)
    path.write_bytes(path.read_bytes()[:-50])
    with pytest.raises(ValueError, match="not a readable history"):
        History.load(path)


@pytest.mark.exception
@pytest.mark.parametrize("meta", [None, {"format": "stnviz-trace-1"}])
def test_another_format_is_refused(tmp_path: Path, meta: dict[str, str] | None) -> None:
    path = tmp_path / "other.safetensors"
    save_file({"images": np.zeros((1, 1, 2, 2), np.float32)}, path, meta)
    found = meta["format"] if meta else "no format name"
    with pytest.raises(ValueError, match=f"holds {found}; this version reads stnviz-history-2"):
        History.load(path)


@pytest.mark.exception
def test_a_history_without_its_arrays_is_refused_as_damaged(tmp_path: Path) -> None:
    path = tmp_path / "hollow.safetensors"
    meta = {"format": "stnviz-history-2", "transformers": "1"}
    save_file({"images": np.zeros((1, 1, 2, 2), np.uint8)}, path, meta)
    with pytest.raises(ValueError, match=r"hollow\.safetensors"):
        History.load(path)
