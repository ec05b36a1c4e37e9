"""A cell of a table: one network on one data set, and what the paper says of it."""

from __future__ import annotations

from dataclasses import dataclass

from stnviz.runs.plan import Plan


@dataclass(frozen=True)
class Cell:
    """One network on one data set.

    Args:
        plan: what is trained, and how.
        paper: the paper's error, in [0, 1]; None where the paper's data are others.
    """

    plan: Plan
    paper: float | None

    @property
    def name(self) -> str:
        """Such as ``mnist-r/st-cnn-affine``."""
        return self.plan.cell
