"""Matrices of OpenCV, and theta of models whose corners are aligned."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from stnviz.coordinates import Size, sample
from stnviz.geometry import (
    align_corners_to_theta,
    opencv_to_theta,
    theta_to_align_corners,
    theta_to_opencv,
)
from stnviz.transforms import (
    Affine,
    Attention,
    NotInvertible,
    Projective,
    Similarity,
    ThinPlateSpline,
    create_transform,
)

IN, OUT = (20, 31), (24, 17)


def pixel_matrix(rows: int) -> Tensor:
    """From the source to the result: turned, made smaller, moved, and tilted where it can be."""
    cos, sin = 0.7 * math.cos(0.4), 0.7 * math.sin(0.4)
    matrix = [[cos, -sin, 4.0], [sin, cos, 1.5], [0.004, -0.006, 1.0]]
    return torch.tensor([matrix[:rows]], dtype=torch.float64)


@pytest.mark.oracle
@pytest.mark.parametrize("inverse_map", [False, True])
@pytest.mark.parametrize("rows", [2, 3])
@pytest.mark.parametrize(("in_size", "out_size"), [(IN, OUT), (OUT, IN), (IN, IN)])
def test_reading_is_what_opencv_writes(
    in_size: Size, out_size: Size, rows: int, inverse_map: bool
) -> None:
    cv2 = pytest.importorskip("cv2")
    matrix, picture = pixel_matrix(rows), torch.rand(in_size)
    warp, transform = (
        (cv2.warpAffine, Affine()) if rows == 2 else (cv2.warpPerspective, Projective())
    )
    flags = cv2.INTER_LINEAR | (cv2.WARP_INVERSE_MAP if inverse_map else 0)
    theirs = warp(picture.numpy(), matrix[0].numpy(), out_size[::-1], flags=flags)
    theta = opencv_to_theta(transform, matrix, in_size, out_size, inverse_map=inverse_map)
    ours = sample(picture[None, None], transform.grid(theta.float(), out_size))[0, 0]
    np.testing.assert_allclose(ours.numpy(), theirs, rtol=0, atol=2e-5)
    assert theirs.std() > 0.1


@pytest.mark.law
@pytest.mark.parametrize("inverse_map", [False, True])
@pytest.mark.parametrize("name", ["translation", "similarity", "attention", "affine", "projective"])
def test_opencvs_matrix_comes_back(name: str, inverse_map: bool) -> None:
    transform = create_transform(name, aspect=31 / 20)
    theta = transform.identity().double() + 0.1 * torch.randn(3, transform.size).double()
    matrix = theta_to_opencv(transform, theta, IN, OUT, inverse_map=inverse_map)
    assert matrix.shape == (3, 3 if name == "projective" else 2, 3)
    back = opencv_to_theta(transform, matrix, IN, OUT, inverse_map=inverse_map)
    torch.testing.assert_close(back, theta)


@pytest.mark.feature
def test_a_rotation_of_opencv_is_a_similarity_that_knows_the_aspect() -> None:
    cv2 = pytest.importorskip("cv2")
    size = (24, 96)
    centre = ((size[1] - 1) / 2, (size[0] - 1) / 2)
    matrix = torch.from_numpy(cv2.getRotationMatrix2D(centre, 30, 1.25))[None]
    theta = opencv_to_theta(Similarity(aspect=4), matrix, size, size)
    # OpenCV turns what is seen counter-clockwise; so the window turns clockwise.
    expected = torch.tensor([[math.radians(30), 0.8, 0.0, 0.0]], dtype=torch.float64)
    torch.testing.assert_close(theta, expected, rtol=0, atol=1e-9)
    with pytest.raises(ValueError, match="choose affine"):
        opencv_to_theta(Similarity(), matrix, size, size)


@pytest.mark.oracle
@pytest.mark.parametrize(("in_size", "out_size"), [(IN, OUT), (OUT, IN), (IN, IN)])
def test_a_model_with_aligned_corners_reads_the_same(in_size: Size, out_size: Size) -> None:
    image = torch.rand(2, 1, *in_size, dtype=torch.float64)
    theirs = Affine().identity().double() + 0.1 * torch.randn(2, 6).double()
    grid = F.affine_grid(theirs.unflatten(1, (2, 3)), [2, 1, *out_size], align_corners=True)
    expected = F.grid_sample(image, grid, align_corners=True)
    theta = align_corners_to_theta(Affine(), theirs, in_size, out_size)
    read = sample(image, Affine().grid(theta, out_size))
    torch.testing.assert_close(read, expected, rtol=0, atol=1e-10)
    wrong = sample(image, Affine().grid(theirs, out_size))
    assert (wrong - expected).abs().max() > 0.05


@pytest.mark.law
@pytest.mark.parametrize("name", ["translation", "attention", "affine", "projective"])
def test_aligned_corners_come_back(name: str) -> None:
    transform = create_transform(name)
    theta = transform.identity().double() + 0.1 * torch.randn(3, transform.size).double()
    there = theta_to_align_corners(transform, theta, IN, IN)
    torch.testing.assert_close(align_corners_to_theta(transform, there, IN, IN), theta)
    assert not torch.allclose(there, theta, atol=1e-4)


@pytest.mark.exception
def test_what_a_family_does_not_hold_is_refused_with_one_that_does() -> None:
    half = Attention().identity()[None] * torch.tensor([0.5, 0, 0])
    with pytest.raises(ValueError, match="Attention cannot do what a matrix does: choose affine"):
        align_corners_to_theta(Attention(), half, IN, OUT)
    with pytest.raises(ValueError, match=r"Affine cannot do what .* or projective"):
        opencv_to_theta(Affine(), pixel_matrix(3), IN, OUT)
    spline = ThinPlateSpline()
    with pytest.raises(ValueError, match="is no matrix"):
        theta_to_opencv(spline, spline.identity()[None], IN, OUT)


@pytest.mark.exception
def test_what_has_no_theta_is_refused() -> None:
    with pytest.raises(NotInvertible, match="row 0 squeezes"):
        opencv_to_theta(Affine(), torch.zeros(1, 2, 3), IN, OUT)
    with pytest.raises(ValueError, match="at least 2 x 2"):
        align_corners_to_theta(Affine(), Affine().identity()[None], (1, 9), OUT)
    with pytest.raises(ValueError, match="give one of 2 x 3 or 3 x 3"):
        opencv_to_theta(Affine(), torch.zeros(1, 4, 3), IN, OUT)
    centre = theta_to_opencv(Projective(), Projective().identity()[None], IN, IN, inverse_map=True)
    centre[0, 2] = torch.tensor([1.0, 0.0, -15.0])  # the depth is 0 in the middle, at x = 15
    with pytest.raises(ValueError, match="sends the output's centre to the horizon"):
        opencv_to_theta(Projective(), centre, IN, IN, inverse_map=True)
