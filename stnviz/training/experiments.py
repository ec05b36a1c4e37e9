"""Which network belongs to which data: sizes, and one parameter budget an experiment."""

from __future__ import annotations

from dataclasses import dataclass

from stnviz.coordinates import Size
from stnviz.models.digits import DigitConfig, Name, fit_width
from stnviz.registry import Registry


@dataclass(frozen=True)
class Experiment:
    """The frame in which networks are compared.

    Args:
        data: the distortion's name.
        input_size: (height, width) of its pictures.
        budget: parameters of every network, +- 2 %.
        sampled_size: what a transformer reads out.
        pool: average-pooling after the transformer.
    """

    data: str
    input_size: Size
    budget: int
    sampled_size: Size | None = None
    pool: int = 1

    def config(
        self, model: Name, transform: str | None = None, dropout: float = 0.0
    ) -> DigitConfig:
        """The network ``model`` of this experiment, as wide as the budget allows."""

        def build(width: int) -> DigitConfig:
            if transform is None:
                return DigitConfig(model, self.input_size, width, dropout=dropout)
            return DigitConfig(
                model, self.input_size, width, transform,
                sampled_size=self.sampled_size, pool=self.pool, dropout=dropout,
            )  # fmt: skip

        return fit_width(build, self.budget)


EXPERIMENTS: Registry[Experiment] = Registry("data set")

for _experiment in (
    Experiment("mnist-r", (28, 28), 150_000),
    # The paper pools RTS by 2 after the transformer. From 42 pixels that leaves 21, too few
    # for its two convolutions; read at 56 and pooled by 2, the classifier sees 28.
    Experiment("mnist-rts", (42, 42), 250_000, sampled_size=(56, 56), pool=2),
    Experiment("mnist-p", (28, 28), 150_000),
    Experiment("mnist-e", (28, 28), 150_000),
    Experiment("mnist-tc", (60, 60), 390_000, pool=2),
):
    EXPERIMENTS.add(_experiment.data, _experiment)
