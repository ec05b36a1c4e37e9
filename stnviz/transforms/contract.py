"""Base class of all spatial transforms, and their registry.

A transform turns ``theta`` (B, P) into a map from output to input coordinates (see
:mod:`stnviz.coordinates`). Tests check these properties for every registered transform:
the identity is exact; the sampling grid equals the mapped base grid; a batch of two
equals two batches of one; gradients are correct; the inverse undoes the map; a degenerate
theta gives a clear error or finite numbers, never a silent NaN.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from typing import Any, ClassVar

import torch
from torch import Tensor

from stnviz.coordinates import Extent
from stnviz.records import Parameter
from stnviz.registry import Registry
from stnviz.shapes import Float

Pose = dict[str, Tensor]
"""The pose of windows: named numbers, (B,) of each."""


class NotInvertible(ValueError):
    """This transform, or this theta, has no inverse."""


class NotComposable(ValueError):
    """The composition of two maps of this family is not in the family."""


class Transform(ABC):
    """One family of maps from output to input coordinates.

    Args:
        aspect: width over height of the input images, 1 for square ones. Angles and scales in
            theta are measured in pixels, so rotating an image that is not square needs it.

    Attributes:
        dimensions: 2 for maps of images, 3 for maps of volumes.
        name: registered name, as in links, cards and commands.
        title: name for display.
        source: paper and equation.
        invertible: whether :meth:`inverse` exists for every theta that is not degenerate.
    """

    dimensions: ClassVar[int] = 2
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
        """The P parameters in theta, in order."""

    @abstractmethod
    def grid(self, theta: Float[Tensor, "b p"], size: Extent) -> Float[Tensor, "b *size n"]:
        """Sampling grid: the input point of each pixel of a ``size`` output.

        It is (x, y) in [-1, 1], or (x, y, z) of each voxel.
        """

    @abstractmethod
    def points(
        self, theta: Float[Tensor, "b p"], xy: Float[Tensor, "b m n"]
    ) -> Float[Tensor, "b m n"]:
        """The input points of the output points ``xy``: the map of :meth:`grid` at any points."""

    @abstractmethod
    def measure(self, theta: Float[Tensor, "b p"], aspect: float | None = None) -> Pose:
        """The poses of the windows: (B,) of each named, readable number.

        Keys ending in ``angle`` are in radians, ``shift_*`` in half images; ``scale*`` are factors.
        Angles, factors and shears are as measured in pixels.

        Args:
            theta: one row for each image.
            aspect: width over height of the images; the transform's own by default.
        """

    def describe(self, theta: Float[Tensor, " p"], aspect: float | None = None) -> dict[str, float]:
        """The pose of one window, measured in float64.

        Args:
            theta: of one image.
            aspect: as for :meth:`measure`.
        """
        measured = self.measure(theta.cpu().double()[None], aspect)  # an Apple GPU has no float64
        return {name: float(value[0]) for name, value in measured.items()}

    def pose(
        self, theta: Float[Tensor, " p"], aspect: float | None = None
    ) -> dict[str, float] | None:
        """The result of :meth:`describe`; None if any number is not finite."""
        if not bool(theta.isfinite().all()):
            return None
        found = self.describe(theta, aspect)
        return found if all(map(math.isfinite, found.values())) else None

    def matrix(self, theta: Float[Tensor, "b p"]) -> Float[Tensor, "b m m"] | None:
        """The homogeneous matrix of the map, or None if it has no matrix form."""
        return None

    def inverse(self, theta: Float[Tensor, "b p"]) -> Float[Tensor, "b p"]:
        """Theta of the inverse map, from input to output.

        Raises:
            NotInvertible: the inverse is not in the family, or theta is degenerate.
        """
        raise NotInvertible(f"{self.title} has no inverse of its own kind.")

    def compose(
        self, outer: Float[Tensor, "b p"], inner: Float[Tensor, "b p"]
    ) -> Float[Tensor, "b p"]:
        """Theta of the map that applies ``inner``, then ``outer``.

        It maps output points to ``points(outer, points(inner, xy))``. This equals warping an image
        by ``outer`` and the result by ``inner``.

        Raises:
            NotComposable: the composition is not in the family.
        """
        raise NotComposable(
            f"Two maps of {self.title} are not one of its own: choose affine or projective."
        )

    def identity(self) -> Float[Tensor, " p"]:
        """Theta of the identity map."""
        return torch.tensor([parameter.default for parameter in self.parameters])

    @property
    def size(self) -> int:
        """P, the number of parameters in theta."""
        return len(self.parameters)

    def check(self, theta: Tensor) -> None:
        """Raise a ValueError that names the right shape if theta has a wrong one."""
        if theta.ndim != 2 or theta.shape[1] != self.size:
            raise ValueError(
                f"{self.title} takes theta of shape (batch, {self.size}), "
                f"not {tuple(theta.shape)}: give one row of {self.size} numbers for each image."
            )


TRANSFORMS: Registry[type[Transform]] = Registry("transform")
"""Transforms of images."""

VOLUME_TRANSFORMS: Registry[type[Transform]] = Registry("transform of volumes")


def register(kind: type[Transform]) -> type[Transform]:
    """Class decorator: register a transform under its own name."""
    registry = TRANSFORMS if kind.dimensions == 2 else VOLUME_TRANSFORMS
    return registry.add(kind.name, kind)


def create_transform(name: str, **options: Any) -> Transform:
    """Build a registered transform.

    Args:
        name: such as ``"affine"``, ``"projective"`` or ``"thin-plate-spline"``; ``"affine-3d"`` for
            volumes.
        options: constructor arguments, such as ``side`` of a spline.

    Raises:
        UnknownName: no transform has this name; the message lists those of images.
    """
    registry = VOLUME_TRANSFORMS if name in VOLUME_TRANSFORMS else TRANSFORMS
    return registry.get(name)(**options)
