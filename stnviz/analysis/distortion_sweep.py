"""Parameter sweep: error against one distortion parameter, to measure generalisation."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch

from stnviz.data.digits import Digits
from stnviz.data.distort import distort, draw_values
from stnviz.data.distortions import DISTORTIONS
from stnviz.models import Model

SEED = 1_998
"""Seed of the other parameters' values; the year of MNIST."""

TOGETHER = 500


def sweep_error(
    model: Model, data: str, parameter: str, values: Sequence[float], digits: Digits
) -> Iterator[float]:
    """Compute the error at each value of one parameter, in order.

    The other parameters are drawn as in training, the same for every value, so the curve shows
    the effect of this parameter alone.

    Args:
        model: in eval mode.
        data: name of the distortion.
        parameter: name of the parameter that is varied.
        values: its values.
        digits: clean digits.

    Raises:
        ValueError: the distortion has no such parameter.
    """
    distortion = DISTORTIONS.get(data)
    names = [p.name for p in distortion.parameters]
    if parameter not in names:
        raise ValueError(f"{data} has no parameter {parameter!r}: choose of {', '.join(names)}.")
    column = names.index(parameter)
    images = torch.from_numpy(digits.images)[:, None].float() / 255
    labels = torch.from_numpy(digits.labels).long()
    for value in values:
        generator = torch.Generator().manual_seed(SEED)
        wrong = 0
        for part, answers in zip(images.split(TOGETHER), labels.split(TOGETHER), strict=True):
            drawn = draw_values(distortion, len(part), generator)
            drawn[:, column] = value
            shown = distort(distortion, part, drawn, generator).images
            with torch.inference_mode():
                predicted = model(shown).logits.argmax(dim=1)
            wrong += int((predicted != answers).sum())
        yield wrong / len(digits)
