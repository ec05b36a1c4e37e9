"""Laying one picture on another.

A picture in *layers* has seven channels: a background's three, and a foreground's three with its
opacity.
"""

from __future__ import annotations

from typing import Final

from jaxtyping import Float
from torch import Tensor

from stnviz.coordinates import sample

LAYERS: Final = 7
"""Channels of a picture in layers."""


def lay_on(
    background: Float[Tensor, "b 3 h w"], foreground: Float[Tensor, "b 4 h w"]
) -> Float[Tensor, "b 3 h w"]:
    """The background seen through and around a foreground (Porter & Duff 1984, *over*).

    Args:
        background: in [0, 1].
        foreground: red, green, blue and opacity in [0, 1], not multiplied with each other.
    """
    colour, opacity = foreground[:, :3], foreground[:, 3:]
    return background + opacity * (colour - background)


def read_on(
    layers: Float[Tensor, "b 7 h w"], grid: Float[Tensor, "b h w 2"]
) -> Float[Tensor, "b 3 h w"]:
    """The background with the foreground as it is read at ``grid``."""
    return lay_on(layers[:, :3], sample(layers[:, 3:], grid))
