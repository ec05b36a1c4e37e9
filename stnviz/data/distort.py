"""Applying a distortion: draw its parameter values, centre digits on the canvas, distort them.

Values are a (B, P) matrix, like theta, with one column for each parameter of the distortion.
Angles are in radians, lengths in pixels of the canvas. The geometry is in
:mod:`stnviz.data.true_map`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from stnviz.coordinates import sample
from stnviz.data.clutter import Pieces, draw_pieces, most_pieces, paste
from stnviz.data.digits import DIGIT
from stnviz.data.distortions import Distortion, Law
from stnviz.data.true_map import TrueMap, true_map
from stnviz.shapes import Float


@dataclass(frozen=True)
class Distorted:
    """Distorted images and the map back to the clean ones.

    Args:
        images: (B, 1, H, W) in [0, 1].
        clean: maps distorted coordinates to clean coordinates on the same canvas.
    """

    images: Tensor
    clean: TrueMap


@dataclass(frozen=True)
class Overlay:
    """What is laid over distorted digits and moves nothing.

    Args:
        pieces: clutter; None for none.
        grain: (B, 1, H, W) standard normal noise, to be multiplied by its amount; None for none.
    """

    pieces: Pieces | None = None
    grain: Tensor | None = None


def neutral_values(distortion: Distortion, count: int = 1) -> Float[Tensor, "n p"]:
    """Values that leave the digit undistorted: the default of each parameter."""
    return torch.tensor([[p.default for p in distortion.parameters]]).repeat(count, 1)


def draw_values(
    distortion: Distortion, count: int, generator: torch.Generator
) -> Float[Tensor, "n p"]:
    """Random values from the training distribution, on the generator's device."""
    return torch.stack([_draw(c.law, count, generator) for c in distortion.controls], dim=1)


def _draw(law: Law, count: int, generator: torch.Generator) -> Float[Tensor, " n"]:
    if law.sigma:
        return law.sigma * torch.randn(count, generator=generator, device=generator.device)
    unit = torch.rand(count, generator=generator, device=generator.device)
    return law.low + (law.high - law.low) * unit


def by_name(distortion: Distortion, values: Float[Tensor, "b p"]) -> dict[str, Tensor]:
    """The columns of ``values`` by parameter name.

    Raises:
        ValueError: wrong number of columns.
    """
    if values.ndim != 2 or values.shape[1] != len(distortion.controls):
        raise ValueError(
            f"{distortion.title} takes {len(distortion.controls)} values for each image, "
            f"not {tuple(values.shape)}."
        )
    names = (parameter.name for parameter in distortion.parameters)
    return dict(zip(names, values.unbind(dim=1), strict=True))


def distort(
    distortion: Distortion,
    digits: Float[Tensor, "b 1 28 28"],
    values: Float[Tensor, "b p"],
    generator: torch.Generator,
    *,
    distractors: Float[Tensor, "m 1 28 28"] | None = None,
    canvas: int | None = None,
) -> Distorted:
    """Centre clean digits on the canvas and distort them.

    Args:
        distortion: the distortion to apply.
        digits: clean digits in [0, 1], on the generator's device.
        values: parameter values, one row for each digit.
        generator: draws clutter and noise; the geometry depends on ``values`` alone.
        distractors: digits that clutter is cut from; the batch itself by default.
        canvas: side of the canvas in pixels; the distortion's own by default.
    """
    side = canvas or distortion.canvas
    cuttings = digits if distractors is None else distractors
    overlay = draw_overlay(by_name(distortion, values), side, cuttings, generator)
    return distort_under(distortion, digits, values, overlay, side)


def draw_overlay(
    named: Mapping[str, Float[Tensor, " b"]],
    side: int,
    cuttings: Float[Tensor, "m 1 28 28"],
    generator: torch.Generator,
) -> Overlay:
    """Draw clutter and grain, as far as these values want any.

    Args:
        named: parameter values by name.
        side: of the canvas in pixels.
        cuttings: digits that clutter is cut from.
        generator: draws both.
    """
    pieces = grain = None
    batch = len(next(iter(named.values())))
    if "clutter" in named and (most := most_pieces(named["clutter"])):
        pieces = draw_pieces(cuttings, batch, (side, side), most, generator)
    if "noise" in named and bool((named["noise"] > 0).any()):
        grain = torch.randn(batch, 1, side, side, generator=generator, device=generator.device)
    return Overlay(pieces, grain)


def distort_under(
    distortion: Distortion,
    digits: Float[Tensor, "b 1 28 28"],
    values: Float[Tensor, "b p"],
    overlay: Overlay,
    canvas: int | None = None,
) -> Distorted:
    """:func:`distort`, with clutter and grain that are already drawn: nothing in it is random."""
    named, side = by_name(distortion, values), canvas or distortion.canvas
    clean = true_map(named, side, len(digits), digits.device)
    images = sample(digits, clean.grid(side) * (side / DIGIT))
    if overlay.pieces is not None:
        images = paste(images, overlay.pieces, named["clutter"])
    if overlay.grain is not None:
        images = (images + named["noise"][:, None, None, None] * overlay.grain).clamp(0, 1)
    return Distorted(images, clean)
