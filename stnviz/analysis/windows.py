"""Windows of transformers in the input image, also of those that warp feature maps.

Parallel transformers each sample the image itself. Transformers in sequence each sample the output
of the one before: the window of the last one in the image is then the composition of all their
maps, as drawn for the street numbers of Jaderberg et al. 2015 (section 4.2).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from stnviz.coordinates import base_grid, sample
from stnviz.data.image_source import ImageSource
from stnviz.models import Model, Output
from stnviz.models.inference import evaluation_mode
from stnviz.records import Predictions, Step, View
from stnviz.shapes import Float
from stnviz.transforms import Transform, create_transform
from stnviz.transforms.thin_plate_spline import control_points

CORNERS = ((-1.0, -1.0), (1.0, -1.0), (1.0, 1.0), (-1.0, 1.0))


def group_by_lane(
    steps: Sequence[Step[Tensor]], *, multi_step: bool = False
) -> list[list[Step[Tensor]]]:
    """Group steps into lanes: the steps of each parallel transformer, in order of their ticks.

    Args:
        steps: of one forward pass.
        multi_step: as :attr:`stnviz.models.Model.multi_step`: each step then samples the image
            itself and forms a group of its own.
    """
    lanes: dict[tuple[int, int], list[Step[Tensor]]] = {}
    for step in sorted(steps, key=lambda step: (step.lane, step.tick)):
        lanes.setdefault((step.lane, step.tick if multi_step else 0), []).append(step)
    return list(lanes.values())


def sampled_lattices(
    ticks: Sequence[Step[Tensor]],
    xy: Float[Tensor, "n 2"],
    options: Mapping[str, Any] | None = None,
) -> Float[Tensor, "b n 2"]:
    """The points of the first input that are sampled at points of the last output.

    Args:
        ticks: steps in sequence, each on the output of the one before.
        xy: points of the last output, in [-1, 1].
        options: constructor options of the transform.
    """
    transform = create_transform(ticks[0].transform, **(options or {}))
    return compose_lattices(transform, [step.theta for step in ticks], xy)


def compose_lattices(
    transform: Transform, thetas: Sequence[Float[Tensor, "b p"]], xy: Float[Tensor, "n 2"]
) -> Float[Tensor, "b n 2"]:
    """Map points through a sequence of maps of one family, each on the output of the one before."""
    points = xy.to(thetas[0]).expand(len(thetas[0]), -1, 2)
    for theta in reversed(thetas):
        points = transform.points(theta, points)
    return points


def transform_options(model: Model) -> Mapping[str, Any]:
    """The constructor options of a model's transform."""
    found: Mapping[str, Any] = getattr(model.config, "transform_options", {})
    return found


def window_corners(model: Model, output: Output) -> Float[Tensor, "b lanes 4 2"]:
    """The corners of every window in the image."""
    corners = torch.tensor(CORNERS)
    if not output.steps:
        return torch.zeros(len(output.logits), 0, len(CORNERS), 2)
    return torch.stack(
        [
            sampled_lattices(ticks, corners, transform_options(model))
            for ticks in group_by_lane(output.steps, multi_step=model.multi_step)
        ],
        dim=1,
    )


def windows_per_tick(model: Model, output: Output) -> Float[Tensor, "b ticks 4 2"]:
    """The corners, in the image, of the window after each step of a single lane.

    Raises:
        ValueError: there are parallel transformers; use :func:`window_corners` for these.
    """
    (ticks,) = group_by_lane(output.steps)
    corners, options = torch.tensor(CORNERS), transform_options(model)
    return torch.stack(
        [sampled_lattices(ticks[:stage], corners, options) for stage in range(1, len(ticks) + 1)],
        dim=1,
    )


def predict(model: Model, pictures: ImageSource, wrong: Any) -> Predictions:
    """Run a model once on every image of a test set; return its predictions and windows.

    Args:
        model: with transformers, on its device.
        pictures: a test set.
        wrong: the experiment's function of logits and labels that marks wrong predictions.
    """
    rows = []
    with evaluation_mode(model):
        for images, labels in pictures.once():
            output = model(images)
            answers = output.logits.argmax(dim=-1)
            corners = window_corners(model, output)
            rows.append((labels, answers, wrong(output.logits, labels), corners))
    shown, answers, missed, places = (
        torch.cat(column).cpu().numpy() for column in zip(*rows, strict=True)
    )
    return Predictions(shown, answers, missed, places, pictures.source)


def view_windows(model: Model, images: Float[Tensor, "1 c h w"], lattice: int) -> View:
    """Run a network on one image; return its windows and crops after each step.

    Args:
        model: with transformers, in eval mode, on the CPU.
        images: a batch of one image.
        lattice: L, points along each side of a window.
    """
    with torch.inference_mode():
        output = model(images)
        if not output.steps:
            none = np.zeros((0, *images.shape[1:]), np.float32)
            nowhere = np.zeros((1, 0, lattice * lattice, 2), np.float32)
            return View(images[0].numpy(), nowhere, (none,), output.logits[0].numpy())
        lattices, crops = windows_on(model, output, images, control_points(lattice))
    return View(
        images[0].numpy(), lattices.numpy(), tuple(crop.numpy() for crop in crops),
        output.logits[0].numpy(),
    )  # fmt: skip


def windows_on(
    model: Model, output: Output, images: Float[Tensor, "1 c h w"], xy: Float[Tensor, "n 2"]
) -> tuple[Float[Tensor, "ticks lanes n 2"], tuple[Float[Tensor, "lanes c h2 w2"], ...]]:
    """The windows of all transformers on one image, and their crops, after each step.

    Args:
        model: with transformers.
        output: of the model for ``images``.
        images: a batch of one image.
        xy: points of a window, in [-1, 1].
    """
    options = transform_options(model)
    lanes = group_by_lane(output.steps, multi_step=model.multi_step)
    stages = range(1, len(lanes[0]) + 1)
    lattices = torch.stack(
        [
            torch.cat([sampled_lattices(ticks[:stage], xy, options) for ticks in lanes])
            for stage in stages
        ]
    )
    crops = tuple(
        torch.cat([read(images, ticks[:stage], options) for ticks in lanes]) for stage in stages
    )
    return lattices, crops


def read(
    images: Float[Tensor, "b c h w"], ticks: Sequence[Step[Tensor]], options: Mapping[str, Any]
) -> Float[Tensor, "b c h2 w2"]:
    """The output of a single step; of several, the image sampled once by the composed maps."""
    if len(ticks) == 1:
        return ticks[0].output.float()
    size = images.shape[-2], images.shape[-1]
    grid = sampled_lattices(ticks, base_grid(size).flatten(0, 1), options)
    return sample(images, grid.unflatten(1, size))
