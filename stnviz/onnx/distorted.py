"""The part of a graph that distorts a clean digit, for every page that shows distorted digits."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from stnviz.data.clutter import Pieces
from stnviz.data.digits import DIGIT
from stnviz.data.distort import Distorted, Overlay, distort_under, neutral_values
from stnviz.data.distortions import MAX_PATCHES, PATCH, Distortion
from stnviz.models import Model
from stnviz.onnx.network import example_images

PIECES = {
    "pieces": f"(1, {MAX_PATCHES}, side, side) pieces of other digits, in [0, 1]",
    "places": f"(1, {MAX_PATCHES}, 2) column and row of each piece's top left pixel",
}
GRAIN = {"grain": "(1, 1, height, width) standard normal noise"}


class OnDistortedDigit(nn.Module):
    """A digit network and the distortion of its input.

    Args:
        model: a digit network.
        distortion: applied to the digit, on a canvas of the network's input size.
    """

    def __init__(self, model: Model, distortion: Distortion) -> None:
        super().__init__()
        self.model, self.distortion = model, distortion
        names = [parameter.name for parameter in distortion.parameters]
        self.has_clutter, self.has_noise = "clutter" in names, "noise" in names

    def draw(self, digit: Tensor, values: Tensor, *overlay: Tensor) -> Distorted:
        """The distorted digit.

        Args:
            digit: (1, 1, 28, 28) in [0, 1].
            values: (1, P) of the distortion, in the order of its parameters.
            overlay: pieces and places where the distortion has clutter, then grain where it has
                noise.
        """
        drawn = list(overlay)
        pieces = Pieces(drawn.pop(0), drawn.pop(0).long()) if self.has_clutter else None
        grain = drawn.pop(0) if self.has_noise else None
        side = self.model.config.input_size[0]
        return distort_under(self.distortion, digit, values, Overlay(pieces, grain), side)

    def examples(self) -> tuple[dict[str, Tensor], Mapping[str, str]]:
        """An example of each argument of :meth:`draw`, and what each is."""
        generator = torch.Generator().manual_seed(0)
        height, width = self.model.config.input_size
        inputs = {
            "digit": example_images(1, 1, (DIGIT, DIGIT)),
            "values": neutral_values(self.distortion),
        }
        ranges = {
            "digit": f"(1, 1, {DIGIT}, {DIGIT}) the clean digit, grey levels in [0, 1]",
            "values": "(1, values) of the distortion, in the order of its parameters",
        }
        if self.has_clutter:
            inputs |= example_pieces(generator, PATCH, min(height, width))
            ranges |= PIECES
        if self.has_noise:
            inputs["grain"] = torch.randn(1, 1, height, width, generator=generator)
            ranges |= GRAIN
        return inputs, ranges


def example_pieces(generator: torch.Generator, patch: int, side: int) -> dict[str, Tensor]:
    """Random pieces of noise and their places on a canvas."""
    places = torch.randint(side - patch + 1, (1, MAX_PATCHES, 2), generator=generator)
    return {
        "pieces": torch.rand(1, MAX_PATCHES, patch, patch, generator=generator),
        "places": places.float(),
    }
