"""How far a foreground that was laid on a background is from where it belongs.

Where it belongs is known, as the four corners of its box in the picture, beside the four where
it lies at the start.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor

from stnviz.records import Step
from stnviz.transforms import create_transform
from stnviz.transforms.matrix import inverse_matrix
from stnviz.transforms.projective import as_projective


def corner_errors_per_step(
    steps: Sequence[Step[Tensor]], corners: Float[Tensor, "b 8 2"]
) -> Float[Tensor, "t b"]:
    """What :func:`corner_errors` are at the start and after each step."""
    transform = create_transform(steps[0].transform)
    still = transform.identity().to(corners).expand(len(corners), -1)
    thetas = [still, *(step.theta for step in steps)]
    return torch.stack(
        [corner_errors(as_projective(transform, theta), corners) for theta in thetas]
    )


def corner_errors(
    answers: Float[Tensor, "b 8"], corners: Float[Tensor, "b 8 2"]
) -> Float[Tensor, " b"]:
    """How far the corners of glasses are from where they belong, on average, in half pictures.

    Args:
        answers: projective maps from the picture to that of the glasses.
        corners: where they are at the start, four, and where they belong, four.
    """
    start, wanted = corners.split(4, dim=1)
    return (output_corners(answers, start) - wanted).norm(dim=2).mean(dim=1)


def output_corners(
    answers: Float[Tensor, "b 8"], points: Float[Tensor, "b n 2"]
) -> Float[Tensor, "b n 2"]:
    """Where points of a foreground are seen in the picture: there the map looks at them.

    Args:
        answers: projective maps from the picture to the foreground.
        points: of the foreground, (x, y) in [-1, 1].
    """
    matrix = torch.cat([answers, torch.ones_like(answers[:, :1])], dim=1)
    matrix, places = matrix.cpu().double(), points.cpu().double()  # an Apple GPU has no float64
    inverse = inverse_matrix(matrix.unflatten(1, (3, 3)))
    flat = places @ inverse[:, :, :2].mT + inverse[:, None, :, 2]
    return (flat[..., :2] / flat[..., 2:]).to(points.dtype).to(points.device)
