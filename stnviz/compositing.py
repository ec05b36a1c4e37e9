"""Laying one picture on another."""

from __future__ import annotations

from jaxtyping import Float
from torch import Tensor


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
