"""Run a network on a video clip and record its windows frame by frame."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor

from stnviz.analysis.windows import group_by_lane, read, sampled_lattices, transform_options
from stnviz.models import Model
from stnviz.records import Array, Track
from stnviz.shapes import UInt8
from stnviz.transforms.thin_plate_spline import control_points

TOGETHER = 16
"""Frames per batch; a page can show the progress after each batch."""


def track(
    model: Model, images: UInt8[Tensor, "n c h w"], lattice: int, *, together: int = TOGETHER
) -> Iterator[Track]:
    """Run a network on the frames of a clip, batch by batch.

    Iteration can stop at any time: the tracks yielded so far are complete.
    :meth:`Track.joined` joins them.

    Args:
        model: with transformers, in eval mode, on its device.
        images: frames of the network's input size, in order.
        lattice: L, points along each side of a window.
        together: frames per batch.

    Yields:
        The track of each batch of frames.

    Raises:
        ValueError: frames of another size, or a network without transformers.
    """
    size = (images.shape[-2], images.shape[-1])
    if size != tuple(model.config.input_size):
        wanted = " x ".join(map(str, model.config.input_size))
        raise ValueError(f"The network takes frames of {wanted} pixels, not {size[0]} x {size[1]}.")
    device = next((parameter.device for parameter in model.parameters()), torch.device("cpu"))
    for some in images.split(together):
        yield _tracked(model, some.to(device).float() / 255, lattice)


@torch.inference_mode()
def _tracked(model: Model, images: Tensor, lattice: int) -> Track:
    output = model(images)
    if not output.steps:
        raise ValueError(
            "This network has no transformer to follow: choose one with ST in its name."
        )
    xy, options = control_points(lattice), transform_options(model)
    lanes = group_by_lane(output.steps, multi_step=model.multi_step)
    windows = torch.stack([sampled_lattices(ticks, xy, options) for ticks in lanes], dim=1)
    crops = torch.stack([read(images, ticks, options) for ticks in lanes], dim=1)
    in_order = sorted(output.steps, key=lambda step: (step.tick, step.lane))
    return Track(
        tuple(_array(step.theta) for step in in_order),
        _array(windows),
        _array((255 * crops.nan_to_num().clamp(0, 1)).round().to(torch.uint8)),
        _array(output.logits.softmax(dim=-1)),
    )


def _array(tensor: Tensor) -> Array:
    array: Array = np.asarray(tensor.cpu())
    return array
