"""Health checks of transformers: detect common failure modes and suggest a remedy.

A transformer is judged by its sampling grids alone, so that all families are judged alike. Many
trained transformers have one of these faults unnoticed: their network's error is that of a network
without a transformer.
"""

from __future__ import annotations

from collections.abc import Iterator

from torch import Tensor

from stnviz.coordinates import cell_areas
from stnviz.records import Step, Verdict
from stnviz.shapes import Float

STILL = 1e-3
"""Grids count as equal if they differ by less than this, in half images."""

OUT_OF_VIEW = 0.9
"""A grid counts as out of view if more than this share of it lies outside the image."""


def find_faults(
    steps: tuple[Step[Tensor], ...], *, judge_constant: bool = True
) -> tuple[Verdict, ...]:
    """Find the faults of the transformers in these steps; for each step, the worst first.

    Args:
        steps: of one forward pass over several different images.
        judge_constant: also report a transformer that warps all images alike. At the start of
            training every transformer does.
    """
    return tuple(fault for step in steps for fault in _faults(step.grid.float(), judge_constant))


def _faults(grid: Float[Tensor, "b h w 2"], judge_constant: bool) -> Iterator[Verdict]:
    finite, count = grid.isfinite().flatten(1).all(dim=1), len(grid)
    if share := _share(~finite, count):
        yield Verdict(
            "not-finite", share,
            "Theta is not a finite number: start again with a smaller learning rate.",
        )  # fmt: skip
    grid = grid[finite]
    if not len(grid):
        return
    outside = (grid.abs() > 1).any(dim=-1).float().flatten(1).mean(dim=1) > OUT_OF_VIEW
    if share := _share(outside, count):
        yield Verdict(
            "out-of-view", share,
            "The transformer looks outside the picture, where there is nothing to learn from: "
            "start again with a smaller localisation rate or an identity penalty.",
        )  # fmt: skip
    backward = cell_areas(grid).flatten(1) < 0
    mirrored = backward.all(dim=1) & backward.any(dim=1)  # all() is True for a grid without cells
    if share := _share(mirrored, count):
        yield Verdict(
            "mirrored", share,
            "The transformer reads the picture mirrored, which changes what a digit or a letter "
            "is: start again with a smaller localisation rate.",
        )  # fmt: skip
    if share := _share(backward.any(dim=1) & ~mirrored, count):
        yield Verdict(
            "folded", share,
            "The grid folds over itself, so that parts of the picture are read twice: try an "
            "identity penalty.",
        )  # fmt: skip
    if judge_constant and len(grid) > 1 and bool((grid - grid[0]).abs().max() < STILL):
        yield Verdict(
            "constant", len(grid) / count,
            "The transformer does the same to every picture: give its localisation network a "
            "larger rate, or start again with another seed.",
        )  # fmt: skip


def _share(which: Tensor, count: int) -> float:
    return int(which.sum()) / count if count else 0.0
