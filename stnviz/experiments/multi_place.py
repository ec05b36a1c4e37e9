"""Answers with several places, such as the digits of a number: wrong where any of them is."""

from __future__ import annotations

from jaxtyping import Bool, Float, Int
from torch import Tensor

from stnviz.experiments.contract import Experiment
from stnviz.experiments.losses import cross_entropy
from stnviz.models import Output


def place_losses(
    output: Output, labels: Int[Tensor, "b n"], smoothing: float
) -> Float[Tensor, "b n"]:
    """The loss at each place of an answer."""
    each = cross_entropy(output.logits.flatten(0, 1), labels.flatten(), smoothing)
    return each.view_as(labels)


class MultiPlaceExperiment(Experiment):
    """An experiment whose answers have n places."""

    def sample_losses(
        self, output: Output, labels: Int[Tensor, "b n"], smoothing: float
    ) -> Float[Tensor, " b"]:
        """The sum over the places of an answer."""
        return place_losses(output, labels, smoothing).sum(dim=1)

    def errors(
        self, logits: Float[Tensor, "b n k"], labels: Int[Tensor, "b n"]
    ) -> Bool[Tensor, " b"]:
        """An answer is wrong where any of its places is."""
        return (logits.argmax(dim=2) != labels).any(dim=1)
