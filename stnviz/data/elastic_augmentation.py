"""Elastic deformation of clean digits before they are distorted, as data augmentation.

Elastic deformation is the oldest remedy against overfitting on MNIST (Simard et al. 2003,
section 3). Here it is a thin-plate spline, whose linear system is solved once for all digits.
"""

from __future__ import annotations

import torch
from torch import Tensor

from stnviz.coordinates import pixel_length_to_unit, sample
from stnviz.shapes import Float
from stnviz.transforms import create_transform


def elastic_deform(
    digits: Float[Tensor, "b 1 h w"], sigma: float, generator: torch.Generator
) -> Float[Tensor, "b 1 h w"]:
    """Deform each digit by random shifts of its 4 x 4 spline control points.

    Args:
        digits: in [0, 1], on the generator's device.
        sigma: standard deviation of a point's shift along each axis, in pixels.
        generator: draws the shifts.
    """
    spline = create_transform("thin-plate-spline")
    height, width = digits.shape[-2:]
    reach = torch.tensor([pixel_length_to_unit(sigma, side) for side in (width, height)])
    moves = torch.randn(
        len(digits), spline.size // 2, 2, generator=generator, device=generator.device
    )
    grid = spline.grid((moves * reach.to(moves)).flatten(1), (height, width))
    # Bicubic, because the distortion interpolates a second time: bilinear twice would blur the
    # training digits, and the test digits have no such blur.
    return sample(digits, grid, kernel="bicubic").clamp(0, 1)
