"""One image, and what a multi-step network does with it, tick by tick."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import torch
from jaxtyping import Float
from torch import Tensor

from stnviz.analysis.windows import transform_options
from stnviz.compositing import read_on
from stnviz.coordinates import aspect_of
from stnviz.data.arrangement import Arrangement
from stnviz.models import Model, Output
from stnviz.records import Array
from stnviz.transforms import NotInvertible, Transform, create_transform
from stnviz.transforms.thin_plate_spline import control_points

Pose = dict[str, float] | None


@dataclass(frozen=True)
class StepTrace:
    """What happened at each of T ticks; T is 0 for a network without a transformer.

    Args:
        picture: (C, H, W) in [0, 1] what the network was shown.
        start: (L * L, 2) a regular lattice of the window before the first tick, in the picture.
        lattices: (T, L * L, 2) where it lies after each tick.
        own: (T, L * L, 2) what each tick alone has added, in what was seen before it; where ticks
            do not refine one another, where the window lies.
        outputs: (T, C, h, w) what was read, or the picture with the foreground laid on it.
        poses: the window as a person reads it, None where that is no numbers.
        own_poses: the same of what each tick alone has added.
        moved: (T,) how far the window went from where it was at the tick before: the mean distance
            of its points, in half pictures.
        output: of the network.
        layers: (7, H, W) a background and a foreground that is laid on it, as they were shown;
            None where nothing is laid on anything.
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
    """Run a network on one picture.

    Args:
        model: whose transformers, if there are any, look at the picture itself; in eval mode, on
            the CPU.
        arrangement: the image.
        lattice: L, points along each side of a window.
        side: height and width of what is shown, of foregrounds laid on backgrounds; the network
            sees the picture at its own size in any case.
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
    """Points of the square, as they lie between four corners."""
    right, down = ((xy + 1) / 2).unbind(dim=1)
    shares = torch.stack(
        [(1 - right) * (1 - down), right * (1 - down), right * down, (1 - right) * down], dim=1
    )
    return shares @ corners


def _undone(
    transform: Transform, theta: Float[Tensor, "1 p"], points: Float[Tensor, "1 n 2"]
) -> Float[Tensor, "1 n 2"]:
    """Where points that a map looks at are seen; nowhere where it has no inverse."""
    try:
        return transform.points(transform.inverse(theta), points)
    except NotInvertible:
        return torch.full_like(points, float("nan"))


def _added(transform: Transform, thetas: Sequence[Tensor]) -> list[Tensor]:
    """The map of each tick from what it has read to what the one before it had read.

    No numbers where the one before it has no inverse.
    """
    added = [thetas[0]]
    for before, theta in pairwise(thetas):
        try:
            added.append(transform.compose(transform.inverse(before), theta))
        except NotInvertible:
            added.append(torch.full_like(theta, float("nan")))
    return added
