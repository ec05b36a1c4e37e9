"""Alpha compositing of a foreground over a background image.

A *layered* image has seven channels: the background's three, the foreground's three, and the
foreground's opacity.
"""

from __future__ import annotations

from typing import Final

from torch import Tensor

from stnviz.coordinates import sample
from stnviz.shapes import Float

LAYERS: Final = 7
"""Channels of a layered image."""


def lay_on(
    background: Float[Tensor, "b 3 h w"], foreground: Float[Tensor, "b 4 h w"]
) -> Float[Tensor, "b 3 h w"]:
    """Composite a foreground over a background (Porter & Duff 1984, *over*).

    Args:
        background: in [0, 1].
        foreground: red, green, blue and opacity in [0, 1]; colours are not premultiplied.
    """
    colour, opacity = foreground[:, :3], foreground[:, 3:]
    return background + opacity * (colour - background)


def read_on(
    layers: Float[Tensor, "b 7 h w"], grid: Float[Tensor, "b h w 2"]
) -> Float[Tensor, "b 3 h w"]:
    """The background with the foreground sampled at ``grid`` composited over it."""
    return lay_on(layers[:, :3], sample(layers[:, 3:], grid))
