"""All checks of one step, and how verdicts are put together from them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from stnviz.analysis.health.check import Check
from stnviz.analysis.health.convention import HALF_PIXEL_SHIFT
from stnviz.analysis.health.experiments import EXPERIMENT_CHECKS, Experiments
from stnviz.analysis.health.finite import NOT_FINITE
from stnviz.analysis.health.gradient import ZERO_GRADIENT
from stnviz.analysis.health.kind import NOT_A_TRANSFORMER
from stnviz.analysis.health.measurements import Measurements
from stnviz.analysis.health.movement import CONSTANT, FIXED_CROP, IDENTITY, NEARLY_IDENTITY
from stnviz.analysis.health.place import COLLAPSED, OUT_OF_VIEW, THETA_IN_PIXELS, ZOOMED_OUT
from stnviz.analysis.health.shape import ALIASING, FOLDED, MIRRORED, SHEARED
from stnviz.records import Verdict
from stnviz.records.health import SEVERITIES

GRID_CHECKS: tuple[Check[Measurements], ...] = (
    NOT_FINITE, THETA_IN_PIXELS, OUT_OF_VIEW, COLLAPSED, IDENTITY, CONSTANT, ZERO_GRADIENT,
    HALF_PIXEL_SHIFT, MIRRORED, FOLDED, SHEARED, ZOOMED_OUT, ALIASING, FIXED_CROP,
    NEARLY_IDENTITY, NOT_A_TRANSFORMER,
)  # fmt: skip
"""Checks of a step's measurements, the worst illness first."""

CHECKS: tuple[Check[Any], ...] = (*GRID_CHECKS, *EXPERIMENT_CHECKS)
"""All checks."""

OF_MOVEMENT = ("identity", "constant", "fixed-crop", "nearly-identity")
"""Illnesses that every transformer seems to have at the start of its training."""

_BY_NAME = {check.name: check for check in CHECKS}


def judge(
    measured: Measurements, experiments: Experiments | None = None, *, but: Iterable[str] = ()
) -> tuple[Verdict, ...]:
    """The verdicts on one step, the worst first.

    Args:
        measured: of the step.
        experiments: what became of the answers, if the model was run again.
        but: names of checks that are left out.
    """
    left_out = set(but)
    found = [
        check.verdict(measured)
        for check in GRID_CHECKS
        if measured.kind in check.kinds and check.name not in left_out
    ]
    if experiments is not None:
        found += [check.verdict(experiments) for check in EXPERIMENT_CHECKS]
    verdicts = [verdict for verdict in found if verdict is not None]
    away = _following(verdicts)
    kept = [verdict for verdict in verdicts if verdict.name not in away]
    return tuple(sorted(kept, key=lambda verdict: SEVERITIES.index(verdict.severity)))


def _following(verdicts: list[Verdict]) -> set[str]:
    """Names of verdicts that follow from others, which at least as many images show."""
    shares = {verdict.name: verdict.share for verdict in verdicts}
    return {
        name
        for verdict in verdicts
        for name in _BY_NAME[verdict.name].hides
        if verdict.share >= shares.get(name, 2.0)
    }
