"""Affine transforms (parallel lines stay parallel): translation, similarity, attention, affine."""

from __future__ import annotations

import torch
from torch import Tensor

from stnviz.records import Parameter
from stnviz.shapes import Float
from stnviz.transforms.contract import NotComposable, NotInvertible, register
from stnviz.transforms.matrix import AffineFamily

SHIFT_X = Parameter("shift_x", 0.0, -1.0, 1.0, "half", "Moves the window right, in half images.")
SHIFT_Y = Parameter("shift_y", 0.0, -1.0, 1.0, "half", "Moves the window down, in half images.")
SCALE = Parameter("scale", 1.0, 0.2, 2.0, "x", "Size of the window; below 1 it zooms in.")


def _rows(*numbers: Tensor) -> Float[Tensor, "b 2 3"]:
    return torch.stack(numbers, dim=1).unflatten(1, (2, 3))


@register
class Translation(AffineFamily):
    """Translates a window of fixed size.

    Args:
        scale: size of the window, which is never learned: 0.5 in the paper's bird networks.
        aspect: width over height of the images.
    """

    name, title = "translation", "Translation"
    source = "Jaderberg et al. 2015, section 3.2, eq. 2 with s = 1, section 4.3 with s = 0.5"
    parameters = (SHIFT_X, SHIFT_Y)

    def __init__(self, scale: float = 1.0, *, aspect: float = 1.0) -> None:
        super().__init__(aspect=aspect)
        self.scale = scale

    def rows(self, theta: Float[Tensor, "b 2"]) -> Float[Tensor, "b 2 3"]:
        size, zero = torch.full_like(theta[:, 0], self.scale), torch.zeros_like(theta[:, 0])
        return _rows(size, zero, theta[:, 0], zero, size, theta[:, 1])

    def from_rows(self, rows: Float[Tensor, "b 2 3"]) -> Float[Tensor, "b 2"]:
        return rows[:, :, 2]

    def compose(
        self, outer: Float[Tensor, "b 2"], inner: Float[Tensor, "b 2"]
    ) -> Float[Tensor, "b 2"]:
        if self.scale != 1:
            raise NotComposable(
                f"Two translations of a window of size {self.scale:g} are none of that size: "
                "use attention, whose size is free."
            )
        return super().compose(outer, inner)

    def inverse(self, theta: Float[Tensor, "b 2"]) -> Float[Tensor, "b 2"]:
        if self.scale != 1:
            raise NotInvertible(
                f"A translation of a window of size {self.scale:g} has no inverse of its own kind: "
                "use attention, whose size is free."
            )
        return super().inverse(theta)


@register
class Similarity(AffineFamily):
    """Rotates, scales and translates the window; squares in pixels stay squares.

    In pixels the linear part is scale * rotation. Over [-1, 1] it is
    scale * [[cos, -sin / aspect], [aspect * sin, cos]], which is the same for square images.

    Args:
        aspect: width over height of the images. With a wrong value, rotating an image that is not
            square shears it.
    """

    name, title = "similarity", "Similarity"
    source = "Jaderberg et al. 2015, section 3.2 (a constrained eq. 1)"
    parameters = (
        Parameter("angle", 0.0, -3.1416, 3.1416, "rad", "Turns the window clockwise."),
        SCALE,
        SHIFT_X,
        SHIFT_Y,
    )

    def rows(self, theta: Float[Tensor, "b 4"]) -> Float[Tensor, "b 2 3"]:
        angle, scale, shift_x, shift_y = theta.unbind(dim=1)
        along, across = scale * angle.cos(), scale * angle.sin()
        return _rows(along, -across / self.aspect, shift_x, across * self.aspect, along, shift_y)

    def from_rows(self, rows: Float[Tensor, "b 2 3"]) -> Float[Tensor, "b 4"]:
        along, across = rows[:, 0, 0], rows[:, 1, 0] / self.aspect
        angle, scale = torch.atan2(across, along), (along.square() + across.square()).sqrt()
        return torch.stack([angle, scale, rows[:, 0, 2], rows[:, 1, 2]], dim=1)


@register
class Attention(AffineFamily):
    """Scales and translates an upright window: attention in Jaderberg et al. 2015."""

    name, title = "attention", "Attention"
    source = "Jaderberg et al. 2015, eq. 2"
    parameters = (SCALE, SHIFT_X, SHIFT_Y)

    def rows(self, theta: Float[Tensor, "b 3"]) -> Float[Tensor, "b 2 3"]:
        scale, shift_x, shift_y = theta.unbind(dim=1)
        zero = torch.zeros_like(scale)
        return _rows(scale, zero, shift_x, zero, scale, shift_y)

    def from_rows(self, rows: Float[Tensor, "b 2 3"]) -> Float[Tensor, "b 3"]:
        return torch.stack([rows[:, 0, 0], rows[:, 0, 2], rows[:, 1, 2]], dim=1)


@register
class Affine(AffineFamily):
    """Six free parameters: rotation, scale, shear and translation."""

    name, title = "affine", "Affine"
    source = "Jaderberg et al. 2015, eq. 1"
    parameters = (
        Parameter("a", 1.0, -2.0, 2.0, "", "x of the input for each x of the output."),
        Parameter("b", 0.0, -2.0, 2.0, "", "x of the input for each y of the output."),
        SHIFT_X,
        Parameter("c", 0.0, -2.0, 2.0, "", "y of the input for each x of the output."),
        Parameter("d", 1.0, -2.0, 2.0, "", "y of the input for each y of the output."),
        SHIFT_Y,
    )

    def rows(self, theta: Float[Tensor, "b 6"]) -> Float[Tensor, "b 2 3"]:
        return theta.unflatten(1, (2, 3))

    def from_rows(self, rows: Float[Tensor, "b 2 3"]) -> Float[Tensor, "b 6"]:
        return rows.flatten(1)
