"""Corner error: distance of a foreground on a background from its correct position.

The correct position is known: the four corners of the foreground's box in the image, given beside
the four corners at the start.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from stnviz.records import Step
from stnviz.shapes import Float
from stnviz.transforms import create_transform
from stnviz.transforms.matrix import inverse_matrix
from stnviz.transforms.projective import as_projective


def corner_errors_per_step(
    steps: Sequence[Step[Tensor]], corners: Float[Tensor, "b 8 2"]
) -> Float[Tensor, "t b"]:
    """The result of :func:`corner_errors` at the start and after each step."""
    transform = create_transform(steps[0].transform)
    still = transform.identity().to(corners).expand(len(corners), -1)
    thetas = [still, *(step.theta for step in steps)]
    return torch.stack(
        [corner_errors(as_projective(transform, theta), corners) for theta in thetas]
    )


def corner_errors(
    answers: Float[Tensor, "b 8"], corners: Float[Tensor, "b 8 2"]
) -> Float[Tensor, " b"]:
    """Mean distance of the foreground's corners from their correct positions, in half images.

    Args:
        answers: theta of projective maps from the image to the foreground.
        corners: the four corners at the start, then the four correct ones.
    """
    start, wanted = corners.split(4, dim=1)
    return (output_corners(answers, start) - wanted).norm(dim=2).mean(dim=1)


def output_corners(
    answers: Float[Tensor, "b 8"], points: Float[Tensor, "b n 2"]
) -> Float[Tensor, "b n 2"]:
    """Map points of a foreground to the image, by the inverse of the predicted maps.

    Args:
        answers: theta of projective maps from the image to the foreground.
        points: (x, y) in the foreground, in [-1, 1].
    """
    matrix = torch.cat([answers, torch.ones_like(answers[:, :1])], dim=1)
    matrix, places = matrix.cpu().double(), points.cpu().double()  # an Apple GPU has no float64
    inverse = inverse_matrix(matrix.unflatten(1, (3, 3)))
    flat = places @ inverse[:, :, :2].mT + inverse[:, None, :, 2]
    return (flat[..., :2] / flat[..., 2:]).to(points.dtype).to(points.device)
