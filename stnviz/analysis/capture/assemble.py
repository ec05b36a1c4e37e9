"""A trace from captured calls: passes put together, lanes and ticks, theta, and what a grid is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor

from stnviz.analysis.capture.fit import Fit, fit_theta, theta_gradient
from stnviz.analysis.capture.kinds import kind_before_fit, kind_of
from stnviz.analysis.capture.raw import AffineGrid, Pass, SampledCall
from stnviz.records import Array, Kind, SamplerCall, Step, Trace

NOTHING_SAMPLED = (
    "No sampler was called while recording: call the model inside the block. If it samples by "
    "itself, with gather or by indexing, record that with two lines where it does: "
    "import stnviz; stnviz.record(input=image, grid=grid, output=warped)."
)

MOST_PARTS = 16
"""Grids of one image that are told apart as lanes, such as the frames of a clip."""

MOST_NAMES = 200
"""Length of text that is kept in a trace, from its end: the end of a path says most."""


@dataclass(frozen=True)
class Sampled:
    """Calls of one sampler in all passes, put together.

    Args:
        call: the first one; its tensors are those of all.
        folded: number of its grids for each image.
        theta: (N * folded, 2, 3) or (N * folded, 3, 4), if ``affine_grid`` made the grids.
        theta_gradient: of the same shape.
        grid_align_corners: convention of that ``affine_grid``.
    """

    call: SampledCall
    folded: int
    theta: Tensor | None
    theta_gradient: Tensor | None
    grid_align_corners: bool | None


def assemble(passes: Sequence[Pass], provenance: Mapping[str, Any]) -> tuple[Trace, ...]:
    """Make one trace of all passes with the same sequence of samplers.

    Args:
        passes: in order.
        provenance: stored in every trace.

    Raises:
        ValueError: no sampler was called.
    """
    groups: dict[object, list[Pass]] = {}
    for one in _joined(passes):
        groups.setdefault(_structure(one), []).append(one)
    if not groups:
        raise ValueError(NOTHING_SAMPLED)
    skipped = sum(one.skipped for one in passes)
    notes = [f"{skipped:,} calls of samplers were left out: record more steps."] if skipped else []
    if len(groups) > 1:
        notes.append(f"The passes sampled in {len(groups)} different ways; each is its own trace.")
    return tuple(_trace(group, {**provenance, "notes": notes}) for group in groups.values())


def _joined(passes: Sequence[Pass]) -> list[Pass]:
    """Passes with calls; branches of one pass that ran in several threads are one again."""
    found = []
    for root in passes:
        if root.parent is not None:
            continue
        parts = [one for one in passes if one.parent is root and one.calls]
        if _are_branches(parts, root):
            parts.sort(key=lambda part: part.calls[0].module)  # threads come in any order
            grids = [made for part in (root, *parts) for made in part.affine_grids]
            calls = [call for part in (root, *parts) for call in part.calls]
            calls = [replace(call, affine_grids=len(grids)) for call in calls]
            parts, root = [], replace(root, calls=calls, affine_grids=grids)
        found += [one for one in (root, *parts) if one.calls]
    return found


def _are_branches(parts: Sequence[Pass], root: Pass) -> bool:
    """Whether threads ran different samplers on all images, and not one on parts of the batch."""
    ways = {_structure(part) for part in parts}
    return len(ways) == len(parts) > 1 and {part.batch for part in parts} == {root.batch}


def _site(call: SampledCall) -> tuple[object, ...]:
    return call.module, call.operator, call.site.chain


def _folded(one: Pass, call: SampledCall) -> int:
    """Number of a call's grids for each image; 0 if they do not belong to images."""
    batch = one.batch or one.calls[0].rows
    return 0 if call.rows % batch else call.rows // batch


def _structure(one: Pass) -> tuple[object, ...]:
    """Equal for passes whose calls can be put together."""
    return tuple(
        (*_site(call), call.grid.shape[1:], call.input.shape[1:], _folded(one, call))
        for call in one.calls
    )


def _trace(group: Sequence[Pass], provenance: Mapping[str, Any]) -> Trace:
    notes = list(provenance["notes"])
    first = group[0]
    kept = [_kept(one) for one in group]
    samplings = []
    for index, call in enumerate(first.calls):
        if _folded(first, call):
            samplings.append(_together(group, kept, index))
        else:
            notes.append(
                f"{call.site.file or call.operator}:{call.site.line} samples {call.rows} grids for "
                f"{first.batch} images, so that its grids belong to no image: it was left out."
            )
    images = _images(group, kept, samplings)
    steps: list[Step[Tensor]] = []
    sites: dict[object, int] = {}
    ticks: dict[object, int] = {}
    for sampled in samplings:
        for part, step in enumerate(_steps(sampled)):
            site = (*_site(sampled.call), part)
            lane = sites.setdefault(site, len(sites))
            tick = ticks[site] = ticks.get(site, -1) + 1
            steps.append(replace(step, lane=lane, tick=tick))
    steps.sort(key=lambda step: (step.tick, step.lane))
    probabilities = _probabilities(group, kept, len(images))
    return Trace(
        images, tuple(step.map(_array) for step in steps), probabilities,
        {**provenance, "notes": notes},
    )  # fmt: skip


def _kept(one: Pass) -> int:
    """How many images of a pass are kept in all of its calls."""
    rows = [len(call.grid) // folded for call in one.calls if (folded := _folded(one, call))]
    return max(1, min([*rows, one.room, one.batch or one.room]))


def _together(group: Sequence[Pass], kept: Sequence[int], index: int) -> Sampled:
    """The calls with this index of all passes, one after another."""
    first = group[0].calls[index]
    folded = _folded(group[0], first)
    tensors: dict[str, Any] = {}
    for name in ("input", "grid", "output", "weights", "gradient"):
        parts = [getattr(one.calls[index], name) for one in group]
        whole = all(part is not None for part in parts)
        cut = [part[: n * folded] for part, n in zip(parts, kept, strict=True)] if whole else []
        tensors[name] = torch.cat(cut) if whole else None
    makers = [_maker(one, one.calls[index]) for one in group]
    call = replace(first, **tensors)
    if any(made is None for made in makers):
        return Sampled(call, folded, None, None, None)
    made = [one for one in makers if one is not None]
    theta = torch.cat([one.theta[: n * folded] for one, n in zip(made, kept, strict=True)])
    gradient = None
    if all(one.gradient is not None for one in made):
        parts = [one.gradient for one in made if one.gradient is not None]
        gradient = torch.cat([part[: n * folded] for part, n in zip(parts, kept, strict=True)])
    return Sampled(call, folded, theta, gradient, made[0].align_corners)


def _maker(one: Pass, call: SampledCall) -> AffineGrid | None:
    """The latest ``affine_grid`` before a call that made its grid."""
    earlier = reversed(one.affine_grids[: call.affine_grids])
    return next((made for made in earlier if made.made(call.grid)), None)


def _steps(sampled: Sampled) -> list[Step[Tensor]]:
    """The steps of one sampler: one, or one for each part of an image that it warps by itself."""
    call, folded = sampled.call, sampled.folded
    size = tuple(call.input.shape[2:])
    kind = kind_before_fit(call, folded)
    transform, theta = "", call.grid.new_zeros(len(call.grid), 0)
    residual = gradient = None
    if kind is None:
        fit = _fit(sampled, size)
        kind = kind_of(call, folded, fit, gradient_expected=call.gradient_possible)
        if kind != "points":
            transform, theta, residual = fit.transform, fit.theta, fit.residual
        if sampled.theta is not None:
            residual = None
            gradient = None if sampled.theta_gradient is None else sampled.theta_gradient.flatten(1)
    if call.gradient is not None and gradient is None and theta.shape[1]:
        gradient = theta_gradient(
            transform, theta, call.gradient, size, align_corners=call.align_corners
        )
    step = Step(
        transform, call.input, theta, call.grid, call.output, kind=kind,
        call=_sampler_call(sampled, kind, has_residual=residual is not None), residual=residual,
        weights=call.weights, grid_gradient=call.gradient, theta_gradient=gradient,
    )  # fmt: skip
    if folded == 1:
        return [step]
    if kind in ("points", "planes", "lookup"):
        return [_per_image(step, folded)]
    parts = range(min(folded, MOST_PARTS))
    return [step.map(lambda array: array[part::folded]) for part in parts]  # noqa: B023 - at once


def _fit(sampled: Sampled, size: tuple[int, ...]) -> Fit:
    """The transform of a grid: the one that ``affine_grid`` was called with, else the closest."""
    call, theta = sampled.call, sampled.theta
    if theta is None:
        return fit_theta(call.grid, size, align_corners=call.align_corners, epsilon=call.epsilon)
    name = "affine" if len(size) == 2 else "affine-3d"
    return Fit(name, theta.flatten(1), theta.new_zeros(len(theta)), True)


def _per_image(step: Step[Tensor], folded: int) -> Step[Tensor]:
    """Points of all heads, or of all pixels of a lookup, as one set of points for each image."""
    queries = folded if step.kind == "lookup" else step.grid.shape[1]

    def points(array: Tensor) -> Tensor:
        parts = array.unflatten(0, (-1, folded))
        if step.kind == "lookup":
            return parts.flatten(2, 3)
        return parts.transpose(1, 2).flatten(2, 3)

    grid = points(step.grid)
    picture = step.input.unflatten(0, (-1, folded)).flatten(1, 2).mean(dim=1, keepdim=True)
    weights, gradient = step.weights, step.grid_gradient
    return replace(
        step,
        input=picture,
        theta=grid.new_zeros(len(grid), 0),
        grid=grid,
        output=grid.new_zeros(len(grid), 0, queries, grid.shape[2]),
        weights=None if weights is None else points(weights),
        grid_gradient=None if gradient is None else points(gradient),
        residual=None,
        theta_gradient=None,
    )


def _sampler_call(sampled: Sampled, kind: Kind, *, has_residual: bool) -> SamplerCall:
    call = sampled.call
    predicted = sampled.theta is not None and kind in ("warp", "resampling")
    return SamplerCall(
        call.operator, call.module[-MOST_NAMES:], call.module_type[-MOST_NAMES:],
        call.site.file[-MOST_NAMES:], call.site.line, call.site.function[-MOST_NAMES:],
        call.kernel, call.padding, call.align_corners, sampled.grid_align_corners,
        "predicted" if predicted else "fitted" if has_residual else "none",
        call.needs_gradient, call.input_summary, call.output_summary,
    )  # fmt: skip


def _images(group: Sequence[Pass], kept: Sequence[int], samplings: Sequence[Sampled]) -> Array:
    """The images of all passes; where the model was given none, what its first sampler read."""
    if all(one.images is not None for one in group):
        pairs = zip(group, kept, strict=True)
        images = [one.images[:n] for one, n in pairs if one.images is not None]
        if len({image.shape[1:] for image in images}) == 1:
            return _array(torch.cat(images))
    if not samplings:
        return _array(torch.zeros(sum(kept), 1, 1, 1))
    first = samplings[0]
    given = first.call.input[:: first.folded]
    return _array(given if given.shape[1] else given.new_zeros(len(given), 1, *given.shape[2:]))


def _probabilities(group: Sequence[Pass], kept: Sequence[int], count: int) -> Array:
    """The model's answers as probabilities, if they look like a classification."""
    outputs = [one.output[:n] for one, n in zip(group, kept, strict=True) if one.output is not None]
    if len(outputs) < len(group) or len({output.shape[1:] for output in outputs}) != 1:
        return _array(torch.zeros(count, 0))
    answers = torch.cat(outputs)
    if answers.ndim != 2 or answers.shape[1] < 2 or len(answers) != count:
        return _array(torch.zeros(count, 0))
    ones = torch.ones(len(answers))
    if bool((answers >= 0).all()) and torch.allclose(answers.sum(1).float(), ones, atol=1e-3):
        return _array(answers)
    return _array(answers.softmax(dim=1))


def _array(tensor: Tensor) -> Array:
    array: Array = tensor.numpy()
    return array
