"""The health of the transformers of a trace: a verdict with evidence, cause and cure for each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from stnviz.analysis.health.checks import OF_MOVEMENT, judge
from stnviz.analysis.health.examination import Examination
from stnviz.analysis.health.measurements import Measurements
from stnviz.analysis.health.rerun import CannotRun, Rerun
from stnviz.records import HealthReport, Step, Trace, Verdict

STATES = ("ill", "warning", "alive", "not judged")
"""The worst first."""

ONE_IMAGE = (
    "There is one image only, so that nothing tells whether a transformer does the same to every "
    "image: give at least four different ones."
)
ALIKE_IMAGES = "The images hardly differ, so that equal grids prove nothing: give different ones."
NO_MODEL = (
    "The model was not given, so causes were not looked for, nor whether its answers need the "
    "transformers: pass it as the second argument."
)


def health(trace: Trace, model: nn.Module | None = None, labels: Any = None) -> HealthReport:
    """Judge every transformer of a trace.

    What a grid is comes first: only warps get all verdicts, dense fields a few; sampled points,
    planes, lookups and augmentations are named for what they are. The verdicts, how each is
    measured and its threshold are listed in ``docs/health.md``.

    Args:
        trace: of at least four different images, better 64, as from :func:`stnviz.inspect` or
            :func:`stnviz.capture`.
        model: the network that the trace is of. Then causes are looked for in its layers, and it is
            run again on the trace's images with each grid replaced; it is left as it was.
        labels: (B,) or (B, places) true classes of the images: other conventions are then compared
            by the error of the answers instead of their entropy.

    Raises:
        ValueError: there is not one label for each image, or for each place of its answer.

    Example:
        >>> import stnviz
        >>> trace = stnviz.inspect(model, images)
        >>> print(stnviz.health(trace, model))
    """
    notes, rerun = [], None
    if model is None:
        notes.append(NO_MODEL)
    else:
        try:
            rerun = Rerun(model, trace)
        except CannotRun as error:
            notes.append(str(error))
    known = None if labels is None else _checked(labels, trace, rerun)
    examination = Examination(trace, rerun, known)
    found = [examination.examine(step) for step in trace.steps]
    found.sort(key=lambda one: STATES.index(one.state))
    return HealthReport(tuple(found), (*notes, *_on_images(trace), *examination.notes))


def judge_steps(
    steps: Sequence[Step[Tensor]], *, judge_movement: bool = True
) -> tuple[Verdict, ...]:
    """The illnesses of a model's own steps, without notes; for each step, the worst first.

    Args:
        steps: of one forward pass over several different images.
        judge_movement: also report a transformer that does nothing, or the same to all images. At
            the start of training every transformer does.
    """
    but = () if judge_movement else OF_MOVEMENT
    return tuple(
        verdict
        for step in steps
        for verdict in judge(Measurements(step), but=but)
        if verdict.severity != "note"
    )


def _checked(labels: Any, trace: Trace, rerun: Rerun | None) -> Tensor:
    """Labels of the images, as a tensor."""
    found = torch.as_tensor(labels)
    wanted = tuple(rerun.answer.shape[:-1]) if rerun is not None else (len(trace),)
    if rerun is None and found.ndim and len(found) == len(trace):
        return found
    if tuple(found.shape) != wanted:
        raise ValueError(
            f"Labels of shape {tuple(found.shape)} do not belong to answers of "
            f"{' x '.join(map(str, wanted))} classes: give the true class of each."
        )
    return found


def _on_images(trace: Trace) -> Iterator[str]:
    """What the images do not allow to be judged."""
    warps = [step for step in trace.steps if step.kind == "warp"]
    if len(trace) == 1 and warps:
        yield ONE_IMAGE
    elif warps and not any(Measurements(step, trace.images).inputs_differ for step in warps):
        yield ALIKE_IMAGES
