"""Training objective: the task loss, an identity penalty and a consistency loss.

Both extra terms are squared distances between sampled points, in half images squared, on a
regular lattice of points; so a loss weight means the same for every family of transforms.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from stnviz.coordinates import base_grid, sample
from stnviz.experiments.losses import SampleLosses, classification_losses
from stnviz.experiments.recipe import Recipe
from stnviz.models import Output
from stnviz.records import Step
from stnviz.shapes import Float, Shaped
from stnviz.transforms import Affine

LATTICE = 5
"""Approximate number of points along each side at which two maps are compared."""

WARP_ANGLE, WARP_SCALE, WARP_SHIFT = 0.35, 0.15, 0.1
"""Range of the extra warp of the consistency loss: radians, log of a factor, half images."""


@dataclass(frozen=True)
class Loss:
    """A loss and the predictions it was computed from.

    Args:
        total: scalar, to be minimised.
        logits: (B, K) or (B, places, K).
    """

    total: Tensor
    logits: Tensor


def objective(
    model: Callable[[Tensor], Output],
    images: Float[Tensor, "b c *size"],
    labels: Shaped[Tensor, "b ..."],
    recipe: Recipe,
    warp: Float[Tensor, "b 6"] | None = None,
    judge: SampleLosses | None = None,
) -> Loss:
    """Run the model once and compute the loss that the recipe asks for.

    Args:
        model: the model in training mode, or a wrapper of it.
        images: in [0, 1].
        labels: labels of the images.
        recipe: its ``label_smoothing``, ``identity_penalty`` and ``consistency_weight`` are used.
        warp: the extra affine warp of each image, if the consistency loss is used.
        judge: the per-sample task loss; cross-entropy by default.
    """
    judge = judge or classification_losses
    if warp is None:
        output = plain = model(images)
    else:
        warped = sample(images, Affine().grid(warp, (images.shape[-2], images.shape[-1])))
        output = model(torch.cat([images, warped]))
        steps = tuple(step.map(lambda array: array[: len(images)]) for step in output.steps)
        plain = replace(output, logits=output.logits[: len(images)], steps=steps)
    total = judge(plain, labels, recipe.label_smoothing).mean()
    if output.auxiliary_loss is not None:
        total = total + output.auxiliary_loss
    if recipe.identity_penalty:
        total = total + recipe.identity_penalty * _distance_to_identity(plain.steps)
    if warp is not None:
        total = total + recipe.consistency_weight * consistency_loss(output.steps, warp)
    return Loss(total, plain.logits)


def draw_warps(count: int, generator: torch.Generator) -> Float[Tensor, "b 6"]:
    """Draw small random affine maps (rotation, scale, shift) on the generator's device."""
    unit = 2 * torch.rand(4, count, generator=generator, device=generator.device) - 1
    angle, scale = WARP_ANGLE * unit[0], (WARP_SCALE * unit[1]).exp()
    x, y = WARP_SHIFT * unit[2], WARP_SHIFT * unit[3]
    along, across = scale * angle.cos(), scale * angle.sin()
    return torch.stack([along, -across, x, across, along, y], dim=1)


def consistency_loss(steps: tuple[Step[Tensor], ...], warp: Float[Tensor, "b 6"]) -> Tensor:
    """Distance between theta(g.x), composed with g, and theta(x).

    The warped image at p is the image at g(p). A transformer that samples the warped image at
    T'(p) samples the image at g(T'(p)); both outputs are equal if g(T'(p)) = T(p).

    Args:
        steps: of 2B images, the second half of which are the first half under the warp.
        warp: g, one for each pair.
    """
    total = warp.new_zeros(())
    for step in steps:
        plain, warped = _sampled_points(step).chunk(2)
        total = total + (Affine().points(warp, warped) - plain).square().sum(dim=-1).mean()
    return total


def _distance_to_identity(steps: tuple[Step[Tensor], ...]) -> Tensor | float:
    """Mean squared distance of the sampled points from those of the identity, over all steps."""
    total: Tensor | float = 0.0
    for step in steps:
        total = total + (_sampled_points(step) - _lattice(step)).square().sum(dim=-1).mean()
    return total


def _sampled_points(step: Step[Tensor]) -> Float[Tensor, "b n 2"]:
    """The input points sampled at a coarse lattice of the output's pixels."""
    return _thin(step.grid)


def _lattice(step: Step[Tensor]) -> Float[Tensor, "1 n 2"]:
    """The lattice itself: the points sampled by the identity."""
    height, width = step.grid.shape[1:3]
    return _thin(base_grid((height, width), device=step.grid.device)[None])


def _thin(grid: Float[Tensor, "b h w 2"]) -> Float[Tensor, "b n 2"]:
    down, across = (max(1, side // LATTICE) for side in grid.shape[1:3])
    return grid[:, down // 2 :: down, across // 2 :: across].flatten(1, 2)
