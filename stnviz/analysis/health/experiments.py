"""Experiments with a model: its answers with another grid, another convention, another padding.

A transformer whose grid can be replaced by the identity, by the mean grid and by another image's
without a change of the answers makes no difference, whatever it does. And where the answers get
better when the sampler is called in the other convention, the network was trained with that one.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from typing import Any

from torch import Tensor

from stnviz.analysis.capture.operators import PADDINGS, Sampling
from stnviz.analysis.grid_geometry import affine_part, identity_grid
from stnviz.analysis.health.answers import Difference, difference, entropy, probabilities, wrong
from stnviz.analysis.health.check import Check, Finding
from stnviz.analysis.health.measurements import Measurements
from stnviz.analysis.health.rerun import CallPart, Edit, Rerun, with_grids

UNCHANGED = 0.01
"""Answers stay if at most this share of the classes changes, and of the probability,"""

UNCHANGED_NUMBERS = 0.05
"""and if the numbers of the answer change by at most this, in parts of their own differences
between images: not every answer of a few numbers is a classification."""

FEWEST_IMAGES = 16
"""Answers of fewer images are not called better."""

SURER = 0.2
"""Without labels, answers are better if their mean entropy falls by this share at least,"""

MOST_SURER = 0.8
"""and falls for this share of the images at least,"""

LEAST_ENTROPY = 0.05
"""from more than this, in nats."""

CHANCE = 0.01
"""With labels, answers are better if so many more images become right than wrong that chance does
it with less than this probability (a one-sided sign test)."""


@dataclass(frozen=True)
class Experiments:
    """What became of the answers.

    Args:
        count: number of images.
        replaced: by what replaced the grids, the difference that it made.
        better: by what was changed in the sampler, how the answers got better: words and numbers.
    """

    count: int
    replaced: Mapping[str, Difference]
    better: Mapping[str, tuple[str, Mapping[str, Any]]] = field(default_factory=dict)

    @property
    def numbers(self) -> dict[str, Any]:
        """The changes, by what replaced the grids."""
        return {name: asdict(one) for name, one in self.replaced.items()}


def experiment(
    rerun: Rerun, place: CallPart, measured: Measurements, labels: Tensor | None = None
) -> Experiments:
    """Run the model with each change of one call.

    Args:
        rerun: the model and its images.
        place: the call whose grids belong to the step.
        measured: of the step.
        labels: (B,) or (B, places) true classes, if they are known.
    """
    call, part, folded = place
    identity = identity_grid(measured.output_size, align_corners=measured.made_with_align_corners)
    replacements: dict[str, Edit] = {
        "identity": with_grids(part, folded, lambda grid: identity.to(grid).expand_as(grid)),
        "mean": with_grids(part, folded, lambda grid: grid.mean(dim=0).expand_as(grid)),
        "another": with_grids(part, folded, lambda grid: grid.roll(1, 0)),
    }
    replaced = {
        name: difference(rerun.answer, rerun.run(call, edit)) for name, edit in replacements.items()
    }
    edits = _conventions(measured, part, folded)
    if labels is not None:  # answers become surer with more to see, whether it is right or not
        edits |= _paddings(measured)
    better = {}
    for name, edit in edits.items():
        if (how := _improvement(rerun.answer, rerun.run(call, edit), labels)) is not None:
            better[name] = how
    return Experiments(len(rerun.images), replaced, better)


def _conventions(measured: Measurements, part: int, folded: int) -> dict[str, Edit]:
    """Edits of a call: another align_corners in the sampler, or in the grid, too."""
    made, read = measured.made_with_align_corners, measured.align_corners
    size = measured.output_size
    own, other = (identity_grid(size, align_corners=convention) for convention in (made, not made))
    remade = with_grids(part, folded, partial(_remade, own=own, other=other))
    edits: dict[str, Edit] = {}
    for grid, sampler in dict.fromkeys([(made, not read), (True, True), (False, False)]):
        if (grid, sampler) != (made, read):
            edits[_named(grid, sampler)] = partial(
                _in_convention, remake=None if grid == made else remade, align_corners=sampler
            )
    return edits


def _paddings(measured: Measurements) -> dict[str, Edit]:
    """Edits of a call: each other padding."""
    own = measured.padding or "zeros"
    return {
        f"{padding} as padding": partial(replace, padding=padding)
        for padding in PADDINGS
        if padding != own
    }


def _named(grid: bool, sampler: bool) -> str:
    both = "affine_grid and the sampler" if grid == sampler else "the sampler alone"
    return f"align_corners={sampler} in {both}"


def _in_convention(sampling: Sampling, remake: Edit | None, align_corners: bool) -> Sampling:
    changed = sampling if remake is None else remake(sampling)
    return replace(changed, align_corners=align_corners)


def _remade(grid: Tensor, *, own: Tensor, other: Tensor) -> Tensor:
    """(B, *size, d) grids as the same maps make them of another identity grid.

    For maps that are not affine their closest affine ones move the points, by half a pixel at most.
    """
    linear = affine_part(grid.float().cpu(), own)[:, :, :-1]
    moves = ((other - own).flatten(0, -2) @ linear.mT).unflatten(1, tuple(own.shape[:-1]))
    return grid + moves.to(grid)


def _improvement(
    before: Tensor, after: Tensor, labels: Tensor | None
) -> tuple[str, Mapping[str, Any]] | None:
    """How answers got better, in words and numbers; None if they did not for certain."""
    first, second = probabilities(before), probabilities(after)
    if first is None or second is None or len(before) < FEWEST_IMAGES:
        return None
    if labels is not None:
        was, became = wrong(first, labels), wrong(second, labels)
        right, worse = int((was & ~became).sum()), int((~was & became).sum())
        if chance_of(right, worse) >= CHANCE:
            return None
        error, other = float(was.float().mean()), float(became.float().mean())
        numbers = {"error": error, "other": other}
        return f"the error falls from {error:.1%} to {other:.1%}", numbers
    old, new = entropy(first), entropy(second)
    mean, other = float(old.mean()), float(new.mean())
    surer = float((new < old).float().mean())
    if mean <= LEAST_ENTROPY or other > (1 - SURER) * mean or surer < MOST_SURER:
        return None
    return (
        f"the entropy of the answers falls from {mean:.2f} to {other:.2f} nats, and for "
        f"{surer:.0%} of the images",
        {"entropy": mean, "other": other, "surer": surer},
    )


def chance_of(right: int, worse: int) -> float:
    """Probability of at least ``right`` heads among ``right + worse`` tosses of a coin."""
    tosses = right + worse
    return sum(math.comb(tosses, heads) for heads in range(right, tosses + 1)) / 2**tosses


def judge_difference(found: Experiments) -> Finding | None:
    """Whether the answers stay whatever replaces the grids."""
    for one in found.replaced.values():
        moved = max(one.probability or 0.0, one.classes or 0.0)
        if moved > UNCHANGED or one.relative > UNCHANGED_NUMBERS:
            return None
    worst = max(found.replaced.values(), key=lambda one: one.relative)
    return Finding(
        1.0,
        "With the identity, the mean grid and another image's grid in its place, at most "
        f"{worst.text} changes over {found.count} images.",
        found.numbers,
    )


def judge_other_convention(found: Experiments) -> Finding | None:
    """Whether the answers are better when the sampler is called in another way."""
    if not found.better:
        return None
    name = min(found.better, key=lambda name: found.better[name][1]["other"])
    how, numbers = found.better[name]
    return Finding(
        1.0, f"With {name}, {how}, over {found.count} images.", {**numbers, "with": name}
    )


MAKES_NO_DIFFERENCE = Check(
    "makes-no-difference", "Makes no difference", "ill",
    "The network answers the same whatever the transformer does: it has learned to do without.",
    "Leave the transformer out, or make it needed: train with stronger distortions, a smaller "
    "classifier, or a smaller learning rate for the classifier at first.",
    "with the identity, the mean grid of all images and another image's grid in its place, the "
    f"classes and the probabilities change by at most {UNCHANGED:.0%}, and the numbers of the "
    f"answer by at most {UNCHANGED_NUMBERS:.0%} of their own differences between images",
    judge_difference,
)  # fmt: skip

OTHER_CONVENTION = Check(
    "other-convention", "Trained in another convention", "ill",
    "The network was trained with another align_corners or padding than it is run with.",
    "Call the sampler as it was called in training; old PyTorch, before 1.3, and other frameworks "
    "have align_corners=True.",
    "with labels: with the other align_corners or another padding, more images become right than "
    f"wrong (sign test, p < {CHANCE:g}); without: with the other align_corners, the mean entropy "
    f"of the answers falls by {SURER:.0%} and from more than {LEAST_ENTROPY:g} nats, for "
    f"{MOST_SURER:.0%} of the images, of at least {FEWEST_IMAGES}",
    judge_other_convention,
)  # fmt: skip

EXPERIMENT_CHECKS: tuple[Check[Experiments], ...] = (OTHER_CONVENTION, MAKES_NO_DIFFERENCE)
"""Checks that need the model."""
