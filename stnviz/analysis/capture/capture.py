"""Record every sampler that a model calls: ``with capture(model) as recording: model(images)``.

A dispatch mode sees the operators themselves, below autograd: networks that import ``grid_sample``
by name, that are scripted, exported or compiled, and packages that they call, are all seen alike.
Hooks on the modules say which of them is being called, and bring the mode into the threads that a
model starts. Both are gone when the block ends.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import torch
from torch import Tensor, nn
from torch._subclasses.fake_tensor import FakeTensor
from torch.nn.modules.module import (
    register_module_forward_hook,
    register_module_forward_pre_hook,
)
from torch.utils._python_dispatch import TorchDispatchMode, _get_current_dispatch_mode

from stnviz.analysis.capture.operators import AFFINE_GRID, SEEN, Sampling, read_sampling
from stnviz.analysis.capture.plain_layers import survey
from stnviz.analysis.capture.recording import Recording

ACTIVE = threading.local()
"""Recordings of this thread's blocks, innermost last."""


class SamplerMode(TorchDispatchMode):
    """Reports samplers to a recording; everything else passes through."""

    supports_higher_order_operators = True

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        """No: nothing is compiled in a block, and asking costs time at every operator."""
        return False

    def __init__(self, recording: Recording) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.recording = recording

    def enter(self) -> None:
        """Make it the innermost mode of this thread."""
        self.__enter__()  # type: ignore[no-untyped-call]

    def leave(self) -> None:
        """Take it off this thread, whose innermost mode it is."""
        self.__exit__(None, None, None)  # type: ignore[no-untyped-call]

    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Any = None
    ) -> Any:
        """Run the operator; record it if it is a sampler."""
        if func is torch.ops.higher_order.cond:  # its branches would run without the mode
            condition, branch, other, operands = args
            with self:
                return (branch if bool(condition) else other)(*operands)
        output = func(*args, **kwargs) if kwargs else func(*args)
        if func in _OTHERS:
            return output
        name = func.name().partition(".")[0] if hasattr(func, "name") else ""
        if name not in SEEN:
            _OTHERS.add(func)
        elif isinstance(output, Tensor) and not isinstance(output, FakeTensor):
            self._report(name, args, kwargs or {}, output)
        return output

    def _report(self, name: str, args: tuple[Any, ...], kwargs: Any, output: Tensor) -> None:
        if output.is_meta:
            return
        if name == AFFINE_GRID:
            theta, size, align_corners = (*args, *kwargs.values())[:3]
            self.recording.add_affine_grid(theta, size, align_corners)
        else:
            self.recording.add(name, read_sampling(name, args, kwargs, output))


WORTHWHILE = 2
"""Layers for which leaving the mode costs less than the mode does."""

_OTHERS: set[Any] = set()
"""Operators that are no samplers: most calls are looked up here and nowhere else."""


@contextmanager
def capture(model: nn.Module, *, images: int = 64, steps: int = 256) -> Iterator[Recording]:
    """Record every call of a sampler while the block runs.

    Args:
        model: any module; it is not changed. Call it inside the block, as usual.
        images: how many images are kept, over all forward passes.
        steps: how many calls of samplers are kept for each forward pass.

    Yields:
        The recording; its ``trace`` can be read in the block and after it. A backward pass in the
        block or after it adds the gradients.

    Raises:
        ValueError: no images or steps are to be kept.

    Example:
        >>> import stnviz
        >>> with stnviz.capture(model) as recording:
        ...     model(images)
        >>> recording.trace.save("stn.trace")
    """
    recording = Recording(model, images, steps)
    recording.provenance = {
        "model": type(model).__name__,
        "training": model.training,
        "torch": torch.__version__,
    }
    recording.trainable = any(parameter.requires_grad for parameter in model.parameters())
    with ExitStack() as stack:
        stack.enter_context(eagerly(model))
        _hook(model, recording, stack)
        stack.enter_context(_active(recording))
        stack.enter_context(SamplerMode(recording))
        yield recording


def record(*, input: Tensor, grid: Tensor, output: Tensor, align_corners: bool = False) -> None:
    """Record a warp that a model computes without ``grid_sample``; nothing happens outside a block.

    Args:
        input: (B, C, H, W) what is sampled.
        grid: (B, h, w, 2) points (x, y) in [-1, 1] that are sampled.
        output: (B, C, h, w) the samples.
        align_corners: whether -1 and 1 are the centres of the outermost pixels, not their edges.

    Raises:
        ValueError: the shapes do not belong together.
    """
    axes = grid.ndim - 2
    if input.ndim != grid.ndim or output.shape[2:] != grid.shape[1:-1] or grid.shape[-1] != axes:
        raise ValueError(
            f"An input {tuple(input.shape)}, a grid {tuple(grid.shape)} and an output "
            f"{tuple(output.shape)} do not belong together: give (B, C, H, W), (B, h, w, 2) and "
            "(B, C, h, w)."
        )
    for recording in getattr(ACTIVE, "recordings", ()):
        recording.add("stnviz.record", Sampling(input, grid, output, align_corners=align_corners))


@contextmanager
def _active(recording: Recording) -> Iterator[None]:
    """Make a recording the innermost of this thread."""
    before = getattr(ACTIVE, "recordings", ())
    ACTIVE.recordings = (*before, recording)
    try:
        yield
    finally:
        ACTIVE.recordings = before


@contextmanager
def eagerly(model: nn.Module) -> Iterator[None]:
    """Run compiled models as they were written: ``fullgraph`` refuses to compile in a mode."""
    set_stance = getattr(torch.compiler, "set_stance", None)
    if set_stance is not None:
        with set_stance("force_eager"):
            yield
        return
    # Before torch 2.6, each compiled module is bypassed by itself.
    compiled = [module for module in model.modules() if "_orig_mod" in module._modules]
    forwards = [module.__dict__["forward"] for module in compiled]
    for module in compiled:
        module.__dict__["forward"] = module._modules["_orig_mod"]
    try:
        yield
    finally:
        for module, forward in zip(compiled, forwards, strict=True):
            module.__dict__["forward"] = forward


def _hook(model: nn.Module, recording: Recording, stack: ExitStack) -> None:
    """Let every module report to a recording when it is called, until the stack unwinds."""
    modes = threading.local()

    def before(module: nn.Module, args: Any, kwargs: Any, name: str) -> None:
        outside = _leave(recording)
        recorded = recording.begin(name, module, args, kwargs)
        if outside is not None:
            outside.enter()
        elif recorded and not recording.in_own_thread and getattr(modes, "mode", None) is None:
            modes.mode = SamplerMode(recording)
            modes.mode.enter()

    def after(module: nn.Module, args: Any, output: Any) -> None:
        outside = _leave(recording)
        goes_on = recording.end(module, output)
        if outside is not None:
            outside.enter()
        if not goes_on and (mode := getattr(modes, "mode", None)) is not None:
            modes.mode = None
            mode.leave()

    modules = survey(model)
    for part, layers in modules.plain.items():
        if layers >= WORTHWHILE:
            _leave_out(part, recording, stack)
    scripted: dict[nn.Module, str] = {}
    for module, path in modules.may_sample.items():
        name = path.replace("_orig_mod.", "").removesuffix("_orig_mod")
        if isinstance(module, torch.jit.ScriptModule):
            scripted[module] = name
            continue
        handles = (
            module.register_forward_pre_hook(
                lambda module, args, kwargs, name=name: before(module, args, kwargs, name),
                with_kwargs=True, prepend=True,
            ),
            module.register_forward_hook(after, always_call=True),
        )  # fmt: skip
        for handle in handles:
            stack.callback(handle.remove)
    if scripted:  # such a module takes no hooks; those for all modules reach it
        first = register_module_forward_pre_hook(
            lambda module, args: (
                before(module, args, {}, scripted[module]) if module in scripted else None
            )
        )
        last = register_module_forward_hook(
            lambda module, args, output: (
                after(module, args, output) if module in scripted else None
            ),
            always_call=True,
        )
        stack.callback(first.remove)
        stack.callback(last.remove)


def _leave(recording: Recording) -> SamplerMode | None:
    """Leave a recording's mode, if it is the innermost, for it costs time at every operator."""
    mode = _get_current_dispatch_mode()
    if not isinstance(mode, SamplerMode) or mode.recording is not recording:
        return None
    mode.leave()
    return mode


def _leave_out(part: nn.Module, recording: Recording, stack: ExitStack) -> None:
    """Leave the mode while a part runs that cannot sample."""
    threads = threading.local()

    def leave(module: nn.Module, args: Any) -> None:
        threads.left = (_leave(recording), getattr(threads, "left", None))

    def come_back(module: nn.Module, args: Any, output: Any) -> None:
        left = getattr(threads, "left", None)
        if left is None:  # this thread was inside of the part when the hook was put there
            return
        mode, threads.left = left
        if mode is not None:
            mode.enter()

    stack.callback(part.register_forward_pre_hook(leave, prepend=True).remove)
    stack.callback(part.register_forward_hook(come_back, always_call=True).remove)
