"""The trace: inputs, theta, grids and outputs of spatial transformers on images, and its file.

Inside a model the arrays are tensors (``Step[Tensor]``); a trace has numpy arrays.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, TypeVar

from numpy.typing import NDArray

from stnviz.records.arrays import load_arrays, save_arrays

A = TypeVar("A")
B = TypeVar("B")
Array = NDArray[Any]

TRACE_FORMAT = "stnviz-trace-1"


@dataclass(frozen=True)
class Step(Generic[A]):
    """One application of one spatial transformer.

    Args:
        transform: registered name of the transform.
        input: (B, C, H, W) its input.
        theta: (B, P) predicted theta.
        grid: (B, h, w, 2) sampling grid, (x, y) in [-1, 1].
        output: (B, C, h, w) the input sampled at the grid.
        lane: index among parallel transformers.
        tick: index of the step, among transformers that are applied one after another.
    """

    transform: str
    input: A
    theta: A
    grid: A
    output: A
    lane: int = 0
    tick: int = 0

    def map(self, convert: Callable[[A], B]) -> Step[B]:
        """The same step with ``convert`` applied to every array."""
        return Step(
            self.transform,
            convert(self.input),
            convert(self.theta),
            convert(self.grid),
            convert(self.output),
            self.lane,
            self.tick,
        )


@dataclass(frozen=True)
class Trace:
    """Images, a model's steps on them, and its predictions.

    Args:
        images: (B, C, H, W) in [0, 1], as the model received them.
        steps: steps in order of (tick, lane).
        probabilities: (B, classes), or (B, places, classes) where a prediction has several places.
        provenance: model, checkpoint, data, seed and the like; JSON values.
    """

    images: Array
    steps: tuple[Step[Array], ...]
    probabilities: Array
    provenance: Mapping[str, Any] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.images)

    def save(self, path: str | Path) -> None:
        """Write a safetensors file, which can be loaded without running code from it."""
        arrays = {"images": self.images, "probabilities": self.probabilities}
        heads = []
        for index, step in enumerate(self.steps):
            for name in ("input", "theta", "grid", "output"):
                arrays[f"steps.{index}.{name}"] = getattr(step, name)
            heads.append({"transform": step.transform, "lane": step.lane, "tick": step.tick})
        meta = {
            "format": TRACE_FORMAT,
            "steps": json.dumps(heads),
            "provenance": json.dumps(dict(self.provenance)),
        }
        save_arrays(Path(path), arrays, meta)

    @classmethod
    def load(cls, path: str | Path) -> Trace:
        """Read a trace written by :meth:`save`.

        Raises:
            ValueError: the file is not a trace of this format; the message says what it is.
        """
        meta, arrays = load_arrays(Path(path), "trace", TRACE_FORMAT)
        try:
            return cls._unpack(meta, arrays)
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError(
                f"{path} is not a whole trace ({error}): save it anew with Trace.save."
            ) from error

    @classmethod
    def _unpack(cls, meta: Mapping[str, str], arrays: Mapping[str, Array]) -> Trace:
        steps = tuple(
            Step(
                head["transform"],
                arrays[f"steps.{index}.input"],
                arrays[f"steps.{index}.theta"],
                arrays[f"steps.{index}.grid"],
                arrays[f"steps.{index}.output"],
                head["lane"],
                head["tick"],
            )
            for index, head in enumerate(json.loads(meta["steps"]))
        )
        return cls(arrays["images"], steps, arrays["probabilities"], json.loads(meta["provenance"]))


def load_trace(path: str | Path) -> Trace:
    """Load a trace written by :meth:`Trace.save`; no code from the file is run.

    Args:
        path: path of the safetensors file.

    Raises:
        ValueError: there is no such file, or it is not a trace; the message says which.
    """
    return Trace.load(path)
