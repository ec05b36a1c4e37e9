"""However a network is run, its samplers are seen, and nothing is left behind."""

from __future__ import annotations

import copy
import threading
import warnings
from collections.abc import Callable

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.utils._python_dispatch import _get_current_dispatch_mode_stack
from torch.utils.checkpoint import checkpoint

import stnviz
from tests.analysis.capture.strangers import AFFINE, Tutorial, Warp, head


class Plain(nn.Module):
    """A transformer that can be scripted, traced, exported and compiled."""

    def __init__(self) -> None:
        super().__init__()
        self.look = head(64, AFFINE)

    def forward(self, x: Tensor) -> Tensor:
        theta = self.look(x.flatten(1)).view(-1, 2, 3)
        grid = F.affine_grid(theta, [x.shape[0], 1, 8, 8], align_corners=False)
        return F.grid_sample(x, grid, align_corners=False)


class Conditional(Plain):
    """Samples in one branch of a condition that is part of the graph."""

    def forward(self, x: Tensor) -> Tensor:
        warp = super().forward
        return torch.cond(x.mean() > 0, lambda x: warp(x), lambda x: x.clone(), (x,))


def scripted(model: nn.Module) -> nn.Module:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return torch.jit.script(model)


def traced(model: nn.Module) -> nn.Module:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return torch.jit.trace(model, torch.rand(3, 1, 8, 8))


WAYS: dict[str, Callable[[nn.Module], Callable[[Tensor], Tensor]]] = {
    "as it is": lambda model: model,
    "scripted": scripted,
    "traced": traced,
    "exported": lambda model: torch.export.export(model, (torch.rand(3, 1, 8, 8),)).module(),
    "compiled": lambda model: torch.compile(model, backend="eager", fullgraph=True),
    "in a block": lambda model: nn.Sequential(model),
}


@pytest.mark.law
@pytest.mark.parametrize("mode", ["train", "no_grad", "inference", "autocast"])
@pytest.mark.parametrize("way", WAYS)
def test_it_is_seen_however_it_is_run(way: str, mode: str) -> None:
    model = Plain()
    run = WAYS[way](model)
    x = torch.rand(3, 1, 8, 8)
    contexts = {
        "train": torch.enable_grad, "no_grad": torch.no_grad, "inference": torch.inference_mode,
        "autocast": lambda: torch.autocast("cpu", dtype=torch.bfloat16),
    }  # fmt: skip
    with contexts[mode](), stnviz.capture(run) as recording:  # type: ignore[operator,arg-type]
        output = run(x)
    (step,) = recording.trace.steps
    assert (step.kind, step.transform) == ("warp", "affine")
    assert torch.equal(torch.tensor(step.output), output.detach().float())
    theta = model.look(x.flatten(1))
    near = 0.02 if mode == "autocast" else 1e-5
    torch.testing.assert_close(torch.tensor(step.theta), theta.detach(), atol=near, rtol=near)
    assert len(recording.trace) == 3
    torch.testing.assert_close(torch.tensor(recording.trace.images), x)


@pytest.mark.feature
def test_what_was_compiled_before_runs_compiled_after() -> None:
    graphs = []

    def backend(graph: torch.fx.GraphModule, _: list[Tensor]) -> Callable[..., object]:
        graphs.append(graph)
        return graph.forward

    run, x = torch.compile(Plain(), backend=backend, fullgraph=True), torch.rand(3, 1, 8, 8)
    run(x)
    with stnviz.capture(run) as recording:  # type: ignore[arg-type]
        run(x)
    run(x)
    assert len(graphs) == 1
    assert len(recording.trace.steps) == 1


@pytest.mark.feature
def test_a_branch_of_a_condition_is_seen() -> None:
    model = Conditional()
    with torch.no_grad(), stnviz.capture(model) as recording:
        model(torch.rand(3, 1, 8, 8))
    assert [step.kind for step in recording.trace.steps] == ["warp"]


@pytest.mark.feature
@pytest.mark.parametrize("reentrant", [False, True])
def test_what_a_checkpoint_computes_again_is_recorded_once_with_its_gradient(
    reentrant: bool,
) -> None:
    class Checkpointed(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv, self.warp = nn.Conv2d(1, 1, 1), Plain()

        def forward(self, x: Tensor) -> Tensor:
            y: Tensor = checkpoint(self.warp, self.conv(x), use_reentrant=reentrant)
            return y

    model, x = Checkpointed(), torch.rand(3, 1, 8, 8)
    plain = copy.deepcopy(model)
    with stnviz.capture(model) as recording:
        model(x).square().sum().backward()
    with stnviz.capture(plain) as other:
        plain.warp(plain.conv(x)).square().sum().backward()
    (step,), (wanted,) = recording.trace.steps, other.trace.steps
    assert step.grid_gradient is not None
    assert wanted.grid_gradient is not None
    torch.testing.assert_close(torch.tensor(step.grid_gradient), torch.tensor(wanted.grid_gradient))


class Threaded(nn.Module):
    """Runs its parts in threads of its own: replicas on parts of the batch, or branches."""

    def __init__(self, *, branches: bool) -> None:
        super().__init__()
        self.parts = nn.ModuleList([Plain(), Plain()] if branches else [Plain()])
        self.branches = branches

    def forward(self, x: Tensor) -> Tensor:
        given = (x, x) if self.branches else x.chunk(2)
        parts = [self.parts[0], self.parts[-1]]
        found: list[Tensor] = [x, x]

        def run(index: int) -> None:
            found[index] = parts[index](given[index])

        threads = [threading.Thread(target=run, args=(index,)) for index in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return found[0] + found[1] if self.branches else torch.cat(found)


@pytest.mark.feature
def test_branches_in_threads_are_lanes() -> None:
    model = Threaded(branches=True)
    with stnviz.capture(model) as recording:
        model(torch.rand(4, 1, 8, 8))
    steps = recording.trace.steps
    assert [(s.lane, s.tick, s.call and s.call.module) for s in steps] == [
        (0, 0, "parts.0"), (1, 0, "parts.1"),
    ]  # fmt: skip
    assert len(recording.trace) == 4


@pytest.mark.feature
def test_parts_of_a_batch_in_threads_are_one_step() -> None:
    model, x = Threaded(branches=False), torch.rand(4, 1, 8, 8)
    with stnviz.capture(model) as recording:
        output = model(x)
    trace = recording.trace
    (step,) = trace.steps
    order = [
        next(i for i in range(4) if torch.equal(x[i], torch.tensor(one))) for one in trace.images
    ]
    assert sorted(order) == [0, 1, 2, 3]
    assert torch.equal(torch.tensor(step.output), output.detach()[order])


@pytest.mark.feature
def test_other_threads_are_not_disturbed_and_not_recorded() -> None:
    model, x = Tutorial(), torch.rand(2, 1, 28, 28)
    stop, errors = threading.Event(), []

    def others() -> None:
        while not stop.is_set():
            try:
                with stnviz.capture(Warp(64)) as mine:
                    model(torch.rand(1, 1, 28, 28))  # the same model, from another thread
                assert mine.passes[0].calls
            except Exception as error:
                errors.append(error)

    thread = threading.Thread(target=others)
    thread.start()
    try:
        for _ in range(20):
            with stnviz.capture(model) as recording:
                model(x)
            assert len(recording.passes) == 1
            assert torch.equal(torch.tensor(recording.trace.images), x)
    finally:
        stop.set()
        thread.join()
    assert not errors


class Failing(nn.Module):
    """Breaks down after it has sampled."""

    def __init__(self) -> None:
        super().__init__()
        self.warp = Warp(64)

    def forward(self, x: Tensor) -> Tensor:
        self.warp(x)
        raise RuntimeError("out of something")


def hooks(model: nn.Module) -> int:
    return sum(len(m._forward_hooks) + len(m._forward_pre_hooks) for m in model.modules())


@pytest.mark.feature
@pytest.mark.parametrize("build", [Tutorial, Failing])
def test_nothing_is_left_behind(build: type[nn.Module]) -> None:
    model = build()
    size = 28 if build is Tutorial else 8
    before = {name: dict(module.__dict__) for name, module in model.named_modules()}
    recording = None
    try:
        with stnviz.capture(model) as recording:
            model(torch.rand(2, 1, size, size))
    except RuntimeError:
        assert build is Failing
    assert recording is not None
    assert len(recording.trace.steps) == 1
    assert hooks(model) == 0
    assert not _get_current_dispatch_mode_stack()
    after = {name: set(module.__dict__) for name, module in model.named_modules()}
    assert after == {name: set(values) for name, values in before.items()}
    model(torch.rand(2, 1, size, size)) if build is Tutorial else None
    assert len(recording.passes) == 1


@pytest.mark.feature
def test_inspecting_leaves_modes_and_statistics_as_they_were() -> None:
    model = nn.Sequential(nn.BatchNorm2d(1), nn.Dropout(0.5), Warp(64))
    model[1].eval()
    before = copy.deepcopy(model.state_dict())
    trace = stnviz.inspect(model, torch.rand(4, 1, 8, 8))
    assert [module.training for module in model] == [True, False, True]
    assert all(torch.equal(before[name], value) for name, value in model.state_dict().items())
    assert all(parameter.grad is None for parameter in model.parameters())
    assert trace.steps[0].call is not None
    assert trace.steps[0].call.needs_gradient
