"""Image effects for synthetic house numbers: walls, wear, twigs, shadows, light, blur, noise."""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor

from stnviz.coordinates import base_grid
from stnviz.data.numbers.sampling import Random
from stnviz.shapes import Float

SATURATION = 0.7
WEAR = 0.5
"""Maximum share of a number's paint that is worn off at a point."""

TWIG, SHADE = (0.04, 0.12), (0.3, 0.75)
"""Range of a twig's width in digit heights, and of the share of light that a shadow takes."""

BLUR, GRAIN = 0.1, 0.09
"""Maximum standard deviations of the blur, in digit heights, and of the noise."""


def colours(random: Random, contrast: tuple[float, float]) -> tuple[Tensor, Tensor]:
    """Draw two colours (B, 3) whose brightness differs by at least the lower contrast."""
    first = random.unit(3)
    bright = first.mean(dim=1, keepdim=True)
    first = bright + SATURATION * random.unit(1) * (first - bright)
    step = random.between(*contrast)[:, None]
    up, down = step <= 1 - bright, step <= bright
    # Where the step fits neither up nor down, the side with more room still allows more than the
    # lower contrast.
    wanted = torch.where(up == down, (random.unit() < 0.5)[:, None], up)
    rises = torch.where(up | down, wanted, bright < 0.5)
    aim = torch.where(rises, bright + step, bright - step).clamp(0, 1)
    tint = 0.1 * random.normal(3)
    return first, (aim + tint - tint.mean(dim=1, keepdim=True)).clamp(0, 1)


def texture(random: Random, colour: Float[Tensor, "b 3"], side: int) -> Float[Tensor, "b 3 s s"]:
    """Draw a wall: a colour with random variation at two scales."""
    images = colour[:, :, None, None].expand(-1, -1, side, side)
    for cells, strength in ((3, 0.12), (16, 0.06)):
        coarse = strength * random.unit(1, 1, 1) * random.normal(3, cells, cells)
        images = images + F.interpolate(coarse, (side, side), mode="bilinear")
    return images


def paint(
    images: Float[Tensor, "b 3 s s"], cover: Float[Tensor, "b 1 s s"], colour: Float[Tensor, "b 3"]
) -> Float[Tensor, "b 3 s s"]:
    """Blend a colour into each image, weighted by ``cover``."""
    return images + cover * (colour[:, :, None, None] - images)


def worn(random: Random, cover: Float[Tensor, "b 1 s s"]) -> Float[Tensor, "b 1 s s"]:
    """Reduce the coverage of paint in random patches."""
    side = cover.shape[-1]
    patches = F.interpolate(random.unit(1, 9, 9), (side, side), mode="bilinear")
    return cover * (1 - WEAR * random.unit(1, 1, 1) * patches)


def twig(
    random: Random, middle: Float[Tensor, "b 2"], height: Float[Tensor, " b"], side: int
) -> Float[Tensor, "b 1 s s"]:
    """Coverage of a curved twig through a random point near ``middle``.

    The point is at most half a digit's height away from ``middle`` along each axis.
    """
    over, along = _off_a_line(
        random, middle + 0.5 * height[:, None] * random.between(-1, 1, 2), side
    )
    bow = random.between(-0.3, 0.3)[:, None, None] * along.square()
    width = (height * random.between(*TWIG))[:, None, None]
    return (0.5 + (width / 2 - (over + bow).abs()) * side / 2).clamp(0, 1)[:, None]


def shadow(
    random: Random, middle: Float[Tensor, "b 2"], height: Float[Tensor, " b"], side: int
) -> Float[Tensor, "b 1 s s"]:
    """Brightness factor of a shadow with a straight, soft edge across the number or near it."""
    over, _ = _off_a_line(random, middle + height[:, None] * random.between(-1, 1, 2), side)
    soft = (height * random.between(0.02, 0.3))[:, None, None]
    return (
        1 - random.between(*SHADE)[:, None, None, None] * (over / soft + 0.5).clamp(0, 1)[:, None]
    )


def _off_a_line(
    random: Random, through: Float[Tensor, "b 2"], side: int
) -> tuple[Float[Tensor, "b s s"], Float[Tensor, "b s s"]]:
    """Distance of each pixel from a random line through a point, and its position along it."""
    angle = math.pi * random.between(-1, 1)
    cos, sin = angle.cos()[:, None, None], angle.sin()[:, None, None]
    x, y = (base_grid((side, side), device=random.device) - through[:, None, None]).unbind(-1)
    return x * cos + y * sin, y * cos - x * sin


def light(random: Random, images: Float[Tensor, "b 3 s s"]) -> Float[Tensor, "b 3 s s"]:
    """Apply a random brightness gradient and tint to each image."""
    side = images.shape[-1]
    slope = random.between(-0.4, 0.4, 2)
    grid = base_grid((side, side), device=images.device)
    fall = 1 + (slope[:, None, None] * grid).sum(dim=-1)
    tint = random.between(0.85, 1.1, 3)
    return images * fall[:, None] * tint[:, :, None, None]


def spoil(
    random: Random, images: Float[Tensor, "b 3 s s"], height: Float[Tensor, " b"]
) -> Float[Tensor, "b 3 s s"]:
    """Apply random blur, relative to the digits' ``height`` in pixels, and noise."""
    side = images.shape[-1]
    sigma = (BLUR * height * random.unit()).clamp(min=0.2)
    reach = torch.arange(-4, 5, device=images.device)
    kernel = (-reach.square() / (2 * sigma[:, None].square())).exp()
    kernel = (kernel / kernel.sum(dim=1, keepdim=True)).repeat_interleave(3, dim=0)[:, None]
    flat = images.reshape(1, -1, side, side)
    for weights in (kernel[:, :, None, :], kernel[:, :, :, None]):
        pad = (4, 4, 0, 0) if weights.shape[-1] > 1 else (0, 0, 4, 4)
        flat = F.conv2d(F.pad(flat, pad, mode="replicate"), weights, groups=flat.shape[1])
    images = flat.reshape(images.shape)
    grain = GRAIN * random.unit(1, 1, 1) * random.normal(3, side, side)
    return (images + grain).clamp(0, 1)
