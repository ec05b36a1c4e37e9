"""Base class for predictions with several places, such as the digits of a number."""

from __future__ import annotations

from torch import Tensor

from stnviz.experiments.contract import Experiment
from stnviz.experiments.losses import cross_entropy
from stnviz.models import Output
from stnviz.shapes import Bool, Float, Int


def place_losses(
    output: Output, labels: Int[Tensor, "b n"], smoothing: float
) -> Float[Tensor, "b n"]:
    """The cross-entropy at each place of a prediction."""
    each = cross_entropy(output.logits.flatten(0, 1), labels.flatten(), smoothing)
    return each.view_as(labels)


class MultiPlaceExperiment(Experiment):
    """An experiment whose predictions have n places; a prediction is wrong if any place is."""

    def sample_losses(
        self, output: Output, labels: Int[Tensor, "b n"], smoothing: float
    ) -> Float[Tensor, " b"]:
        """The sum of the losses over the places."""
        return place_losses(output, labels, smoothing).sum(dim=1)

    def errors(
        self, logits: Float[Tensor, "b n k"], labels: Int[Tensor, "b n"]
    ) -> Bool[Tensor, " b"]:
        """Which predictions are wrong at any place."""
        return (logits.argmax(dim=2) != labels).any(dim=1)
