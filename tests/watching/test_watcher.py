"""``stnviz.watch``: what it leaves in its folder, and that it leaves the training alone."""

from __future__ import annotations

import logging
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

import stnviz
from stnviz.analysis.undisturbed import undisturbed
from stnviz.records import HealthReport, Trace
from stnviz.watching import watcher as watching
from stnviz.watching.trace_folder import TraceFolder, list_traces
from tests.watched import Sensitive, report, sensitive, train


@pytest.fixture
def images() -> Tensor:
    return torch.rand(5, 1, 8, 8, generator=torch.Generator().manual_seed(5))


@pytest.fixture
def verdicts(monkeypatch: pytest.MonkeyPatch) -> list[HealthReport]:
    """What health says next; healthy when the list is empty."""
    coming: list[HealthReport] = []

    def health(trace: Trace, model: nn.Module | None = None) -> HealthReport:
        return coming.pop(0) if coming else report()

    monkeypatch.setattr("stnviz.analysis.health.health.health", health)
    return coming


@pytest.mark.feature
def test_watched_weights_are_the_same_bit_by_bit(images: Tensor, tmp_path: Path) -> None:
    alone = train(sensitive(), 6).state_dict()
    for name, given in (("given", images), ("first", None)):
        model = sensitive()
        with stnviz.watch(model, 2, folder=tmp_path / name, images=given) as watcher:
            watched = train(model, 6, watcher.step).state_dict()
        assert list(list_traces(tmp_path / name)) == [0, 2, 4, 6]
        assert alone.keys() == watched.keys()
        for key, value in alone.items():
            assert torch.equal(value, watched[key]), key
        assert model.training
        assert all(module.training for module in model.modules())
    assert int(alone["calls"]) == 6


@pytest.mark.feature
@pytest.mark.usefixtures("verdicts")
def test_a_trace_is_what_the_model_does_at_that_step(images: Tensor, tmp_path: Path) -> None:
    model = sensitive()
    watcher = stnviz.watch(model, 3, folder=tmp_path, images=images, labels=torch.arange(5))
    seen = []
    train(model, 4, lambda: seen.append((watcher.step(), stnviz.inspect(model, images))))
    watcher.close()
    assert [answer is not None for answer, _ in seen] == [False, False, True, False]
    assert watcher.report is seen[2][0]
    trace = stnviz.load_trace(tmp_path / "step-000003.trace")
    torch.testing.assert_close(
        torch.from_numpy(trace.steps[0].theta), torch.from_numpy(seen[2][1].steps[0].theta),
        atol=0.01, rtol=0,
    )  # fmt: skip
    assert trace.provenance["step"] == 3
    assert trace.provenance["labels"] == [0, 1, 2, 3, 4]
    assert trace.provenance["training"] is False
    start = stnviz.load_trace(tmp_path / "step-000000.trace")
    assert abs(start.steps[0].theta - trace.steps[0].theta).max() > 1e-4


@pytest.mark.feature
@pytest.mark.usefixtures("verdicts")
def test_without_images_it_keeps_the_first_that_the_model_sees(tmp_path: Path) -> None:
    model = sensitive()
    watcher = stnviz.watch(model, 1, folder=tmp_path)
    assert watcher.step() is None  # nothing seen yet
    batch = torch.rand(20, 1, 8, 8)
    model(batch)
    kept = batch[:12].clone()
    batch.zero_()
    model(torch.rand(3, 1, 8, 8))
    watcher.step()
    trace = stnviz.load_trace(tmp_path / "step-000002.trace")
    assert torch.equal(torch.from_numpy(trace.images), kept)
    assert not model._forward_pre_hooks
    stnviz.watch(model, 1, folder=tmp_path / "closed").close()
    assert not model._forward_pre_hooks


class Register(nn.Module):
    """Warps a moving image onto a fixed one."""

    def __init__(self) -> None:
        super().__init__()
        self.flow = nn.Conv2d(2, 2, 3, padding=1)

    def forward(self, moving: Tensor, fixed: Tensor) -> Tensor:
        size = list(moving.shape)
        rest = nn.functional.affine_grid(
            torch.eye(2, 3).expand(len(moving), -1, -1), size, align_corners=False
        )
        flow = self.flow(torch.cat([moving, fixed], dim=1)).permute(0, 2, 3, 1)
        return nn.functional.grid_sample(moving, rest + flow, align_corners=False)


@pytest.mark.feature
@pytest.mark.usefixtures("verdicts")
def test_models_of_several_inputs_are_watched(images: Tensor, tmp_path: Path) -> None:
    model = Register()
    watcher = stnviz.watch(model, 1, folder=tmp_path / "first")
    model(images, images.flip(3))
    watcher.step()
    pair = (images[:2], images[:2])
    stnviz.watch(model, 1, folder=tmp_path / "given", images=pair).step()
    shapes = [
        stnviz.load_trace(tmp_path / name / "step-000001.trace").steps[0].grid.shape
        for name in ("first", "given")
    ]
    assert shapes == [(5, 8, 8, 2), (2, 8, 8, 2)]
    stnviz.watch(model, folder=tmp_path / "named")
    with pytest.raises(ValueError, match="called with fixed by name: give watch the inputs"):
        model(images, fixed=images)


@pytest.mark.feature
def test_illness_reaches_the_log(
    images: Tensor, verdicts: list[HealthReport], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    verdicts += [report(), report("folded"), report("folded"), report()]
    caplog.set_level(logging.INFO, "stnviz.watch")
    watcher = stnviz.watch(sensitive(), 1, folder=tmp_path, images=images)
    for _ in range(3):
        watcher.step()
    said = [one.getMessage() for one in caplog.records if "model.stn" in one.getMessage()]
    assert [words.split(":")[0] for words in said] == ["Step 1", "Step 3"]


@pytest.mark.exception
@pytest.mark.usefixtures("verdicts")
def test_a_full_disk_does_not_end_the_training(
    images: Tensor, tmp_path: Path, caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    watcher = stnviz.watch(sensitive(), 1, folder=tmp_path, images=images)

    def full(self: TraceFolder, step: int, trace: Trace) -> Path:
        raise OSError("No space left on device")

    monkeypatch.setattr(TraceFolder, "save", full)
    assert watcher.step() is None
    (record,) = [one for one in caplog.records if one.levelname == "WARNING"]
    assert record.getMessage() == ("Step 1: the model could not be watched; its training goes on.")
    with pytest.raises(OSError, match="No space left"):  # at the start it is better to know
        stnviz.watch(sensitive(), 1, folder=tmp_path / "other", images=images)


@pytest.mark.exception
@pytest.mark.usefixtures("verdicts")
def test_what_cannot_be_watched_is_said_at_once(images: Tensor, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="No sampler was called"):
        stnviz.watch(nn.Conv2d(1, 1, 3), folder=tmp_path, images=images)
    for given, labels in ((images, [1]), (None, [1, 2])):
        with pytest.raises(ValueError, match="belong to no images"):
            stnviz.watch(sensitive(), folder=tmp_path, images=given, labels=labels)


@pytest.mark.feature
@pytest.mark.usefixtures("verdicts")
def test_curves_and_pictures_go_to_tensorboard(images: Tensor, tmp_path: Path) -> None:
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    with stnviz.watch(sensitive(), 1, folder=tmp_path, images=images) as watcher:
        train(watcher.model, 2, watcher.step)
    written = EventAccumulator(str(tmp_path), size_guidance={"images": 0, "scalars": 0}).Reload()
    names = ("a", "b", "shift_x", "c", "d", "shift_y")
    curves = {"outside", "spread", "movement", *(f"theta/{name}" for name in names)}
    assert set(written.Tags()["scalars"]) == {f"A/{name}" for name in curves}
    assert [one.step for one in written.Scalars("A/movement")] == [1, 2]
    trace = stnviz.load_trace(tmp_path / "step-000002.trace")
    last = written.Scalars("A/theta/shift_y")[-1].value
    assert last == pytest.approx(float(trace.steps[0].theta[:, 5].mean()), abs=1e-6)
    assert [one.step for one in written.Images("windows")] == [0, 1, 2]


@pytest.mark.feature
@pytest.mark.usefixtures("verdicts")
def test_without_tensorboard_one_sentence_says_so(
    images: Tensor, tmp_path: Path, caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", None)
    caplog.set_level(logging.INFO, "stnviz.watch")
    with stnviz.watch(sensitive(), 1, folder=tmp_path, images=images) as watcher:
        watcher.step()
    assert [one.getMessage() for one in caplog.records if "TensorBoard" in one.getMessage()] == [
        "There will be no TensorBoard curves and pictures: pip install tensorboard to have them."
    ]
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "step-000000.trace", "step-000001.trace",
    ]  # fmt: skip


@pytest.mark.feature
def test_buffers_come_back_whatever_a_forward_pass_does_to_them() -> None:
    model: Any = Sensitive()
    before = model.calls
    with undisturbed(model):
        model.calls = model.calls + 7
        model.norm.running_mean.add_(1)
    assert model.calls is before
    assert int(model.calls) == 0
    assert model.norm.running_mean.tolist() == [0]
    assert watching.WATCHED == 12


@pytest.mark.feature
def test_a_transformer_that_is_driven_out_of_view_is_noticed(
    images: Tensor, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    model = sensitive()
    model.locate[2].weight.data.mul_(20)
    caplog.set_level(logging.INFO, "stnviz.watch")
    watcher = stnviz.watch(model, 1, folder=tmp_path, images=images)
    for place in (0.0, 2.5, 2.5, 0.1):
        model.locate[2].bias.data[2] = place
        watcher.step()
    told = [one for one in caplog.records if "out-of-view" in one.getMessage()]
    assert [one.levelname for one in told] == ["WARNING", "INFO"]
    first, last = (one.getMessage() for one in told)
    assert first.startswith("Step 2: watched.py:")
    assert "smaller learning rate" in first
    assert last.startswith("Step 4: watched.py:")
    assert stnviz.load_trace(tmp_path / "step-000002.trace").steps[0].grid[..., 0].min() > 1


@pytest.mark.feature
@pytest.mark.usefixtures("verdicts")
def test_a_model_that_is_compiled_in_place_is_watched_from_its_first_call(tmp_path: Path) -> None:
    alone, watched = sensitive(), sensitive()
    for model in (alone, watched):
        model.compile(backend="eager")
    train(alone, 2)
    with stnviz.watch(watched, 2, folder=tmp_path) as watcher:
        train(watched, 2, watcher.step)
    assert list(list_traces(tmp_path)) == [0, 2]
    for one, other in zip(alone.parameters(), watched.parameters(), strict=True):
        assert torch.equal(one, other)
