"""A map as others write its matrix: OpenCV's over pixels, and align_corners=True over [-1, 1].

All of them are one map in other coordinates. With the matrix ``A`` that takes [-1, 1] to theirs, a
map ``M`` of theirs from the output to the input is ``A_in^-1 M A_out`` in ours. Input and output
have sizes of their own. Everything is computed in float64.
"""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor

from stnviz.coordinates import Size
from stnviz.transforms import Projective, Transform
from stnviz.transforms.matrix import SMALLEST_DETERMINANT, AffineFamily, inverse_matrix

NEAR = 1e-4
"""How far a matrix may lie from the nearest one of a family and still count as one of it."""


def matrix_to_theta(transform: Transform, matrix: Float[Tensor, "b 3 3"]) -> Float[Tensor, "b p"]:
    """Theta of a homogeneous matrix over [-1, 1], from the output to the input.

    Raises:
        ValueError: the family has no matrices, or does not hold this one.
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
    """Theta that reads what ``cv2.warpAffine`` or ``cv2.warpPerspective`` writes.

    Behind the horizon of a projective map OpenCV mirrors the image; here it is not seen.

    Args:
        transform: the family to answer in: affine for a 2 x 3 matrix, projective for a 3 x 3.
        matrix: (B, 2, 3) or (B, 3, 3) over pixels whose centres are counted 0, 1, 2, ...
        in_size: (height, width) of the source.
        out_size: (height, width) of the result; OpenCV's ``dsize`` is (width, height).
        inverse_map: as with OpenCV's flag ``WARP_INVERSE_MAP``: the matrix goes from the result to
            the source. By default it goes from the source to the result.

    Raises:
        NotInvertible: it goes from the source to the result and has no inverse.
        ValueError: it is of another shape, or the family does not hold such maps.
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
    into, out = (_pixels(size).to(square) for size in (in_size, out_size))
    return matrix_to_theta(transform, into.inverse() @ square @ out).to(matrix.dtype)


def theta_to_opencv(
    transform: Transform,
    theta: Float[Tensor, "b p"],
    in_size: Size,
    out_size: Size,
    *,
    inverse_map: bool = False,
) -> Float[Tensor, "b r 3"]:
    """The matrix for ``cv2.warpPerspective``, or for ``cv2.warpAffine`` where the map is affine.

    Args:
        transform: any but the spline.
        theta: of it.
        in_size: (height, width) of the source.
        out_size: (height, width) of the result.
        inverse_map: the matrix for the flag ``WARP_INVERSE_MAP``, which exists for every theta.

    Returns:
        (B, 3, 3) for a projective transform, else (B, 2, 3); float64.

    Raises:
        NotInvertible: the matrix without that flag is asked for, and theta has no inverse.
        ValueError: the map is no matrix.
    """
    square = _matrix(transform, theta)
    into, out = (_pixels(size).to(square) for size in (in_size, out_size))
    over_pixels = into @ square @ out.inverse()
    if not inverse_map:
        over_pixels = inverse_matrix(over_pixels)
    return over_pixels[:, :2] if isinstance(transform, AffineFamily) else over_pixels


def align_corners_to_theta(
    transform: Transform, theta: Float[Tensor, "b p"], in_size: Size, out_size: Size
) -> Float[Tensor, "b p"]:
    """Theta here of a model whose grids are made and read with ``align_corners=True``.

    There -1 and 1 are the *centres* of the outer pixels, so that coordinates are shorter by
    ``(W - 1) / W`` here. Between inputs and outputs of different sizes attention's two axes scale
    differently: answer in affine then.

    Args:
        transform: any but the spline, whose points would lie elsewhere.
        theta: as that model says it.
        in_size: (height, width) of what is read.
        out_size: (height, width) of what comes out.

    Raises:
        ValueError: a size is 1, where that convention has no coordinates, or the family does not
            hold the map.
    """
    square = _matrix(transform, theta)
    into, out = (_shorter(size).to(square) for size in (in_size, out_size))
    return matrix_to_theta(transform, into @ square @ out.inverse()).to(theta.dtype)


def theta_to_align_corners(
    transform: Transform, theta: Float[Tensor, "b p"], in_size: Size, out_size: Size
) -> Float[Tensor, "b p"]:
    """The inverse of :func:`align_corners_to_theta`: theta for such a model."""
    square = _matrix(transform, theta)
    into, out = (_shorter(size).to(square) for size in (in_size, out_size))
    return matrix_to_theta(transform, into.inverse() @ square @ out).to(theta.dtype)


def _matrix(transform: Transform, theta: Tensor) -> Tensor:
    matrix = transform.matrix(theta.double())
    if matrix is None:
        raise ValueError(f"{transform.title} is no matrix: choose affine or projective.")
    return matrix


def _pixels(size: Size) -> Tensor:
    """From [-1, 1] to OpenCV's pixels."""
    height, width = size
    rows = [[width / 2, 0, (width - 1) / 2], [0, height / 2, (height - 1) / 2], [0, 0, 1]]
    return torch.tensor(rows, dtype=torch.float64)


def _shorter(size: Size) -> Tensor:
    """From coordinates with align_corners=True to ours."""
    height, width = size
    if min(size) < 2:
        raise ValueError(
            f"An image of {height} x {width} pixels has no coordinates with align_corners=True: "
            "give one of at least 2 x 2."
        )
    scales = [(width - 1) / width, (height - 1) / height, 1.0]
    return torch.tensor(scales, dtype=torch.float64).diag()
