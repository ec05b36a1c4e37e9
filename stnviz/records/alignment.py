"""How well transformers follow a known distortion of their images, and what they align."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from stnviz.records.trace import Array

Quantity = Literal["angle", "scale", "shift_x", "shift_y"]
"""What a distortion changes.

- angle: the image is rotated, clockwise, in radians.
- scale: it is enlarged by a factor.
- shift_x, shift_y: it is moved right or down, in half images.
"""

QUANTITIES: tuple[Quantity, ...] = get_args(Quantity)


@dataclass(frozen=True)
class AlignmentSweep:
    """The change of a transformer's windows under one kind of distortion.

    A window that follows its image changes exactly as the image does: slope 1. That of a dead
    transformer stays where it is: slope 0. Slopes of scales are those of their logarithms.

    Args:
        quantity: what the distortion changes.
        true: (V,) by how much.
        predicted: (V, B) by how much the window of each image changes; NaN where the window has
            collapsed or is not finite.
        lane: of the transformer.
        tick: of its step.
    """

    quantity: Quantity
    true: Array
    predicted: Array
    lane: int = 0
    tick: int = 0

    @property
    def slopes(self) -> Array:
        """(B,) least-squares slope of each image's curve through the undistorted image.

        NaN where no window of an image is finite.
        """
        true, predicted = self._on_a_line()
        finite = np.isfinite(predicted)
        square = (true**2 * finite).sum(axis=0)
        product = (true * np.where(finite, predicted, 0)).sum(axis=0)
        found: Array = np.where(square > 0, product / np.where(square > 0, square, 1), np.nan)
        return found

    @property
    def slope(self) -> float:
        """Median slope over the images; NaN if no window is finite."""
        return self._quantile(0.5)

    @property
    def spread(self) -> float:
        """Interquartile range of the slopes: how differently it treats different images."""
        return self._quantile(0.75) - self._quantile(0.25)

    @property
    def r_squared(self) -> float:
        """Squared correlation of predicted and true changes over all images; 0 if nothing moves."""
        true, predicted = self._on_a_line()
        finite = np.isfinite(predicted)
        x, y = np.broadcast_to(true, predicted.shape)[finite], predicted[finite]
        if len(x) < 2 or np.std(x) < 1e-9 or np.std(y) < 1e-9:
            return 0.0
        return float(np.corrcoef(x, y)[0, 1] ** 2)

    def __str__(self) -> str:
        """One line, such as ``A, angle: slope 0.62, spread 0.15, R² 0.94``."""
        name = chr(ord("A") + self.lane % 26) + (str(self.tick + 1) if self.tick else "")
        return (
            f"{name}, {self.quantity}: slope {self.slope:.2f}, spread {self.spread:.2f}, "
            f"R² {self.r_squared:.2f}"
        )

    def _on_a_line(self) -> tuple[Array, Array]:
        """True (V, 1) and predicted (V, B) changes on scales where no change is 0."""
        true, predicted = self.true[:, None].astype(float), self.predicted.astype(float)
        if self.quantity != "scale":
            return true, predicted
        with np.errstate(divide="ignore", invalid="ignore"):
            logarithm = np.log(predicted)
        return np.log(true), np.where(np.isfinite(logarithm), logarithm, np.nan)

    def _quantile(self, share: float) -> float:
        slopes = self.slopes[np.isfinite(self.slopes)]
        return float(np.quantile(slopes, share)) if len(slopes) else float("nan")


@dataclass(frozen=True)
class Alignment:
    """All sweeps over all transformers of a model.

    Args:
        sweeps: in order of quantity, tick and lane.
        images: how many images were distorted.
    """

    sweeps: tuple[AlignmentSweep, ...]
    images: int

    def sweep(self, quantity: Quantity, lane: int = 0, tick: int = 0) -> AlignmentSweep:
        """The sweep of one quantity for one transformer.

        Raises:
            KeyError: it was not measured; the message names those that were.
        """
        for one in self.sweeps:
            if (one.quantity, one.lane, one.tick) == (quantity, lane, tick):
                return one
        there = ", ".join(f"({s.quantity!r}, {s.lane}, {s.tick})" for s in self.sweeps)
        raise KeyError(
            f"There is no sweep ({quantity!r}, {lane}, {tick}): choose one of {there or 'none'}."
        )

    def __str__(self) -> str:
        """One line for each sweep."""
        return "\n".join(map(str, self.sweeps))


@dataclass(frozen=True)
class NoiseCurve:
    """How a model's answers depend on noise that is added to theta.

    Args:
        levels: (L,) standard deviation of the noise on each of the six numbers of an affine map:
            in half images for shifts, as factors for the others.
        agreement: (L,) share of images whose answer stays as it is without noise.
        error: (L,) share of wrong answers; None without labels.
    """

    levels: Array
    agreement: Array
    error: Array | None = None


@dataclass(frozen=True)
class ClassPictures:
    """Mean and variance of the images of each class before and after a transformer.

    Aligned images are more alike: their mean is sharper, and their variance smaller.

    Args:
        labels: (K,) the classes.
        counts: (K,) number of images of each.
        mean_before: (K, C, H, W).
        mean_after: (K, C, h, w), of the transformer's outputs.
        variance_before: (K, C, H, W).
        variance_after: (K, C, h, w).
    """

    labels: Array
    counts: Array
    mean_before: Array
    mean_after: Array
    variance_before: Array
    variance_after: Array

    @property
    def variance_ratio(self) -> Array:
        """(K,) mean variance after by that before; below 1 the images have become more alike."""
        before, after = (
            variance.reshape(len(self.labels), -1).mean(axis=1)
            for variance in (self.variance_before, self.variance_after)
        )
        found: Array = after / np.where(before > 0, before, np.nan)
        return found
