"""The distorted image of a live request, and the map from it to the clean image."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from stnviz.coordinates import Size
from stnviz.data.digits import gallery
from stnviz.data.distort import distort, draw_values
from stnviz.data.distortions import DISTORTIONS, Distortion
from stnviz.data.true_map import TrueMap
from stnviz.data.units import label, read_value
from stnviz.live.protocol import BadRequest, DistortionSettings, Source, decode_ink
from stnviz.records import Array, Parameter
from stnviz.records.lattices import STAGE_LATTICE
from stnviz.shapes import Float
from stnviz.transforms import NotInvertible
from stnviz.transforms.thin_plate_spline import control_points

LATTICE_POINTS = control_points(STAGE_LATTICE)
"""(STAGE_LATTICE^2, 2): a regular grid over the image from edge to edge, row by row."""


@dataclass(frozen=True)
class DistortedInput:
    """The input that every model of a request gets.

    Args:
        image: (1, 1, H, W) in [0, 1].
        clean: distorted coordinates -> clean coordinates.
        values: the distortion's values by parameter name.
    """

    image: Tensor
    clean: TrueMap
    values: dict[str, float]

    def lattice(self) -> Array | None:
        """The clean image's grid in the distorted image; None if it has no place there."""
        try:
            found = self.clean.inverse_points(LATTICE_POINTS[None])[0]
        except NotInvertible:
            return None
        return found.numpy() if bool(found.isfinite().all()) else None


def make_input(source: Source, settings: DistortionSettings, size: Size, id: int) -> DistortedInput:
    """Distort a digit on a canvas of the models' input size.

    Args:
        source: the digit.
        settings: of the distortion.
        size: (height, width) of the canvas.
        id: of the request, for an error.

    Raises:
        BadRequest: unknown distortion or parameter, or a value outside its range.
    """
    distortion = _distortion(settings, id)
    values = _values(settings, distortion, id)
    clean = clean_digit(source)
    generator = torch.Generator().manual_seed(settings.seed)
    distractors = None
    if values.get("clutter"):
        cut_from = int(torch.randint(9_000, (), generator=generator))
        distractors = torch.from_numpy(gallery().images[cut_from : cut_from + 64])[:, None] / 255
    done = distort(
        distortion,
        clean,
        torch.tensor([list(values.values())]),
        generator,
        distractors=distractors,
        canvas=size[0],
    )
    return DistortedInput(done.images, done.clean, values)


def clean_digit(source: Source) -> Float[Tensor, "1 1 28 28"]:
    """The digit of a request: one of the gallery, or a drawn one."""
    if source.ink is not None:
        levels = decode_ink(source.ink)
    else:
        levels = gallery().images[source.digit or 0]
    return torch.from_numpy(levels)[None, None].float() / 255


def _distortion(settings: DistortionSettings, id: int) -> Distortion:
    name = settings.name
    if name not in DISTORTIONS:
        known = ", ".join(DISTORTIONS.names())
        raise BadRequest("distortion.name", f"Choose one of {known}.", id)
    return DISTORTIONS.get(name)


def _values(settings: DistortionSettings, distortion: Distortion, id: int) -> dict[str, float]:
    given = checked_values(settings.values, distortion, "distortion.values", id)
    if settings.draw:
        generator = torch.Generator().manual_seed(settings.seed)
        drawn = draw_values(distortion, 1, generator)[0].tolist()
        given = dict(zip(given, drawn, strict=True))
    return given


def checked_values(
    given: Mapping[str, float], distortion: Distortion, field: str, id: int
) -> dict[str, float]:
    """All values of a distortion: those given, and the defaults of the others.

    Args:
        given: by parameter name.
        distortion: whose values they are.
        field: of the request that holds them, for an error.
        id: of the request, for an error.

    Raises:
        BadRequest: there is no such parameter, or a value is outside its range.
    """
    parameters = {parameter.name: parameter for parameter in distortion.parameters}
    for name, value in given.items():
        where = f"{field}.{name[:40]}"
        if name not in parameters:
            known = ", ".join(list(parameters)[:8])
            raise BadRequest(where, f"{distortion.title} has no such value: use {known}.", id)
        low, high = parameters[name].low, parameters[name].high
        if not low - 1e-6 <= value <= high + 1e-6:
            raise BadRequest(where, f"Stay between {low:g} and {high:g}.", id)
    return {
        name: min(max(given.get(name, p.default), p.low), p.high) for name, p in parameters.items()
    }


def outside_training(values: dict[str, float], shown: Distortion, trained: Distortion) -> list[str]:
    """A sentence for each value outside the range that training covered.

    Args:
        values: by parameter name of ``shown``.
        shown: the distortion on the page.
        trained: the distortion that a model was trained on.
    """
    sentences = []
    for parameter in shown.parameters:
        # A parameter that training lacks stayed at its default.
        still = (parameter.default, parameter.default)
        low, high = trained.trained.get(parameter.name, still)
        value = values[parameter.name]
        slack = 1e-3 * (parameter.high - parameter.low)
        if not low - slack <= value <= high + slack:
            sentences.append(_outside(parameter, value, low, high))
    return sentences


def _outside(parameter: Parameter, value: float, low: float, high: float) -> str:
    trained = read_value(parameter, low)
    trained = f"only {trained}" if low == high else f"{trained} to {read_value(parameter, high)}"
    found = read_value(parameter, value)
    return f"{label(parameter)} {found} is outside its training ({trained})"
