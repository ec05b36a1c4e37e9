"""The contract that every family of transforms keeps, and their registry.

A transform turns ``theta`` (B, P) into a map from output to input coordinates (see
:mod:`stnviz.coordinates`). The laws that hold for every member are tested over the
whole registry: the identity is exact, a grid equals points on the base grid, a batch
of two equals two of one, gradients are right, an inverse undoes, and a degenerate
theta gives a stated error or finite numbers, never a silent NaN.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from typing import Any, ClassVar

import torch
from jaxtyping import Float
from torch import Tensor

from stnviz.coordinates import Size
from stnviz.records import Parameter
from stnviz.registry import Registry


class NotInvertible(ValueError):
    """This transform, or this theta, has no inverse."""


class NotComposable(ValueError):
    """Two maps of this family, one after the other, are none of its maps."""


class Transform(ABC):
    """One family of maps from output to input coordinates.

    Args:
        aspect: width over height of the pictures that are looked at, 1 for square ones. Theta's
            angles and scales are those of pixels, so a turn of another picture needs to know it.

    Attributes:
        name: registered name, as in links, cards and commands.
        title: name for a person.
        source: paper and equation.
        invertible: whether :meth:`inverse` exists for every theta that is not degenerate.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    source: ClassVar[str]
    invertible: ClassVar[bool]
    aspect: float = 1.0

    def __init__(self, *, aspect: float = 1.0) -> None:
        if not (math.isfinite(aspect) and aspect > 0):
            raise ValueError(
                f"A picture cannot be {aspect:g} times as wide as high: give its width over its "
                "height."
            )
        self.aspect = float(aspect)

    @property
    @abstractmethod
    def parameters(self) -> tuple[Parameter, ...]:
        """The P numbers of theta, in order."""

    @abstractmethod
    def grid(self, theta: Float[Tensor, "b p"], size: Size) -> Float[Tensor, "b h w 2"]:
        """Where each output pixel of an image of ``size`` looks, as (x, y) in [-1, 1]."""

    @abstractmethod
    def points(
        self, theta: Float[Tensor, "b p"], xy: Float[Tensor, "b n 2"]
    ) -> Float[Tensor, "b n 2"]:
        """Where the output points ``xy`` look: the same map as :meth:`grid`, anywhere."""

    @abstractmethod
    def describe(self, theta: Float[Tensor, " p"], aspect: float | None = None) -> dict[str, float]:
        """Named numbers that a person reads: the pose of the window that is looked at.

        Keys ending in ``angle`` are radians, ``shift_*`` half images, ``scale*`` factors. Angles,
        factors and shears are those one measures in pixels.

        Args:
            theta: of one picture.
            aspect: width over height of that picture; the transform's own by default.
        """

    def pose(
        self, theta: Float[Tensor, " p"], aspect: float | None = None
    ) -> dict[str, float] | None:
        """What :meth:`describe` says; None where that would not be numbers."""
        if not bool(theta.isfinite().all()):
            return None
        found = self.describe(theta, aspect)
        return found if all(map(math.isfinite, found.values())) else None

    def matrix(self, theta: Float[Tensor, "b p"]) -> Float[Tensor, "b 3 3"] | None:
        """The homogeneous matrix of the map, or None where the map is no matrix."""
        return None

    def inverse(self, theta: Float[Tensor, "b p"]) -> Float[Tensor, "b p"]:
        """Theta of the map from input to output.

        Raises:
            NotInvertible: the family has no inverse in itself, or theta is degenerate.
        """
        raise NotInvertible(f"{self.title} has no inverse of its own kind.")

    def compose(
        self, outer: Float[Tensor, "b p"], inner: Float[Tensor, "b p"]
    ) -> Float[Tensor, "b p"]:
        """Theta of the map that goes through ``inner``, then through ``outer``.

        What a picture warped by ``outer`` and then by ``inner`` shows is what the picture shows
        there: ``points(outer, points(inner, xy))``.

        Raises:
            NotComposable: the family does not hold such maps.
        """
        raise NotComposable(
            f"Two maps of {self.title} are not one of its own: choose affine or projective."
        )

    def identity(self) -> Float[Tensor, " p"]:
        """The theta that changes nothing."""
        return torch.tensor([parameter.default for parameter in self.parameters])

    @property
    def size(self) -> int:
        """P, how many numbers theta has."""
        return len(self.parameters)

    def check(self, theta: Tensor) -> None:
        """Refuse a theta of the wrong shape with a sentence that names the right one."""
        if theta.ndim != 2 or theta.shape[1] != self.size:
            raise ValueError(
                f"{self.title} takes theta of shape (batch, {self.size}), "
                f"not {tuple(theta.shape)}: give one row of {self.size} numbers for each image."
            )


TRANSFORMS: Registry[type[Transform]] = Registry("transform")


def register(kind: type[Transform]) -> type[Transform]:
    """Class decorator: enter a transform under its own name."""
    return TRANSFORMS.add(kind.name, kind)


def create_transform(name: str, **options: Any) -> Transform:
    """Build a registered transform.

    Args:
        name: such as ``"affine"``, ``"projective"`` or ``"thin-plate-spline"``.
        options: go to its constructor, such as ``side`` of a spline.

    Raises:
        UnknownName: no transform is called so; the message lists all.
    """
    return TRANSFORMS.get(name)(**options)
