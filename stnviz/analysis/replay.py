"""A history as something to look at: where each transformer looked, and what it read there.

A history holds thetas only. Grids and outputs follow from them and the probe's pictures, so
a small file replays a whole training.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray

from stnviz.coordinates import Size, sample
from stnviz.records import Array, History
from stnviz.transforms import Transform
from stnviz.transforms.thin_plate_spline import control_points


@dataclass(frozen=True)
class Replay:
    """What one transformer did to the probe at every moment.

    Args:
        lattices: (N, B, L * L, 2) where a regular lattice of the output looked.
        outputs: (N, B, h, w) uint8 what was read.
        poses: N lists of B descriptions of theta, None where theta is no numbers.
    """

    lattices: NDArray[np.float32]
    outputs: NDArray[np.uint8]
    poses: list[list[dict[str, float] | None]]


def replay(
    history: History,
    transform: Transform,
    output_size: Size,
    lattice: int,
    *,
    pool: int = 1,
    index: int = 0,
) -> Replay:
    """Rebuild what transformer ``index`` did.

    Args:
        history: with at least one moment.
        transform: its family.
        output_size: (height, width) of what it reads out.
        lattice: L, points along each side, from edge to edge.
        pool: average-pooling of the output, as the classifier sees it.
        index: which transformer, in order of (tick, lane).
    """
    images = torch.from_numpy(history.images).float() / 255
    thetas = [torch.from_numpy(np.array(m.thetas[index])) for m in history.moments]
    points = control_points(lattice)
    lattices, outputs, poses = [], [], []
    with torch.inference_mode():
        for theta in thetas:
            lattices.append(_array(transform.points(theta, points.expand(len(theta), -1, 2))))
            read = F.avg_pool2d(sample(images, transform.grid(theta, output_size)), pool)[:, 0]
            outputs.append(_array((read.nan_to_num().clamp(0, 1) * 255).round().to(torch.uint8)))
            poses.append([_plain(transform.pose(row)) for row in theta])
    return Replay(np.stack(lattices), np.stack(outputs), poses)


def _plain(pose: dict[str, float] | None) -> dict[str, float] | None:
    return pose and {name: round(value, 4) for name, value in pose.items()}


def _array(tensor: torch.Tensor) -> Array:
    array: Array = tensor.cpu().numpy()
    return array
