"""Step-by-step trace of a multi-step network on one image."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor

from stnviz.compositing import read_on
from stnviz.coordinates import aspect_of
from stnviz.data.arrangement import Arrangement
from stnviz.models import Model, Output
from stnviz.records import Array
from stnviz.shapes import Float
from stnviz.transforms import NotInvertible, Transform
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
    layers = None
    if model.composites:
        layers = arrangement.larger(side) if side and arrangement.larger else arrangement.images
    path = follow_steps(model, output, arrangement.images, xy, arrangement.frames[:1], layers)
    transform = model.config.create_transform()
    aspect = aspect_of((arrangement.images.shape[-2], arrangement.images.shape[-1]))
    return StepTrace(
        path.picture[0].numpy(), path.start[0].numpy(), path.lattices.numpy(), path.own.numpy(),
        path.outputs.float().numpy(),
        tuple(transform.pose(theta, aspect) for theta in path.thetas),
        tuple(transform.pose(theta, aspect) for theta in path.added),
        tuple(path.moved.tolist()), output, None if layers is None else layers[0].numpy(),
    )  # fmt: skip


@dataclass(frozen=True)
class StepPath:
    """What T steps do to one image, as tensors; the fields are those of :class:`StepTrace`.

    Args:
        picture: (1, C, H, W).
        start: (1, L * L, 2).
        lattices: (T, L * L, 2).
        own: (T, L * L, 2).
        outputs: (T, C, h, w).
        thetas: (T, P) theta after each step.
        added: (T, P) theta of each step's residual warp; NaN where the one before has no inverse.
        moved: (T,).
    """

    picture: Tensor
    start: Tensor
    lattices: Tensor
    own: Tensor
    outputs: Tensor
    thetas: Tensor
    added: Tensor
    moved: Tensor


def follow_steps(
    model: Model,
    output: Output,
    images: Float[Tensor, "1 c h w"],
    xy: Float[Tensor, "n 2"],
    frame: Float[Tensor, "1 4 2"],
    layers: Float[Tensor, "1 7 s s"] | None = None,
) -> StepPath:
    """Follow the window through the steps of one image; also while a graph is recorded.

    Args:
        model: as for :func:`trace_steps`, with transformers.
        output: of the model for ``images``.
        images: the image.
        xy: points of the window, in [-1, 1].
        frame: corners of the foreground, where the model composites; otherwise unused.
        layers: background and foreground to composite, where the model does that.
    """
    transform = model.config.create_transform()
    thetas = [step.theta.float() for step in output.steps]
    start = xy[None]
    if layers is not None:
        start = _within(frame, xy)
        size = layers.shape[-2], layers.shape[-1]
        places = torch.cat([_undone(transform, theta, start) for theta in thetas])
        outputs = torch.cat([read_on(layers, transform.grid(theta, size)) for theta in thetas])
        picture = read_on(layers, transform.grid(transform.identity()[None], size))
    else:
        places = torch.cat([transform.points(theta, xy[None]) for theta in thetas])
        outputs, picture = torch.cat([step.output for step in output.steps]), images
    added, own = thetas, places
    if model.residual_warps:
        added = _added(transform, thetas)
        own = torch.cat([transform.points(theta, xy[None]) for theta in added])
    moved = (places - torch.cat([start, places[:-1]])).norm(dim=-1).mean(dim=1)
    return StepPath(
        picture, start, places, own, outputs, torch.cat(thetas), torch.cat(added), moved
    )


def _within(corners: Float[Tensor, "1 4 2"], xy: Float[Tensor, "n 2"]) -> Float[Tensor, "1 n 2"]:
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
