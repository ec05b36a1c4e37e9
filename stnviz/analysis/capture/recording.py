"""What a capture sees: passes of a model and its calls of samplers, within limits of memory."""

from __future__ import annotations

import sys
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn

from stnviz.analysis.capture.assemble import assemble
from stnviz.analysis.capture.call_site import find_call_site
from stnviz.analysis.capture.deformable import (
    PREDICTORS,
    attention_points,
    is_deformable_attention,
)
from stnviz.analysis.capture.keeping import (
    ARRAY_BYTES,
    keep_values,
    rows_within,
    summarise,
    to_host,
)
from stnviz.analysis.capture.operators import Sampling
from stnviz.analysis.capture.raw import AffineGrid, Pass, SampledCall
from stnviz.records import Trace

MOST_FOLDED = 64
"""Thetas of one image that are kept, as of the frames of a clip."""


@dataclass(eq=False)
class Frame:
    """A module that is being called.

    Args:
        name: its dotted path in the captured model.
        module: the module itself.
        arguments: what it was called with.
        ignored: whether another thread calls it for a purpose of its own.
        children: outputs of its submodules that say where it will sample.
        calls_before: number of samplers' calls in the pass when it began.
    """

    name: str
    module: nn.Module
    arguments: tuple[tuple[Any, ...], Mapping[str, Any]]
    ignored: bool = False
    children: dict[str, Any] = field(default_factory=dict)
    calls_before: int = 0


class ThreadState(threading.local):
    """What one thread is doing: the modules being called, outermost first, and its pass."""

    def __init__(self) -> None:
        self.frames: list[Frame] = []
        self.current: Pass | None = None


class Recording:
    """Calls of samplers, recorded while a model runs.

    Args:
        model: the model that is captured.
        images: how many images are kept.
        steps: how many calls of samplers are kept for each forward pass.

    Attributes:
        passes: forward passes, in order.
    """

    def __init__(self, model: nn.Module, images: int = 64, steps: int = 256) -> None:
        if images < 1 or steps < 1:
            raise ValueError(
                f"{images} images and {steps} steps cannot be kept: choose at least one of each."
            )
        self.model, self.images, self.steps = model, images, steps
        self.passes: list[Pass] = []
        self.owner = threading.get_ident()
        self.provenance: dict[str, Any] = {}
        self.trainable = False
        self._threads = ThreadState()
        self._lock = threading.Lock()
        self._root: Pass | None = None
        self._loose: Pass | None = None

    @property
    def trace(self) -> Trace:
        """What was recorded, as one trace: the first forward pass, and all that sample alike.

        Raises:
            ValueError: no sampler was called; the message says how to record one that the model
                wrote by itself.
        """
        return self.traces[0]

    @property
    def traces(self) -> tuple[Trace, ...]:
        """All traces: one for each sequence of samplers that a forward pass can have.

        Raises:
            ValueError: no sampler was called.
        """
        return assemble(self.passes, self.provenance)

    @property
    def in_own_thread(self) -> bool:
        """Whether the calling thread is the one that records."""
        return threading.get_ident() == self.owner

    # What the hooks of modules report.

    def begin(self, name: str, module: nn.Module, args: tuple[Any, ...], kwargs: Any) -> bool:
        """A module is called; returns whether what it samples is recorded."""
        thread, own = self._threads, self.in_own_thread
        if thread.frames:
            ignored = thread.frames[-1].ignored
        else:
            ignored = not own and not self._works_for_the_model(name)
        frame = Frame(name, module, (args, kwargs), ignored)
        if not ignored and thread.current is None and (not own or not name):
            images = _first_images(args, kwargs)
            thread.current = self._new_pass(images, None if own else self._root)
            if own:
                self._root = thread.current
        frame.calls_before = len(thread.current.calls) if thread.current else 0
        thread.frames.append(frame)
        return not ignored

    def end(self, module: nn.Module, output: Any) -> bool:
        """A module has returned, or raised; returns whether its thread goes on."""
        thread, own = self._threads, self.in_own_thread
        if not thread.frames or thread.frames[-1].module is not module:
            return True  # another thread was inside of it when the block began
        frame = thread.frames.pop()
        last = frame.name.rpartition(".")[2]
        if thread.frames and last in PREDICTORS:
            thread.frames[-1].children[last] = output
        if frame.ignored:
            return True
        if frame.children and is_deformable_attention(frame.children):
            self._add_attention(frame)
        if thread.current is not None and (not frame.name if own else not thread.frames):
            current, thread.current = thread.current, None
            if own:
                self._root = None
            rows = min(current.room, current.batch)
            if isinstance(output, Tensor) and output.ndim >= 2 and len(output) == current.batch:
                current.output = keep_values(output, rows)
        return bool(thread.frames) or own

    def _works_for_the_model(self, name: str) -> bool:
        """Whether a thread's first call is a part of the pass in progress, in a worker of it.

        A thread that calls the model itself does so for a purpose of its own.
        """
        if self._root is None or not name:
            return False
        frame = sys._getframe()
        while frame.f_back is not None:
            frame = frame.f_back
            if frame.f_code.co_name == "_call_impl" and frame.f_locals.get("self") is self.model:
                return False
        return True

    # What the dispatch mode reports.

    def add_affine_grid(self, theta: Tensor, size: list[int], align_corners: bool) -> None:
        """``affine_grid`` was called."""
        here = self._here()
        if len(here.affine_grids) >= self.steps or not here.room:
            return
        kept, epsilon = to_host(theta[: here.room * MOST_FOLDED]), torch.finfo(theta.dtype).eps
        made = AffineGrid(kept, tuple(size), align_corners, epsilon)
        here.affine_grids.append(made)
        if theta.requires_grad:
            _on_gradient(theta, made)

    def add(self, operator: str, sampling: Sampling, *, are_points: bool = False) -> None:
        """A sampler was called."""
        here = self._here()
        grid = sampling.grid
        if torch._C._current_graph_task_id() != -1:
            self._recomputed(sampling)
            return
        if not here.room:
            return
        if len(here.calls) >= self.steps:
            here.skipped += 1
            return
        frames = self._threads.frames
        rows = min(len(grid), rows_within(grid, _rows_of(here, len(grid))))
        call = SampledCall(
            operator, find_call_site(),
            frames[-1].name if frames else "",
            type(frames[-1].module).__name__ if frames else "",
            len(grid), keep_values(sampling.input, rows), to_host(grid[:rows]),
            keep_values(sampling.output, rows),
            sampling.kernel, sampling.padding, sampling.align_corners, grid.requires_grad,
            self.trainable and torch.is_grad_enabled(), torch.finfo(grid.dtype).eps,
            summarise(sampling.input, rows), summarise(sampling.output, rows),
            len(here.affine_grids),
            None if sampling.weights is None else to_host(sampling.weights[:rows]),
            are_points=are_points,
        )  # fmt: skip
        here.calls.append(call)
        if grid.requires_grad:
            _on_gradient(grid, call, rows)

    def _recomputed(self, sampling: Sampling) -> None:
        """A checkpointed block runs again in the backward pass: only its gradient is new."""
        grid = sampling.grid
        if not grid.requires_grad:
            return
        with self._lock:
            calls = [call for one in self.passes for call in one.calls]
        for call in calls:
            shape = call.grid.shape[1:]
            if call.gradient is None and shape == grid.shape[1:] and call.rows == len(grid):
                rows = len(call.grid)
                if torch.equal(call.grid, to_host(grid[:rows])):
                    _on_gradient(grid, call, rows)
                    return

    def _add_attention(self, frame: Frame) -> None:
        """Deformable attention in a compiled kernel, which calls no sampler that can be seen."""
        here = self._here()
        if len(here.calls) > frame.calls_before:
            return
        sampling = attention_points(frame.module, *frame.arguments, frame.children)
        if sampling is not None:
            self._threads.frames.append(frame)
            try:
                self.add("deformable attention", sampling, are_points=True)
            finally:
                self._threads.frames.pop()

    def _here(self) -> Pass:
        """The pass of this thread; calls outside of any share one."""
        if (current := self._threads.current) is not None:
            return current
        if self._loose is None or self.passes[-1] is not self._loose:
            self._loose = self._new_pass(None, None)
        return self._loose

    def _new_pass(self, images: Tensor | None, parent: Pass | None) -> Pass:
        with self._lock:
            taken = sum(min(one.room, one.batch) for one in self.passes if one.calls)
            room = max(0, self.images - taken)
            if images is not None and room:
                room = rows_within(images, room, ARRAY_BYTES)
            kept = None if images is None or not room else keep_values(images, room)
            batch = 0 if images is None else len(images)
            found = Pass(room, kept, batch, parent=parent)
            self.passes.append(found)
        return found


def _rows_of(here: Pass, rows: int) -> int:
    """How many of a call's rows belong to the images that are kept."""
    folded = rows // here.batch if here.batch and rows % here.batch == 0 else 1
    return here.room * max(1, folded)


def _on_gradient(tensor: Tensor, record: AffineGrid | SampledCall, rows: int | None = None) -> None:
    """Store the gradient of ``tensor`` in a record, in a backward pass now or later."""

    def store(gradient: Tensor) -> None:
        record.gradient = to_host(gradient[:rows])
        if tensor.is_leaf:  # a hook on a parameter would outlive the recording
            handle.remove()

    handle = tensor.register_hook(store)


def _first_images(args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Tensor | None:
    """The first pictures or volumes among a model's arguments, also in lists and dicts."""
    waiting: list[Any] = [*args, *kwargs.values()]
    for _ in range(100):
        if not waiting:
            break
        value = waiting.pop(0)
        if isinstance(value, Tensor) and value.ndim in (4, 5) and value.is_floating_point():
            return value
        if isinstance(value, list | tuple):
            waiting.extend(value)
        elif isinstance(value, Mapping):
            waiting.extend(value.values())
    return None
