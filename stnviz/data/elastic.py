"""Bending of clean digits before they are distorted: more handwritings than there are.

Elastic bending is the oldest cure against learning MNIST by heart (Simard et al. 2003,
section 3); here a thin-plate spline does it, whose system is solved once for all digits.
"""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor

from stnviz.coordinates import pixel_length_to_unit, sample
from stnviz.transforms import create_transform


def elastic_deform(
    digits: Float[Tensor, "b 1 h w"], sigma: float, generator: torch.Generator
) -> Float[Tensor, "b 1 h w"]:
    """Move 4 x 4 points of each digit at random, and the digit with them.

    Args:
        digits: in [0, 1], on the generator's device.
        sigma: standard deviation of a point's move along each axis, in pixels.
        generator: draws the moves.
    """
    spline = create_transform("thin-plate-spline")
    height, width = digits.shape[-2:]
    reach = torch.tensor([pixel_length_to_unit(sigma, side) for side in (width, height)])
    moves = torch.randn(
        len(digits), spline.size // 2, 2, generator=generator, device=generator.device
    )
    grid = spline.grid((moves * reach.to(moves)).flatten(1), (height, width))
    # Bicubic, because the distortion interpolates a second time: twice bilinear is a blur that
    # the digits that judge do not have.
    return sample(digits, grid, kernel="bicubic").clamp(0, 1)
