"""``stnviz.watch``: look into a model every few steps of its training."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from stnviz.analysis.inspect import inspect
from stnviz.analysis.undisturbed import undisturbed
from stnviz.records.health import HealthReport
from stnviz.records.trace import Array
from stnviz.watching.alarm import Alarm
from stnviz.watching.events import WatchEvents
from stnviz.watching.trace_folder import TraceFolder

logger = logging.getLogger("stnviz.watch")

WATCHED = 12
"""Images that are watched if none are given."""


class Watcher:
    """Looks into a model while it is trained; :func:`watch` makes it.

    Attributes:
        steps: optimiser steps counted so far.
        report: of the last trace; None before the first one.
    """

    def __init__(
        self, model: nn.Module, folder: TraceFolder, inputs: tuple[Any, ...] | None,
        labels: Sequence[int] | None, done: int,
    ) -> None:  # fmt: skip
        self.model, self.folder, self.labels, self.steps = model, folder, labels, done
        self.report: HealthReport | None = None
        self._inputs = inputs
        self._alarm, self._events = Alarm(), WatchEvents(folder.folder, done)
        self._hook: Any = None
        if inputs is None:
            meet = torch.compiler.disable(self._meet)
            self._hook = model.register_forward_pre_hook(meet, with_kwargs=True)
        elif not done:
            self._look()

    def step(self) -> HealthReport | None:
        """Count an optimiser step; call it after each ``optimizer.step()``.

        Returns:
            The health report, at the steps at which the model is looked into; else None.
        """
        self.steps += 1
        if self.steps % self.folder.every or self._inputs is None:
            return None
        try:
            return self._look()
        except Exception:  # a full disk is no reason to lose a training
            sentence = "Step %s: the model could not be watched; its training goes on."
            logger.warning(sentence, f"{self.steps:,}", exc_info=True)
            return None

    def close(self) -> None:
        """Stop watching: remove the hook from the model, if it is still there, and close files."""
        if self._hook is not None:
            self._hook.remove()
            self._hook = None
        self._events.close()

    def __enter__(self) -> Watcher:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def _meet(self, model: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        """The model is called for the first time: keep its first images."""
        self._hook.remove()
        self._hook = None
        if kwargs:
            raise ValueError(
                f"The model is called with {', '.join(kwargs)} by name: give watch the inputs that "
                "it is to look at, images=(...), in order."
            )
        self._inputs = _first_rows(args, WATCHED)
        if not self.steps:
            self._look()

    def _look(self) -> HealthReport:
        from stnviz.analysis.health.health import health

        inputs = self._inputs or ()
        provenance: dict[str, Any] = {"step": self.steps}
        if self.labels is not None:
            provenance["labels"] = [int(label) for label in self.labels]
        with undisturbed(self.model):
            trace = inspect(self.model, inputs, provenance)
            self.report = health(trace, self.model if len(inputs) == 1 else None)
            self._alarm.hear(self.steps, self.report)
            self.folder.save(self.steps, trace)
            self._events.record(self.steps, trace)
        return self.report


def watch(
    model: nn.Module,
    every: int = 100,
    *,
    folder: str | Path,
    images: Tensor | tuple[Any, ...] | None = None,
    labels: Sequence[int] | Tensor | Array | None = None,
    keep: int = 64,
    done: int = 0,
) -> Watcher:
    """Watch the transformers of a model while it is trained.

    Every few steps the model looks at the same images, in eval mode. What its transformers do is
    saved as a trace, ``folder/step-000100.trace``, and examined by :func:`stnviz.health`. The log
    ``stnviz.watch`` has a WARNING when a transformer falls ill, with the cause and the cure, and
    INFO when it has recovered. Where TensorBoard is installed, its curves and pictures go to the
    same folder. The Time machine of the app plays the folder if it lies where runs lie.

    The training is not disturbed: modes, buffers and random states are restored, and the weights
    are the same bit by bit.

    Args:
        model: any module. With several processes, watch in one of them.
        every: optimiser steps between two looks; there is also one before the first step.
        folder: of the traces; created if it does not exist.
        images: what the model is to look at: (B, C, H, W), or a tuple for several inputs. By
            default the first twelve images that it is called with.
        labels: classes of these images, for the Time machine.
        keep: how many traces are kept: if there are more, every second one is deleted, and the
            newest is always kept.
        done: optimiser steps already done, if a training is resumed.

    Raises:
        ValueError: a number is out of range, the folder holds another training, or the model calls
            no sampler.

    Example:
        >>> watcher = stnviz.watch(model, folder="runs/watched")
        >>> for images, labels in loader:
        ...     loss = criterion(model(images), labels)
        ...     optimizer.zero_grad()
        ...     loss.backward()
        ...     optimizer.step()
        ...     watcher.step()
    """
    if isinstance(model, nn.parallel.DistributedDataParallel):
        model = model.module  # the others would wait for a forward pass of theirs
    inputs = None
    if images is not None:
        inputs = _first_rows(images if isinstance(images, tuple) else (images,))
    named = None if labels is None else np.asarray(labels).ravel().tolist()
    if named is not None and (inputs is None or len(named) != len(inputs[0])):
        raise ValueError(f"{len(named)} labels belong to no images: give images=, one for each.")
    return Watcher(model, TraceFolder(Path(folder), every, keep, done), inputs, named, done)


def _first_rows(inputs: tuple[Any, ...], count: int | None = None) -> tuple[Any, ...]:
    """Copies of the first rows, or of all; inputs without one row for each image stay whole."""
    batch = next((len(one) for one in inputs if isinstance(one, Tensor) and one.ndim), 0)
    return tuple(
        (one[:count] if one.ndim and len(one) == batch else one).detach().cpu().clone()
        if isinstance(one, Tensor)
        else one
        for one in inputs
    )
