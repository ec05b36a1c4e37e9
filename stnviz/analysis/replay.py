"""Replay of a training history: rebuild windows and transformer outputs from stored thetas.

A history stores only thetas. Sampling grids and outputs follow from them and the probe images, so
a small file can replay a whole training.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray

from stnviz.analysis.windows import compose_lattices
from stnviz.coordinates import Size, aspect_of, sample
from stnviz.models.volumes import flatten
from stnviz.records import Array, History
from stnviz.shapes import Float
from stnviz.transforms import Transform
from stnviz.transforms.thin_plate_spline import control_points


@dataclass(frozen=True)
class Replay:
    """The windows on the probe images at every snapshot.

    Args:
        lattices: (N, lanes, B, L * L, 2) image points sampled at a regular lattice of each window;
            of transformers in sequence, through all of them.
        poses: of a single transformer, N lists of B descriptions of theta, None where theta is
            not finite; empty for several transformers.
    """

    lattices: NDArray[np.float32]
    poses: list[list[dict[str, float] | None]]


def replay(history: History, transform: Transform, lattice: int) -> Replay:
    """Rebuild the windows of all transformers.

    Args:
        history: with at least one snapshot, of a network with transformers.
        transform: the family of all transformers.
        lattice: L, points along each side, from edge to edge.
    """
    points, aspect = control_points(lattice), aspect_of(history.images.shape[-2:])
    lattices, poses = [], []
    with torch.inference_mode():
        for snapshot in history.snapshots:
            thetas = [torch.from_numpy(np.array(theta)) for theta in snapshot.thetas]
            lanes = snapshot.ticks.count(0)
            composed = [compose_lattices(transform, thetas[k::lanes], points) for k in range(lanes)]
            lattices.append(_array(torch.stack(composed)))
            if len(thetas) == 1:
                poses.append([_plain(transform.pose(row, aspect)) for row in thetas[0]])
    return Replay(np.stack(lattices), poses)


def sample_windows(
    history: History, transform: Transform, size: Size, *, pool: int = 1
) -> NDArray[np.uint8]:
    """The output of a single transformer on grey images, at every snapshot.

    Args:
        history: with at least one snapshot.
        transform: its family.
        size: (height, width) of its output.
        pool: factor of the average pooling between the transformer and the classifier.

    Returns:
        (N, B, height / pool, width / pool), uint8.
    """
    images = torch.from_numpy(history.images).float() / 255
    outputs = []
    with torch.inference_mode():
        for snapshot in history.snapshots:
            grid = transform.grid(torch.from_numpy(np.array(snapshot.thetas[0])), size)
            seen = F.avg_pool2d(sample(images, grid), pool)[:, 0]
            outputs.append(_array((seen.nan_to_num().clamp(0, 1) * 255).round().to(torch.uint8)))
    return np.stack(outputs)


def flatten_probe(history: History, thickness: float) -> NDArray[np.uint8]:
    """(B, H, W): probe volumes, flattened along their depth; ``thickness`` slices are white."""
    return _flat(torch.from_numpy(history.images).float() / 255, thickness)


def flatten_windows(history: History, transform: Transform, thickness: float) -> NDArray[np.uint8]:
    """The output of a single transformer of volumes at every snapshot, flattened along its depth.

    Args:
        history: with at least one snapshot, of volumes.
        transform: its family.
        thickness: how many slices of 1 are white.

    Returns:
        (N, B, H, W), uint8.
    """
    volumes = torch.from_numpy(history.images).float() / 255
    with torch.inference_mode():
        thetas = (torch.from_numpy(np.array(one.thetas[0])) for one in history.snapshots)
        outputs = (
            sample(volumes, transform.grid(theta, tuple(volumes.shape[2:]))) for theta in thetas
        )
        return np.stack([_flat(output, thickness) for output in outputs])


def _flat(volumes: Float[torch.Tensor, "b 1 d h w"], thickness: float) -> NDArray[np.uint8]:
    pictures = flatten(volumes, thickness)[:, 0].nan_to_num().clamp(0, 1)
    return _array((pictures * 255).round().to(torch.uint8))


def _plain(pose: dict[str, float] | None) -> dict[str, float] | None:
    return pose and {name: round(value, 4) for name, value in pose.items()}


def _array(tensor: torch.Tensor) -> Array:
    array: Array = tensor.cpu().numpy()
    return array
