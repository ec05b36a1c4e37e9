"""Networks in other people's styles: what they sampled is what was captured."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

import stnviz
from stnviz.records import Trace
from tests.analysis.capture.cases import CASES, Case
from tests.analysis.capture.other_samplers import DeformableAttention
from tests.analysis.capture.strangers import Stranger

every_stranger = pytest.mark.parametrize("name", CASES)


def images(case: Case, batch: int = 3) -> Tensor:
    return torch.rand(batch, *case.shape)


def look(case: Case, **options: int) -> tuple[nn.Module, Trace]:
    model = case.build()
    with stnviz.capture(model, **options) as recording:
        model(images(case))
    return model, recording.trace


@pytest.mark.law
@every_stranger
def test_every_call_is_a_step_with_its_kind_lane_and_tick(name: str) -> None:
    case = CASES[name]
    trace = stnviz.inspect(case.build(), images(case))
    found = [(step.lane, step.tick, step.kind, step.transform) for step in trace.steps]
    assert sorted(found) == sorted(case.steps)
    by_lane = {step.lane: step.call.module for step in trace.steps if step.call}
    assert tuple(by_lane[lane] for lane in sorted(by_lane)) == case.places
    assert len(trace) == 3
    assert all(len(step.grid) == 3 for step in trace.steps)


@pytest.mark.law
@every_stranger
def test_grids_and_outputs_are_those_that_the_model_computed(name: str) -> None:
    model, trace = look(CASES[name])
    seen = [pair for part in model.modules() if isinstance(part, Stranger) for pair in part.seen]
    for grid, output in seen:
        matches = [
            step
            for step in trace.steps
            if step.grid.shape == grid.shape
            and torch.equal(torch.tensor(step.grid), grid)
            and torch.equal(torch.tensor(step.output), output)
        ]
        assert len(matches) == 1
    assert len(seen) == len(trace.steps) or not seen


@pytest.mark.feature
@pytest.mark.parametrize("name", ["deformable attention", "compiled attention"])
def test_points_of_an_attention_are_those_it_looked_at(name: str) -> None:
    model, trace = look(CASES[name])
    (attention,) = (part for part in model.modules() if isinstance(part, DeformableAttention))
    (where,) = attention.seen  # (B, Q, heads, levels, points, 2)
    if name == "compiled attention":
        (step,) = trace.steps
        torch.testing.assert_close(torch.tensor(step.grid), where.flatten(2, 4))
        assert step.weights is not None
        torch.testing.assert_close(torch.tensor(step.weights).sum(2), torch.full((3, 5), 2.0))
        return
    for level, step in enumerate(trace.steps):
        assert torch.equal(torch.tensor(step.grid), where[:, :, :, level].flatten(2, 3))


@pytest.mark.feature
def test_points_of_a_deformable_convolution_sample_what_it_computes() -> None:
    """With one output channel and weights of one, the output is the sum over weighted points."""
    case = CASES["deformable convolution"]
    model = case.build()
    nn.init.ones_(model.conv.weight)  # type: ignore[union-attr,arg-type]
    nn.init.zeros_(model.conv.bias)  # type: ignore[union-attr,arg-type]
    given = images(case)
    with stnviz.capture(model) as recording:
        output = model(given)
    (step,) = recording.trace.steps
    assert step.weights is not None
    read = torch.nn.functional.grid_sample(given, torch.tensor(step.grid), align_corners=False)
    total = (read * torch.tensor(step.weights)[:, None]).sum((1, 3)).view(3, 7, 6)
    torch.testing.assert_close(total, output[:, 0].detach(), rtol=1e-4, atol=1e-4)
