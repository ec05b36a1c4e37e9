"""Passes, call sites, gradients, conventions, and the limits of a recording."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

import stnviz
from stnviz.analysis.capture import keeping
from stnviz.analysis.capture import recording as recording_module
from stnviz.records import Trace
from tests.analysis.capture.cases import CASES
from tests.analysis.capture.strangers import Parallel, Recurrent, Tutorial, Warp
from tests.followers import Fixed


@pytest.mark.feature
def test_batches_of_one_loop_are_one_trace() -> None:
    model = Tutorial()
    batches = [torch.rand(4, 1, 28, 28) for _ in range(3)]
    with torch.no_grad(), stnviz.capture(model.eval()) as recording:
        answers = [model(batch) for batch in batches]
    trace = recording.trace
    assert len(trace) == 12
    assert torch.equal(torch.tensor(trace.images), torch.cat(batches))
    torch.testing.assert_close(torch.tensor(trace.probabilities), torch.cat(answers).exp())
    assert [(step.lane, step.tick, len(step.theta)) for step in trace.steps] == [(0, 0, 12)]


@pytest.mark.feature
def test_at_most_so_many_images_and_steps_are_kept() -> None:
    model = Recurrent()
    with stnviz.capture(model, images=5, steps=2) as recording:
        for _ in range(3):
            model(torch.rand(4, 1, 16, 16))
    trace = recording.trace
    assert len(trace) == 5
    assert [step.tick for step in trace.steps] == [0, 1]
    assert any("record more steps" in note for note in trace.notes)


@pytest.mark.exception
@pytest.mark.parametrize("options", [{"images": 0}, {"steps": 0}])
def test_nothing_to_keep_is_refused(options: dict[str, int]) -> None:
    with (
        pytest.raises(ValueError, match="choose at least one"),
        stnviz.capture(nn.Identity(), **options),
    ):
        pass


@pytest.mark.exception
def test_a_model_that_samples_by_hand_is_told_the_two_lines() -> None:
    class ByHand(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            index = torch.randint(64, (len(x), 1, 64))
            return x.flatten(2).gather(2, index).view_as(x)

    with pytest.raises(ValueError, match=r"stnviz\.record\(input=image, grid=grid"):
        stnviz.inspect(ByHand(), torch.rand(2, 1, 8, 8))


@pytest.mark.feature
def test_what_is_sampled_by_hand_can_be_recorded() -> None:
    class ByHand(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            output = x.flip(-1)
            at = (2 * torch.arange(8) + 1) / 8 - 1
            y, x0 = torch.meshgrid(at, -at, indexing="ij")
            grid = torch.stack([x0, y], dim=-1).expand(len(x), -1, -1, -1)
            stnviz.record(input=x, grid=grid, output=output)
            return output

    model, x = ByHand(), torch.rand(2, 1, 8, 8)
    model(x)  # without a recording nothing happens
    (step,) = stnviz.inspect(model, x).steps
    assert (step.transform, step.call and step.call.operator) == ("affine", "stnviz.record")
    assert step.theta[0].tolist() == pytest.approx([-1, 0, 0, 0, 1, 0], abs=1e-6)


@pytest.mark.exception
def test_what_does_not_belong_together_is_not_recorded() -> None:
    with pytest.raises(ValueError, match="do not belong together"):
        stnviz.record(
            input=torch.rand(2, 1, 4, 4), grid=torch.rand(2, 3, 3, 2), output=torch.rand(2, 1, 4, 4)
        )


@pytest.mark.feature
def test_the_line_of_the_models_own_code_is_named() -> None:
    trace = stnviz.inspect(CASES["kornia"].build(), torch.rand(2, 1, 16, 16))
    call = trace.steps[0].call
    assert call is not None
    assert Path(call.file).name == "strangers.py"
    line = Path(call.file).read_text(encoding="utf-8").splitlines()[call.line - 1]
    assert "warp_perspective" in line
    assert call.function == "Homography.forward"


@pytest.mark.feature
def test_two_lines_that_call_one_helper_are_two_lanes_of_one_line() -> None:
    trace = stnviz.inspect(Parallel(), torch.rand(2, 1, 16, 16))
    first, second = (step.call for step in trace.steps[:2])
    assert first is not None
    assert second is not None
    assert first.place == second.place


@pytest.mark.feature
@pytest.mark.parametrize("after", [False, True])
def test_gradients_are_those_of_autograd(after: bool) -> None:
    model, x = Tutorial().eval(), torch.rand(3, 1, 28, 28)
    thetas: list[Tensor] = []
    model.fc_loc.register_forward_hook(
        lambda _, __, theta: theta.retain_grad() or thetas.append(theta)
    )
    with stnviz.capture(model) as recording:
        loss = model(x)[:, 3].sum()
        if not after:
            loss.backward()
    if after:
        assert recording.trace.steps[0].theta_gradient is None
        loss.backward()
    (step,) = recording.trace.steps
    assert step.theta_gradient is not None
    assert thetas[0].grad is not None
    torch.testing.assert_close(torch.tensor(step.theta_gradient), thetas[0].grad)


@pytest.mark.feature
@pytest.mark.parametrize("name", ["inline", "not square", "kornia", "volume"])
def test_the_gradient_of_a_fitted_theta_follows_from_that_of_the_grid(name: str) -> None:
    """A step along it changes the grid as the gradient of the grid says, to first order."""
    case = CASES[name]
    model = case.build()
    with stnviz.capture(model) as recording:
        model(torch.rand(2, *case.shape)).square().sum().backward()
    (step,) = recording.trace.steps
    assert step.theta_gradient is not None
    assert step.grid_gradient is not None
    # Moving the whole window right by d changes the loss by d times the sum of its x gradients.
    names = {"affine": 2, "similarity": 2, "projective": None, "affine-3d": 3}
    if (place := names[step.transform]) is not None:
        wanted = step.grid_gradient[..., 0].reshape(2, -1).sum(1)
        torch.testing.assert_close(
            torch.tensor(step.theta_gradient[:, place]), torch.tensor(wanted), rtol=1e-3, atol=1e-4
        )
    assert abs(step.theta_gradient).max() > 0


@pytest.mark.feature
def test_a_learned_grid_keeps_no_hook() -> None:
    class Learned(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.grid = nn.Parameter(torch.rand(1, 4, 4, 2))

        def forward(self, x: Tensor) -> Tensor:
            return F.grid_sample(x, self.grid, align_corners=False)

    model = Learned()
    with stnviz.capture(model) as recording:
        model(torch.rand(1, 1, 8, 8)).sum().backward()
    assert recording.trace.steps[0].grid_gradient is not None
    assert not model.grid._backward_hooks


@pytest.mark.feature
def test_mixed_conventions_are_recorded() -> None:
    class Mixed(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.look = Warp(64).look

        def forward(self, x: Tensor) -> Tensor:
            grid = F.affine_grid(self.look(x).view(-1, 2, 3), list(x.shape), align_corners=True)
            return F.grid_sample(
                x, grid, align_corners=False, padding_mode="border", mode="nearest"
            )

    call = stnviz.inspect(Mixed(), torch.rand(2, 1, 8, 8)).steps[0].call
    assert call is not None
    assert (call.align_corners, call.grid_align_corners) == (False, True)
    assert (call.padding, call.kernel, call.theta_source) == ("border", "nearest", "predicted")


@pytest.mark.feature
def test_large_feature_maps_are_kept_as_their_mean_and_as_numbers() -> None:
    model, x = Warp(32 * 32, 300), torch.rand(4, 300, 32, 32)
    with stnviz.capture(model) as recording:
        model(x)
    (step,) = recording.trace.steps
    assert step.input.shape == (4, 1, 32, 32)
    torch.testing.assert_close(torch.tensor(step.input), x.mean(1, keepdim=True))
    assert step.call is not None
    assert step.call.input.shape == (4, 300, 32, 32)
    assert step.call.input.high == pytest.approx(float(x.max()))


@pytest.mark.feature
def test_a_capture_in_a_capture_records_both() -> None:
    model, x = Tutorial(), torch.rand(2, 1, 28, 28)
    with stnviz.capture(model) as outer:
        with stnviz.capture(model) as inner:
            model(x)
        model(x)
    assert len(inner.passes) == 1
    assert len(outer.passes) == 2


@pytest.mark.feature
def test_later_changes_do_not_reach_what_was_recorded() -> None:
    model, x = Warp(64), torch.rand(2, 1, 8, 8)
    with stnviz.capture(model) as recording:
        model(x)
    before = recording.trace.images.copy()
    x.zero_()
    assert (recording.trace.images == before).all()


@pytest.mark.feature
def test_a_captured_trace_comes_back_from_its_file(tmp_path: Path) -> None:
    for name, case in CASES.items():
        model = case.build()
        with stnviz.capture(model) as recording:
            output = model(torch.rand(2, *case.shape))
            if output.requires_grad:
                output.sum().backward()
        trace = recording.trace
        trace.save(tmp_path / "a.trace")
        back = stnviz.load_trace(tmp_path / "a.trace")
        assert_equal(trace, back, name)


def assert_equal(one: Trace, other: Trace, name: str) -> None:
    assert one.provenance == other.provenance
    for ours, theirs in zip(one.steps, other.steps, strict=True):
        assert ours.call == theirs.call, name
        assert (ours.kind, ours.lane, ours.tick) == (theirs.kind, theirs.lane, theirs.tick)
        for part in (
            "input", "theta", "grid", "output", "residual", "weights", "grid_gradient",
            "theta_gradient",
        ):  # fmt: skip
            first, second = getattr(ours, part), getattr(theirs, part)
            assert (first is None) == (second is None)
            if first is not None:
                assert first.tobytes() == second.tobytes()


@pytest.mark.feature
def test_of_images_that_are_too_large_together_the_first_are_kept(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for module in (keeping, recording_module):
        monkeypatch.setattr(module, "ARRAY_BYTES", 5 * 3 * 8 * 8 * 4)
    images = torch.rand(12, 3, 8, 8)
    trace = stnviz.inspect(Fixed(), images)
    assert torch.equal(torch.from_numpy(trace.images), images[:5])
    (step,) = trace.steps
    assert step.input.shape == step.output.shape == (5, 3, 8, 8)
    assert len(trace.probabilities) == len(step.grid) == 5
