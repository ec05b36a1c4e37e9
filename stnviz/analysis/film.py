"""A film: one picture, and what a network that looks again does with it, tick by tick."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from stnviz.analysis.windows import options_of
from stnviz.models import Model, Output
from stnviz.records import Array
from stnviz.transforms import NotInvertible, Transform, create_transform
from stnviz.transforms.thin_plate_spline import control_points


@dataclass(frozen=True)
class Film:
    """What happened at each of T ticks; T is 0 for a network without a transformer.

    Args:
        lattices: (T, L * L, 2) where a regular lattice of the window lies in the picture.
        own: (T, L * L, 2) the same of what each tick alone has added, in what was seen before it;
            where ticks do not refine one another, where the window lies.
        outputs: (T, C, h, w) what was read, in [0, 1].
        poses: the window as a person reads it, None where that is no numbers.
        moved: (T,) how far the window went from where it was at the tick before, and at first from
            the whole picture: the mean distance of its points, in half pictures.
        told: (answers, K) probabilities of the answer after each tick, or of each place of it.
    """

    lattices: Array
    own: Array
    outputs: Array
    poses: tuple[dict[str, float] | None, ...]
    moved: tuple[float, ...]
    told: Array

    def __len__(self) -> int:
        return len(self.lattices)


def film(model: Model, images: Float[Tensor, "1 c h w"], lattice: int) -> Film:
    """Run a network on one picture.

    Args:
        model: whose transformers, if there are any, look at the picture itself; in eval mode.
        images: a batch of one, on its device.
        lattice: L, points along each side of a window.
    """
    output = model(images)
    xy = control_points(lattice)
    if not output.steps:
        nothing, nowhere = images[:0].cpu().numpy(), xy[None][:0].numpy()
        return Film(nowhere, nowhere, nothing, (), (), _told(output))
    transform = create_transform(output.steps[0].transform, **options_of(model))
    thetas = [step.theta.float().cpu() for step in output.steps]
    looks = torch.cat([transform.points(theta, xy[None]) for theta in thetas])
    before = torch.cat([xy[None], looks[:-1]])
    moved = (looks - before).norm(dim=-1).mean(dim=1)
    own = _added(transform, thetas, looks) if model.refines else looks
    return Film(
        looks.numpy(), own.numpy(),
        torch.cat([step.output for step in output.steps]).float().cpu().numpy(),
        tuple(transform.pose(theta[0]) for theta in thetas),
        tuple(moved.tolist()), _told(output),
    )  # fmt: skip


def _told(output: Output) -> Array:
    """The answer so far after each look; else the places of the answer."""
    told = torch.cat(output.so_far) if output.so_far else output.logits.flatten(0, -2)
    return told.softmax(dim=-1).cpu().numpy()


def _added(
    transform: Transform, thetas: Sequence[Tensor], looks: Float[Tensor, "t n 2"]
) -> Float[Tensor, "t n 2"]:
    """Where each tick looks in what the one before it has read."""
    added = [looks[:1]]
    for theta, after in zip(thetas, looks[1:], strict=False):
        try:
            added.append(transform.points(transform.inverse(theta), after[None]))
        except NotInvertible:
            added.append(torch.full_like(after[None], float("nan")))
    return torch.cat(added)
