"""Where transformers look in the picture that went in, whichever maps they warped themselves.

Side by side, each looks at the picture itself. One after another, each looks at what the one
before has read: where the last of them looks in the picture is the composition of all, drawn
for the street numbers of Jaderberg et al. 2015 (section 4.2).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from stnviz.models import Model, Output
from stnviz.records import Step, Survey
from stnviz.training.pictures import Pictures
from stnviz.transforms import create_transform

CORNERS = ((-1.0, -1.0), (1.0, -1.0), (1.0, 1.0), (-1.0, 1.0))


def lanes_of(steps: Sequence[Step[Tensor]]) -> list[list[Step[Tensor]]]:
    """The steps of each transformer of several side by side, in order of their ticks."""
    lanes: dict[int, list[Step[Tensor]]] = {}
    for step in sorted(steps, key=lambda step: (step.lane, step.tick)):
        lanes.setdefault(step.lane, []).append(step)
    return list(lanes.values())


def looks(
    ticks: Sequence[Step[Tensor]],
    xy: Float[Tensor, "n 2"],
    options: Mapping[str, Any] | None = None,
) -> Float[Tensor, "b n 2"]:
    """Where points of the last output look in the first input.

    Args:
        ticks: steps one after another, each on the output of the one before.
        xy: points of the last output, in [-1, 1].
        options: constructor options of the transform.
    """
    points = xy.to(ticks[0].theta).expand(len(ticks[0].theta), -1, 2)
    for step in reversed(ticks):
        points = create_transform(step.transform, **(options or {})).points(step.theta, points)
    return points


def options_of(model: Model) -> Mapping[str, Any]:
    """The constructor options of a model's transform."""
    found: Mapping[str, Any] = getattr(model.config, "transform_options", {})
    return found


def corners_of(model: Model, output: Output) -> Float[Tensor, "b lanes 4 2"]:
    """The corners of every window in the picture."""
    corners = torch.tensor(CORNERS)
    return torch.stack(
        [looks(ticks, corners, options_of(model)) for ticks in lanes_of(output.steps)], dim=1
    )


def survey(model: Model, pictures: Pictures, wrong: Any) -> Survey:
    """Ask about every picture once and keep the answers and the windows.

    Args:
        model: with transformers, on its device.
        pictures: a test set.
        wrong: of the experiment: which answers count as wrong.
    """
    model.eval()
    rows = []
    with torch.inference_mode():
        for images, labels in pictures.once():
            output = model(images)
            answers = output.logits.argmax(dim=-1)
            corners = corners_of(model, output)
            rows.append((labels, answers, wrong(output.logits, labels), corners))
    columns = (torch.cat(column).cpu().numpy() for column in zip(*rows, strict=True))
    return Survey(*columns, pictures.source)
