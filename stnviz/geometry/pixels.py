"""Convert points and boxes between pixels and [-1, 1].

Two pixel conventions are in use, half a pixel apart. A *point* counts centres, as in OpenCV and
scipy: (0, 0) is the centre of the top left pixel, and in an image W wide the centre of the last
pixel is at W - 1. A *box* counts edges, as in torchvision and COCO: (0, 0, W, H) is the whole
image. Each function states which convention it uses; x comes before y in both.
"""

from __future__ import annotations

import torch
from torch import Tensor

from stnviz.coordinates import Size
from stnviz.shapes import Float


def pixel_points_to_unit(points: Float[Tensor, "*n 2"], size: Size) -> Float[Tensor, "*n 2"]:
    """Convert pixel points to [-1, 1]: ``(2 x + 1) / W - 1``, as in :mod:`stnviz.coordinates`.

    Args:
        points: (x, y), where (0, 0) is the centre of the top left pixel.
        size: (height, width) of the image in pixels.
    """
    return (2 * points + 1) / _extent(points, size) - 1


def unit_to_pixel_points(xy: Float[Tensor, "*n 2"], size: Size) -> Float[Tensor, "*n 2"]:
    """Convert points in [-1, 1] to pixel points; (0, 0) is the centre of the top left pixel.

    Args:
        xy: (x, y) in [-1, 1].
        size: (height, width) of the image in pixels.
    """
    return ((xy + 1) * _extent(xy, size) - 1) / 2


def pixel_boxes_to_unit(boxes: Float[Tensor, "*n 4"], size: Size) -> Float[Tensor, "*n 4"]:
    """Convert boxes in pixels to [-1, 1]: ``2 x / W - 1``.

    Args:
        boxes: (x0, y0, x1, y1) in pixels, edge to edge: (0, 0, W, H) is the whole image.
        size: (height, width) of the image in pixels.
    """
    corners = boxes.unflatten(-1, (2, 2))
    return (2 * corners / _extent(boxes, size) - 1).flatten(-2)


def unit_to_pixel_boxes(boxes: Float[Tensor, "*n 4"], size: Size) -> Float[Tensor, "*n 4"]:
    """Convert boxes in [-1, 1] to boxes in pixels, edge to edge.

    Args:
        boxes: (x0, y0, x1, y1) in [-1, 1].
        size: (height, width) of the image in pixels.
    """
    corners = boxes.unflatten(-1, (2, 2))
    return ((corners + 1) * _extent(boxes, size) / 2).flatten(-2)


def box_around(xy: Float[Tensor, "*n k 2"]) -> Float[Tensor, "*n 4"]:
    """The smallest upright box (x0, y0, x1, y1) that contains all K points."""
    return torch.cat([xy.amin(dim=-2), xy.amax(dim=-2)], dim=-1)


def _extent(like: Tensor, size: Size) -> Tensor:
    height, width = size
    if height < 1 or width < 1:
        raise ValueError(
            f"An image of {height} x {width} pixels has no coordinates: give (height, width) of at "
            "least 1 x 1."
        )
    return like.new_tensor([width, height])
