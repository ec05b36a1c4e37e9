"""Step-by-step trace of a multi-step network on one image."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor

from stnviz.analysis.windows import transform_options
from stnviz.compositing import read_on
from stnviz.coordinates import aspect_of
from stnviz.data.arrangement import Arrangement
from stnviz.models import Model, Output
from stnviz.records import Array
from stnviz.shapes import Float
from stnviz.transforms import NotInvertible, Transform, create_transform
from stnviz.transforms.thin_plate_spline import control_points

Pose = dict[str, float] | None


@dataclass(frozen=True)
class StepTrace:
    """The state after each of T steps; T is 0 for a network without a transformer.

    Args:
        picture: (C, H, W) in [0, 1], the input image, or the composite at the start.
        start: (L * L, 2) a regular lattice of the window before the first step, in the image.
        lattices: (T, L * L, 2) the window's lattice after each step, in the image.
        own: (T, L * L, 2) the window of each step's residual warp, in the output of the step
            before; equal to ``lattices`` where steps do not refine one another.
        outputs: (T, C, h, w) the transformer's output, or the composite.
        poses: named parameters of the window after each step, None where not finite.
        own_poses: the same for each step's residual warp.
        moved: (T,) how far the window moved in each step: the mean distance of its points, in
            half images.
        output: output of the network.
        layers: (7, H, W) background and foreground of a composite, as shown; None for networks
            that do not composite.
    """

    picture: Array
    start: Array
    lattices: Array
    own: Array
    outputs: Array
    poses: tuple[Pose, ...]
    own_poses: tuple[Pose, ...]
    moved: tuple[float, ...]
    output: Output
    layers: Array | None = None

    def __len__(self) -> int:
        return len(self.lattices)


def trace_steps(
    model: Model, arrangement: Arrangement, lattice: int, side: int | None = None
) -> StepTrace:
    """Run a network on one image and record every step.

    Args:
        model: network whose transformers, if any, sample the original image; in eval mode, on
            the CPU.
        arrangement: the image.
        lattice: L, points along each side of a window.
        side: height and width of the composites to return; the network always sees the image at
            its own input size.
    """
    output = model(arrangement.images)
    xy = control_points(lattice)
    if not output.steps:
        nothing, nowhere = arrangement.images[:0].numpy(), xy[None][:0].numpy()
        picture = arrangement.images[0].numpy()
        return StepTrace(picture, xy.numpy(), nowhere, nowhere, nothing, (), (), (), output)
    transform = create_transform(output.steps[0].transform, **transform_options(model))
    thetas = [step.theta.float() for step in output.steps]
    aspect = aspect_of((arrangement.images.shape[-2], arrangement.images.shape[-1]))
    start, shown, layers = xy, arrangement.images, None
    if model.composites:
        start = _within(arrangement.frames[0], xy)
        shown = arrangement.larger(side) if side and arrangement.larger else arrangement.images
        places = torch.cat([_undone(transform, theta, start[None]) for theta in thetas])
        layers, size = shown[0].numpy(), (shown.shape[-2], shown.shape[-1])
        outputs = torch.cat([read_on(shown, transform.grid(theta, size)) for theta in thetas])
        shown = read_on(shown, transform.grid(transform.identity()[None], size))
    else:
        places = torch.cat([transform.points(theta, xy[None]) for theta in thetas])
        outputs = torch.cat([step.output for step in output.steps])
    added, own = thetas, places
    if model.residual_warps:
        added = _added(transform, thetas)
        own = torch.cat([transform.points(theta, xy[None]) for theta in added])
    moved = (places - torch.cat([start[None], places[:-1]])).norm(dim=-1).mean(dim=1)
    return StepTrace(
        shown[0].numpy(), start.numpy(), places.numpy(), own.numpy(), outputs.float().numpy(),
        tuple(transform.pose(theta[0], aspect) for theta in thetas),
        tuple(transform.pose(theta[0], aspect) for theta in added), tuple(moved.tolist()), output,
        layers,
    )  # fmt: skip


def _within(corners: Float[Tensor, "4 2"], xy: Float[Tensor, "n 2"]) -> Float[Tensor, "n 2"]:
    """Map points of [-1, 1] squared bilinearly into the quadrilateral of four corners."""
    right, down = ((xy + 1) / 2).unbind(dim=1)
    shares = torch.stack(
        [(1 - right) * (1 - down), right * (1 - down), right * down, (1 - right) * down], dim=1
    )
    return shares @ corners


def _undone(
    transform: Transform, theta: Float[Tensor, "1 p"], points: Float[Tensor, "1 n 2"]
) -> Float[Tensor, "1 n 2"]:
    """Map points of the input to the output by the inverse of theta; NaN if it has no inverse."""
    try:
        return transform.points(transform.inverse(theta), points)
    except NotInvertible:
        return torch.full_like(points, float("nan"))


def _added(transform: Transform, thetas: Sequence[Tensor]) -> list[Tensor]:
    """Theta of each step's residual warp, from its output to the output of the step before.

    NaN if the theta of the step before has no inverse.
    """
    added = [thetas[0]]
    for before, theta in pairwise(thetas):
        try:
            added.append(transform.compose(transform.inverse(before), theta))
        except NotInvertible:
            added.append(torch.full_like(theta, float("nan")))
    return added
