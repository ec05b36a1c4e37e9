"""The same numbers from other people's code: ONNX, scipy and OpenCV, within 1e-5."""

from __future__ import annotations

import importlib
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor

from stnviz.coordinates import Kernel, Padding, Size, base_grid, sample
from stnviz.transforms import ThinPlateSpline, create_transform
from stnviz.transforms.projective import from_corners
from stnviz.transforms.thin_plate_spline import control_points, evaluate_splines, fit_splines

cv2 = pytest.importorskip("cv2")
interpolation = pytest.importorskip("scipy.interpolate")
ndimage = pytest.importorskip("scipy.ndimage")

pytestmark = pytest.mark.oracle

KERNEL_OF: dict[str, Kernel] = {"linear": "bilinear", "cubic": "bicubic", "nearest": "nearest"}


def close(ours: Tensor, theirs: NDArray[Any], atol: float = 1e-5) -> None:
    np.testing.assert_allclose(ours.numpy(), theirs, rtol=0, atol=atol)


def onnx_cases(operator: str, module: str) -> list[tuple[dict[str, Any], Any, Any]]:
    """ONNX's own examples of an operator, in two dimensions and in our convention.

    Each is (options, inputs, outputs).
    """
    pytest.importorskip("onnx")
    from onnx import helper
    from onnx.backend.test.case import node

    # Collecting every operator takes seconds; importing one module enters just its cases.
    importlib.import_module(f"onnx.backend.test.case.node.{module}")
    found = {}
    for case in node._NodeTestCases:
        asked = case.model.graph.node[0]
        options = {a.name: helper.get_attribute_value(a) for a in asked.attribute}
        ours = asked.op_type == operator and not options.get("align_corners")
        if ours and case.data_sets[0][1][0].ndim == 4:
            found[case.name] = options, *case.data_sets[0]
    return list(found.values())


def test_sample_agrees_with_onnx() -> None:
    modes, paddings = set(), set()
    for options, inputs, outputs in onnx_cases("GridSample", "gridsample"):
        kernel = KERNEL_OF[options.get("mode", b"linear").decode()]
        padding: Padding = options.get("padding_mode", b"zeros").decode()
        image, grid = (torch.from_numpy(np.array(array)) for array in inputs)
        # The bicubic tables are printed with four decimals.
        atol = 6e-5 if kernel == "bicubic" else 1e-5
        close(sample(image, grid, kernel=kernel, padding=padding), outputs[0], atol)
        modes.add(kernel)
        paddings.add(padding)
    assert modes == {"bilinear", "bicubic", "nearest"}
    assert paddings == {"zeros", "border", "reflection"}


def test_affine_grid_agrees_with_onnx() -> None:
    ((_, inputs, outputs),) = onnx_cases("AffineGrid", "affinegrid")
    theta, (_, _, height, width) = torch.from_numpy(np.array(inputs[0])), inputs[1].tolist()
    close(create_transform("affine").grid(theta.flatten(1), (height, width)), outputs[0])


@pytest.mark.parametrize("side", [3, 4, 5])
def test_the_spline_transform_agrees_with_scipy(side: int) -> None:
    theta = 0.2 * torch.randn(1, 2 * side**2)
    places = control_points(side).double()
    looks = places + theta[0].double().unflatten(0, (-1, 2))
    spline = interpolation.RBFInterpolator(
        places.numpy(), looks.numpy(), kernel="thin_plate_spline", degree=1
    )
    size = (12, 17)
    pixels = base_grid(size, dtype=torch.float64).flatten(0, 1)
    close(ThinPlateSpline(side).grid(theta, size)[0].flatten(0, 1), spline(pixels.numpy()))
    beyond = 3 * pixels[:50]
    points = ThinPlateSpline(side).points(theta.double(), beyond[None])[0]
    close(points, spline(beyond.numpy()))


def test_splines_with_their_own_centres_agree_with_scipy() -> None:
    centres = control_points(4) + 0.15 * torch.randn(40, 16, 2)
    values = control_points(4).expand(40, 16, 2)
    pixels = base_grid((28, 28)).flatten(0, 1)
    ours = evaluate_splines(centres, fit_splines(centres, values), pixels)
    for row in (0, 15, 16, 39):
        spline = interpolation.RBFInterpolator(
            centres[row].double().numpy(), values[row].double().numpy(),
            kernel="thin_plate_spline", degree=1,
        )  # fmt: skip
        close(ours[row], spline(pixels.double().numpy()))


def to_pixels(xy: Tensor, size: Size) -> Tensor:
    """OpenCV and scipy count pixel centres 0, 1, 2, ..."""
    height, width = size
    return ((xy + 1) * torch.tensor([width, height]).to(xy) - 1) / 2


def pixel_matrix(matrix: Tensor, size: Size) -> NDArray[np.float64]:
    """A matrix over [-1, 1] as one over OpenCV's pixels."""
    height, width = size
    unit = torch.tensor(
        [[2 / width, 0, 1 / width - 1], [0, 2 / height, 1 / height - 1], [0, 0, 1]]
    ).double()
    return (unit.inverse() @ matrix.double() @ unit).numpy()


@pytest.mark.parametrize("name", ["affine", "projective"])
def test_warps_agree_with_opencv(name: str) -> None:
    size, transform = (20, 31), create_transform(name)
    image = torch.rand(1, 1, *size)
    theta = transform.identity() + 0.1 * torch.randn(1, transform.size)
    matrix = transform.matrix(theta)
    assert matrix is not None
    pixels, flags = pixel_matrix(matrix[0], size), cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    picture = image[0, 0].numpy()
    if name == "affine":
        theirs = cv2.warpAffine(picture, pixels[:2], size[::-1], flags=flags)
    else:
        theirs = cv2.warpPerspective(picture, pixels, size[::-1], flags=flags)
    close(sample(image, transform.grid(theta, size))[0, 0], theirs)


@pytest.mark.parametrize("kernel", ["bilinear", "bicubic"])
@pytest.mark.parametrize("name", ["similarity", "projective", "thin-plate-spline"])
def test_reading_at_a_grid_agrees_with_opencv(name: str, kernel: Kernel) -> None:
    size, transform = (20, 31), create_transform(name)
    image = torch.rand(1, 1, *size)
    grid = transform.grid(transform.identity() + 0.1 * torch.randn(1, transform.size), size)
    x, y = (part.contiguous().numpy() for part in to_pixels(grid[0], size).unbind(-1))
    flag = {"bilinear": cv2.INTER_LINEAR, "bicubic": cv2.INTER_CUBIC}[kernel]
    close(sample(image, grid, kernel=kernel)[0, 0], cv2.remap(image[0, 0].numpy(), x, y, flag))


def test_corners_agree_with_opencv() -> None:
    target = 4 * torch.rand(1, 4, 2) + torch.tensor([[-8.0, -8], [8, -8], [8, 8], [-8, 8]])
    source = torch.randn(1, 4, 2)
    xy = 2 * torch.rand(1, 9, 2, dtype=torch.float64) - 1
    matrix = cv2.getPerspectiveTransform(target[0].numpy(), source[0].numpy())
    theta = from_corners(target.double(), source.double())
    theirs = cv2.perspectiveTransform(xy.numpy(), matrix)
    close(create_transform("projective").points(theta, xy), theirs)


@pytest.mark.parametrize(("kernel", "order"), [("nearest", 0), ("bilinear", 1)])
@pytest.mark.parametrize(("padding", "mode"), [("zeros", "grid-constant"), ("border", "nearest")])
def test_reading_anywhere_agrees_with_scipy(
    kernel: Kernel, order: int, padding: Padding, mode: str
) -> None:
    size = (9, 13)
    image, grid = torch.rand(1, 1, *size), 3 * torch.rand(1, 20, 20, 2) - 1.5
    places = to_pixels(grid[0].double(), size).flip(-1).permute(2, 0, 1).numpy()
    theirs = ndimage.map_coordinates(image[0, 0].numpy(), places, order=order, mode=mode)
    close(sample(image, grid, kernel=kernel, padding=padding)[0, 0], theirs)
