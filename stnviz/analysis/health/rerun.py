"""A model run again on the images of a trace, with one call of a sampler done differently."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode

from stnviz.analysis.capture.capture import eagerly
from stnviz.analysis.capture.operators import (
    GRID_SAMPLERS,
    KERNELS,
    PADDINGS,
    Sampling,
    read_sampling,
)
from stnviz.analysis.health.answers import NoAnswer, answers
from stnviz.analysis.inspect import device_of, in_eval_mode
from stnviz.analysis.undisturbed import undisturbed
from stnviz.records import Array, Step, Trace

SEED = 0
"""Every run draws the same random numbers."""

SAME_GRID = 1e-2
"""A step belongs to a call if their grids are this close, in half images."""

Edit = Callable[[Sampling], Sampling]


class CannotRun(ValueError):
    """The model cannot be run on the images of the trace; the message says why."""


class SamplerCalls(TorchDispatchMode):
    """Notes the grid of every call of a sampler, and does one call differently.

    Args:
        call: number of the call that is done differently.
        edit: makes of its arguments those that are used.
    """

    supports_higher_order_operators = True

    def __init__(self, call: int = -1, edit: Edit | None = None) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.call, self.edit = call, edit
        self.grids: list[Tensor] = []

    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Any = None
    ) -> Any:
        """Run the operator."""
        output = func(*args, **(kwargs or {}))
        name = func.name().partition(".")[0] if hasattr(func, "name") else ""
        if name not in GRID_SAMPLERS:
            return output
        sampling = read_sampling(name, args, kwargs or {}, output)
        self.grids.append(sampling.grid)
        if self.edit is None or len(self.grids) - 1 != self.call:
            return output
        return _sample(self.edit(sampling))


class Rerun:
    """A model with the images of a trace.

    Args:
        model: any module; each run leaves it as it was.
        trace: whose images it is run on.

    Raises:
        CannotRun: the model does not take these images, or returns nothing to be compared.

    Attributes:
        images: (B, ...) on the model's device.
        grids: of the calls, in order.
        answer: (B, ...) of the model as it is.
    """

    def __init__(self, model: nn.Module, trace: Trace) -> None:
        self.model = model
        first = next((p for p in model.parameters() if p.is_floating_point()), None)
        images = torch.from_numpy(trace.images).to(device_of(model))
        self.images = images.to(first.dtype) if first is not None else images
        calls = SamplerCalls()
        try:
            self.answer = self._run(calls, self.images)
        except NoAnswer as error:
            raise CannotRun(str(error)) from error
        except Exception as error:  # whatever a foreign model raises
            raise CannotRun(
                "The model cannot be run on the images of the trace "
                f"({type(error).__name__}: {_short(error)}), so neither causes nor differences "
                "were looked for."
            ) from error
        self.grids = calls.grids

    def run(self, call: int, edit: Edit) -> Tensor:
        """The answers where one call of a sampler is done differently."""
        return self._run(SamplerCalls(call, edit), self.images)

    def call_of(
        self, step: Step[Array], taken: Collection[tuple[int, int]] = ()
    ) -> CallPart | None:
        """The call, and its part, that made the grids of a step; None if none did.

        Args:
            step: of the trace.
            taken: calls and parts of earlier steps.
        """
        grid = torch.from_numpy(step.grid)
        for number, made in enumerate(self.grids):
            folded = len(made) // len(grid) if len(made) % len(grid) == 0 else 0
            for part in range(folded):
                if (number, part) in taken or made.shape[1:] != grid.shape[1:]:
                    continue
                if _equal(made[part::folded].detach().cpu().to(grid.dtype), grid):
                    return number, part, folded
        return None

    def follows(self, call: int) -> bool:
        """Whether the grids of a call change places with the images."""
        calls = SamplerCalls()
        self._run(calls, self.images.roll(1, 0))
        grids = self.grids[call]
        if len(calls.grids) != len(self.grids) or len(grids) % len(self.images):
            return False
        places = grids.unflatten(0, (len(self.images), -1)).roll(1, 0).flatten(0, 1)
        return _equal(calls.grids[call], places) and not _equal(grids, places)

    def repeat(self) -> Tensor:
        """The answers once more, for whoever watches the model meanwhile."""
        return self._run(SamplerCalls(), self.images)

    def _run(self, calls: SamplerCalls, images: Tensor) -> Tensor:
        with in_fixed_conditions(self.model), torch.no_grad(), calls:
            return answers(self.model, images.clone())


CallPart = tuple[int, int, int]
"""Number of a call, which of its grids for each image, and how many those are."""


@contextmanager
def in_fixed_conditions(model: nn.Module) -> Iterator[None]:
    """Evaluate a model with fixed random numbers, uncompiled; then all is as it was."""
    with undisturbed(model), in_eval_mode(model), eagerly(model):
        torch.manual_seed(SEED)
        yield


def with_grids(part: int, folded: int, change: Callable[[Tensor], Tensor]) -> Edit:
    """An edit that changes the grids of one part of a call.

    Args:
        part: which of the grids of each image.
        folded: how many these are.
        change: makes (B, h, w, 2) grids of (B, h, w, 2) grids.
    """

    def edit(sampling: Sampling) -> Sampling:
        grid = sampling.grid.clone()
        grid[part::folded] = change(grid[part::folded]).to(grid.dtype)
        return Sampling(
            sampling.input, grid, sampling.output,
            sampling.kernel, sampling.padding, sampling.align_corners,
        )  # fmt: skip

    return edit


def _sample(sampling: Sampling) -> Tensor:
    volumes = sampling.grid.shape[-1] == 3
    operator = torch.ops.aten.grid_sampler_3d if volumes else torch.ops.aten.grid_sampler_2d
    return operator(
        sampling.input, sampling.grid, KERNELS.index(sampling.kernel),
        PADDINGS.index(sampling.padding), sampling.align_corners,
    )  # fmt: skip


def _equal(first: Tensor, second: Tensor) -> bool:
    near = (first - second).abs() <= SAME_GRID * second.abs().clamp(min=1)
    return bool((near | (first == second) | (first.isnan() & second.isnan())).all())


def _short(error: Exception) -> str:
    lines = str(error).strip().splitlines() or [""]
    return lines[0][:120]
