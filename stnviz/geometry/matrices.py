"""Convert theta to and from matrices of other conventions: OpenCV pixels, align_corners=True.

They describe the same map in different coordinates. Let the matrix ``A`` convert our [-1, 1] to
the other coordinates. A map ``M`` from output to input in those coordinates is then
``A_in^-1 M A_out`` in ours. Input and output may differ in size. All is computed in float64.
"""

from __future__ import annotations

import torch
from torch import Tensor

from stnviz.coordinates import Size
from stnviz.shapes import Float
from stnviz.transforms import Projective, Transform
from stnviz.transforms.matrix import SMALLEST_DETERMINANT, AffineFamily, inverse_matrix

NEAR = 1e-4
"""Largest difference of an element at which a matrix still counts as one of the family's."""


def matrix_to_theta(transform: Transform, matrix: Float[Tensor, "b 3 3"]) -> Float[Tensor, "b p"]:
    """Theta of a homogeneous matrix over [-1, 1], from the output to the input.

    Raises:
        ValueError: the family has no matrix form, or cannot represent this matrix.
    """
    corner = matrix[:, 2:, 2:]
    if bool((corner.abs() < SMALLEST_DETERMINANT).any()):
        raise ValueError(
            "A matrix sends the output's centre to the horizon and has no theta: choose another."
        )
    matrix = matrix / corner
    if isinstance(transform, Projective):
        return matrix.flatten(1)[:, :8]
    if not isinstance(transform, AffineFamily):
        raise ValueError(f"{transform.title} is no matrix: choose affine or projective.")
    theta = transform.from_rows(matrix[:, :2])
    if not torch.allclose(transform.matrix(theta), matrix, rtol=0, atol=NEAR):
        raise ValueError(
            f"{transform.title} cannot do what a matrix does: choose affine, or projective where "
            "the last row is not 0 0 1."
        )
    return theta


def opencv_to_theta(
    transform: Transform,
    matrix: Float[Tensor, "b r 3"],
    in_size: Size,
    out_size: Size,
    *,
    inverse_map: bool = False,
) -> Float[Tensor, "b p"]:
    """Theta of the warp that ``cv2.warpAffine`` or ``cv2.warpPerspective`` applies.

    Behind the horizon of a projective map OpenCV shows the image mirrored; here only padding is
    sampled.

    Args:
        transform: family of the result: affine for a 2 x 3 matrix, projective for a 3 x 3.
        matrix: (B, 2, 3) or (B, 3, 3) over pixels whose centres are 0, 1, 2, ...
        in_size: (height, width) of the source.
        out_size: (height, width) of the result; OpenCV's ``dsize`` is (width, height).
        inverse_map: as OpenCV's flag ``WARP_INVERSE_MAP``: the matrix maps the result to the
            source. By default it maps the source to the result.

    Raises:
        NotInvertible: the matrix maps the source to the result and has no inverse.
        ValueError: the matrix has another shape, or the family cannot represent the map.
    """
    if matrix.shape[1] not in (2, 3):
        raise ValueError(
            f"A matrix of {matrix.shape[1]} x 3 is none of OpenCV's: give one of 2 x 3 or 3 x 3."
        )
    square = matrix.double()
    if square.shape[1] == 2:
        last = square.new_tensor([0.0, 0.0, 1.0]).expand(len(square), 1, 3)
        square = torch.cat([square, last], dim=1)
    if not inverse_map:
        square = inverse_matrix(square)
    into, out = _units(in_size).to(square), _pixels(out_size).to(square)
    return matrix_to_theta(transform, into @ square @ out).to(matrix.dtype)


def theta_to_opencv(
    transform: Transform,
    theta: Float[Tensor, "b p"],
    in_size: Size,
    out_size: Size,
    *,
    inverse_map: bool = False,
) -> Float[Tensor, "b r 3"]:
    """The matrix for ``cv2.warpPerspective``, or for ``cv2.warpAffine`` if the map is affine.

    Args:
        transform: any but the spline.
        theta: its parameters.
        in_size: (height, width) of the source.
        out_size: (height, width) of the result.
        inverse_map: return the matrix for the flag ``WARP_INVERSE_MAP``, which exists for every
            theta.

    Returns:
        (B, 3, 3) for a projective transform, else (B, 2, 3); float64.

    Raises:
        NotInvertible: ``inverse_map`` is False, and theta has no inverse.
        ValueError: the map has no matrix form.
    """
    square = _matrix(transform, theta)
    into, out = _pixels(in_size).to(square), _units(out_size).to(square)
    over_pixels = into @ square @ out
    if not inverse_map:
        over_pixels = inverse_matrix(over_pixels)
    return over_pixels[:, :2] if isinstance(transform, AffineFamily) else over_pixels


def align_corners_to_theta(
    transform: Transform, theta: Float[Tensor, "b p"], in_size: Size, out_size: Size
) -> Float[Tensor, "b p"]:
    """Convert theta of a model that builds and samples its grids with ``align_corners=True``.

    In that convention -1 and 1 are the *centres* of the outer pixels, so its coordinates are
    multiplied by ``(W - 1) / W`` here. If input and output differ in size, the two axes of
    attention may scale differently: use affine then.

    Args:
        transform: any but the spline, whose control points would move.
        theta: as that model predicts it.
        in_size: (height, width) of the input.
        out_size: (height, width) of the output.

    Raises:
        ValueError: a side is 1 pixel, where that convention has no coordinates, or the family
            cannot represent the map.
    """
    square = _matrix(transform, theta)
    into, out = (_shorter(size).to(square) for size in (in_size, out_size))
    return matrix_to_theta(transform, into @ square @ out.inverse()).to(theta.dtype)


def theta_to_align_corners(
    transform: Transform, theta: Float[Tensor, "b p"], in_size: Size, out_size: Size
) -> Float[Tensor, "b p"]:
    """The inverse of :func:`align_corners_to_theta`: theta for a model of that convention."""
    square = _matrix(transform, theta)
    into, out = (_shorter(size).to(square) for size in (in_size, out_size))
    return matrix_to_theta(transform, into.inverse() @ square @ out).to(theta.dtype)


def _matrix(transform: Transform, theta: Tensor) -> Tensor:
    matrix = transform.matrix(theta.double())
    if matrix is None:
        raise ValueError(f"{transform.title} is no matrix: choose affine or projective.")
    return matrix


def _pixels(size: Size) -> Tensor:
    """The matrix from [-1, 1] to OpenCV's pixel coordinates."""
    height, width = size
    rows = [[width / 2, 0, (width - 1) / 2], [0, height / 2, (height - 1) / 2], [0, 0, 1]]
    return torch.tensor(rows, dtype=torch.float64)


def _units(size: Size) -> Tensor:
    """The inverse of :func:`_pixels`."""
    height, width = size
    rows = [[2 / width, 0, 1 / width - 1], [0, 2 / height, 1 / height - 1], [0, 0, 1]]
    return torch.tensor(rows, dtype=torch.float64)


def _shorter(size: Size) -> Tensor:
    """The matrix from coordinates with align_corners=True to ours."""
    height, width = size
    if min(size) < 2:
        raise ValueError(
            f"An image of {height} x {width} pixels has no coordinates with align_corners=True: "
            "give one of at least 2 x 2."
        )
    scales = [(width - 1) / width, (height - 1) / height, 1.0]
    return torch.tensor(scales, dtype=torch.float64).diag()
