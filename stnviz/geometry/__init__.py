"""Coordinate conversions to and from theta: pixels, boxes, OpenCV matrices, align_corners=True."""

from stnviz.geometry.boxes import box_to_theta, theta_to_box
from stnviz.geometry.matrices import (
    align_corners_to_theta,
    matrix_to_theta,
    opencv_to_theta,
    theta_to_align_corners,
    theta_to_opencv,
)
from stnviz.geometry.pixels import (
    pixel_boxes_to_unit,
    pixel_points_to_unit,
    unit_to_pixel_boxes,
    unit_to_pixel_points,
)
from stnviz.geometry.through import (
    PixelWarp,
    inverse_points,
)

__all__ = [
    "PixelWarp",
    "align_corners_to_theta",
    "box_to_theta",
    "inverse_points",
    "matrix_to_theta",
    "opencv_to_theta",
    "pixel_boxes_to_unit",
    "pixel_points_to_unit",
    "theta_to_align_corners",
    "theta_to_box",
    "theta_to_opencv",
    "unit_to_pixel_boxes",
    "unit_to_pixel_points",
]
