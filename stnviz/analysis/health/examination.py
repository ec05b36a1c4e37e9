"""The examination of one trace: its steps one by one, with the model where there is one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import PurePath
from typing import Any

from torch import Tensor

from stnviz.analysis.health.causes import SEARCHES, find_cause
from stnviz.analysis.health.checks import judge
from stnviz.analysis.health.experiments import Experiments, experiment
from stnviz.analysis.health.layers import GridPath, path_of_grid
from stnviz.analysis.health.measurements import Measurements
from stnviz.analysis.health.movement import STILL
from stnviz.analysis.health.rerun import CallPart, Rerun
from stnviz.records import Array, Step, Trace, TransformerHealth, Verdict

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
"""Names of the parallel transformers of this package's networks."""

NOT_AS_CAPTURED = (
    "The model does not sample as in the trace. Of transformers whose grids were not found again, "
    "neither causes nor differences were looked for: give the model as it was captured, in eval "
    "mode."
)
UNUSED = (
    "The answers of the model do not depend on what {name} samples, so that replacing its grid "
    "says nothing about it."
)
UNKNOWN = (
    "The answers stay when the grid of {name} is replaced, but autograd cannot tell whether they "
    "are computed from what it samples."
)


class Examination:
    """Examines the steps of a trace.

    Args:
        trace: to be examined.
        rerun: the model with the images of the trace, if there is one.
        labels: (B,) or (B, places) true classes, if they are known.

    Attributes:
        notes: sentences about what could not be examined, as they come up.
    """

    def __init__(self, trace: Trace, rerun: Rerun | None, labels: Tensor | None) -> None:
        self.trace, self.rerun, self.labels = trace, rerun, labels
        self.notes: list[str] = []
        self._taken: set[tuple[int, int]] = set()
        self._names = _names(trace.steps)

    def examine(self, step: Step[Array]) -> TransformerHealth:
        """The health of one step; call it for each in turn."""
        measured = Measurements(step, self.trace.images)
        name = self._names[step.lane, step.tick]
        place = self._place(step)
        model = None if place is None or self.rerun is None else _Model(self.rerun, place)
        experiments = None
        if self.rerun is not None and step.kind == "resampling":
            # A random augmentation draws other grids than in the trace, and is not found again.
            measured.follows_images = place is not None and self.rerun.follows(place[0])
        if model is not None and step.kind == "warp" and bool(measured.finite.all()):
            experiments = experiment(model.rerun, model.place, measured, self.labels)
            if measured.between_images < STILL and model.path is not None:
                measured.depends_on_images = model.path.from_images
        verdicts = judge(measured, experiments)
        if model is not None:
            verdicts = self._with_causes(verdicts, model, name)
        numbers = _numbers(measured, experiments)
        return TransformerHealth(step.lane, step.tick, name, step.kind, verdicts, numbers)

    def _place(self, step: Step[Array]) -> CallPart | None:
        if self.rerun is None:
            return None
        place = self.rerun.call_of(step, self._taken)
        if place is not None:
            self._taken.add(place[:2])
        elif step.kind in ("warp", "field") and NOT_AS_CAPTURED not in self.notes:
            self.notes.append(NOT_AS_CAPTURED)
        return place

    def _with_causes(
        self, verdicts: tuple[Verdict, ...], model: _Model, name: str
    ) -> tuple[Verdict, ...]:
        found = []
        for verdict in verdicts:
            if verdict.name in SEARCHES and model.path is not None:
                found.append(replace(verdict, cause=find_cause(verdict.name, model.path)))
            elif verdict.name != "makes-no-difference" or (model.path and model.path.is_used):
                found.append(verdict)
            else:
                self.notes.append((UNUSED if model.path else UNKNOWN).format(name=name))
        return tuple(found)


class _Model:
    """The model at the call that made a step; it is looked into at most once, when needed."""

    def __init__(self, rerun: Rerun, place: CallPart) -> None:
        self.rerun, self.place = rerun, place
        self._path: list[GridPath | None] = []

    @property
    def path(self) -> GridPath | None:
        """What led to the grid; None where autograd cannot tell."""
        if not self._path:
            try:
                self._path.append(path_of_grid(self.rerun, self.place[0]))
            except Exception:  # whatever a foreign model raises where gradients are recorded
                self._path.append(None)
        return self._path[0]


def _names(steps: Sequence[Step[Any]]) -> dict[tuple[int, int], str]:
    """What each transformer is called, by lane and tick: its letter, or its module and line.

    Calls of one lane are numbered, and lanes of one line have their letters, too.
    """
    ticks = Counter(step.lane for step in steps)
    lines = Counter({(_line(step), step.lane): 1 for step in steps if step.call is not None})
    lanes = Counter(line for line, _ in lines)
    found = {}
    for step in steps:
        letter = LETTERS[step.lane % len(LETTERS)]
        name = letter if step.call is None else _line(step)
        if step.call is not None and lanes[name] > 1:
            name = f"{letter}: {name}"
        word = "step" if step.call is None else "call"
        found[step.lane, step.tick] = (
            f"{name}, {word} {step.tick + 1}" if ticks[step.lane] > 1 else name
        )
    return found


def _line(step: Step[Any]) -> str:
    """The module and the line that called a step's sampler."""
    if (call := step.call) is None:
        return ""
    place = f"{PurePath(call.file).name}:{call.line}" if call.file else call.operator
    return f"{call.module} ({place})" if call.module else place


def _numbers(measured: Measurements, experiments: Experiments | None) -> dict[str, Any]:
    """Measurements worth knowing of any transformer, by name."""
    if measured.kind not in ("warp", "field") or not len(measured.grid):
        return {}
    found: dict[str, Any] = {
        "from_identity": float(measured.from_identity.median()),
        "between_images": measured.between_images,
        "outside": float(measured.outside_share.median()),
        "covered": float(measured.covered.median()),
        "window": measured.window_sizes.median(dim=0).values.tolist(),
        "spacing": measured.spacing.median(dim=0).values.tolist(),
        "read": float(measured.read_share.median()),
    }
    if experiments is not None:
        found["replaced"] = experiments.numbers
    return found
