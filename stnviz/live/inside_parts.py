"""Parts of an answer on the inside of a network: layers, images, rows of a landscape."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from stnviz.analysis.inside.gradients import Loss, losses_around
from stnviz.analysis.inside.localisation import Localisation
from stnviz.analysis.inside.opened import Opened, Sampler
from stnviz.geometry.matrices import theta_to_opencv
from stnviz.live.protocol import BadRequest, InsideRequest, encode_answer, to_uint8
from stnviz.records import Array

CHANNELS = 3
"""Feature maps with more channels than this are sent as their mean."""

EXACT = 60_000
"""An input with at most this many values is sent as floats, a larger one as bytes."""

CHUNK = 256
"""Values of theta that are tried together."""


def landscape_rows(
    request: InsideRequest, opened: Opened, theta: Tensor, sampler: Sampler, loss: Loss
) -> bytes:
    """Some rows of the losses around theta: the first axis lies along a row."""
    asked = request.landscape
    assert asked is not None
    if max(asked.axes) >= theta.shape[1] or max(asked.rows) >= asked.count:
        raise BadRequest("landscape", "Stay within theta and the landscape.", request.id)
    across, down = (
        torch.linspace(low, high, asked.count)
        for low, high in zip(asked.low, asked.high, strict=True)
    )
    thetas = theta.repeat(len(asked.rows) * asked.count, 1)
    thetas[:, asked.axes[0]] = across.repeat(len(asked.rows))
    thetas[:, asked.axes[1]] = down[asked.rows].repeat_interleave(asked.count)
    losses = torch.cat([losses_around(opened, some, loss, sampler) for some in thetas.split(CHUNK)])
    head = {"id": request.id, "rows": asked.rows, "count": asked.count, "axes": asked.axes}
    return encode_answer(head, {"losses": losses.unflatten(0, (-1, asked.count)).numpy()})


def image_arrays(opened: Opened) -> dict[str, Array]:
    """The image, and what the sampler reads: the image itself, or feature maps."""
    read = few_channels(opened.step.input[0])
    exact = read.numel() <= EXACT or bool((read < 0).any() or (read > 1).any())
    return {
        "image": to_uint8(opened.images[:, :CHANNELS].numpy())[0]
        if opened.images.shape[1] in (1, 3)
        else to_uint8(opened.images.amax(dim=1, keepdim=True).numpy())[0],
        "input": read.numpy() if exact else (255 * read).round().to(torch.uint8).numpy(),
    }


def few_channels(maps: Tensor) -> Tensor:
    """(C, h, w) with at most three channels: the mean of more."""
    return maps if len(maps) <= CHANNELS else maps.mean(dim=0, keepdim=True)


def layer_arrays(found: Localisation, arrays: dict[str, Array]) -> list[dict[str, Any]]:
    """Describe the layers of a localisation network; their values are added to ``arrays``."""
    heads = []
    for place, layer in enumerate(found.layers):
        values = layer.shown
        low, high = (float(end) for end in values.aminmax())
        levels = (values - low) / max(high - low, 1e-9)
        arrays[f"layer{place}"] = (255 * levels).round().to(torch.uint8).numpy()
        heads.append(
            {"name": layer.name, "low": low, "high": high, "shape": list(layer.values.shape)}
        )
    arrays |= {
        "features": found.features.numpy(),
        "weight": found.weight.numpy(),
        "bias": found.bias.numpy(),
    }
    return heads


def opencv_matrix(opened: Opened, theta: Tensor) -> list[list[float]] | None:
    """The map as OpenCV's matrix over pixels, from output to input; None if it has none."""
    into, out = (part.shape[-2:] for part in (opened.step.input, opened.step.output))
    try:
        found = theta_to_opencv(
            opened.transform, theta, (into[0], into[1]), (out[0], out[1]), inverse_map=True
        )
    except ValueError:
        return None
    rows: list[list[float]] = found[0].tolist()
    return rows
