"""Experiments on distorted MNIST (Jaderberg et al. 2015, table 1), each at one parameter budget."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from stnviz.coordinates import Size
from stnviz.data.batches import Batches
from stnviz.data.digits import GALLERY_SPLIT, VALIDATION, Digits, load_digits, part_of_gallery
from stnviz.data.distortions import DISTORTIONS
from stnviz.data.image_source import PROBED, ImageSource
from stnviz.experiments.contract import EXPERIMENTS, Experiment, ImageRequest, Part
from stnviz.models.budget import fit_width
from stnviz.models.digits import DigitConfig, DigitNetwork


@dataclass(frozen=True)
class DigitExperiment(Experiment):
    """Four networks on one distortion.

    Args:
        data: name of the distortion.
        input_size: (height, width) of its images.
        budget: number of parameters of every network, +- 2 %.
        sampled_size: (height, width) of a transformer's output.
        pool: factor of the average pooling after the transformer.
    """

    family = "digits"
    source = "Jaderberg et al. 2015, section 4.1 and appendix A.4"
    models = DigitConfig.names
    keeps_predictions = False

    data: str
    input_size: Size
    budget: int
    sampled_size: Size | None = None
    pool: int = 1

    def config(
        self, model: str, transform: str | None = None, folder: Path | None = None
    ) -> DigitConfig:
        """Config of the network ``model``, as wide as the parameter budget allows."""

        def build(width: int) -> DigitConfig:
            if transform is None:
                return DigitConfig(model, self.input_size, width)
            return DigitConfig(
                model, self.input_size, width, self.sampled_size, self.pool, transform=transform
            )

        return fit_width(build, DigitNetwork, self.budget)

    def find_images(self, request: ImageRequest) -> tuple[ImageSource, str | None]:
        """Distorted digits; those of the gallery where MNIST is not available."""
        digits, notice = open_digits(request.part, request.folder)
        distortion = DISTORTIONS.get(self.data)
        return Batches(digits, distortion, request.device, request.elastic_augmentation), notice


def open_digits(part: Part, folder: Path | None) -> tuple[Digits, str | None]:
    """The clean digits for a part of an experiment, and a notice if MNIST is not available."""
    if part == "validation":
        return part_of_gallery(VALIDATION), None
    if part == "probe":
        return part_of_gallery(slice(0, PROBED)), None
    if part == "shown":
        return part_of_gallery(GALLERY_SPLIT["test"]), None
    return load_digits(part, folder)


for _experiment in (
    DigitExperiment("mnist-r", (28, 28), 150_000),
    # The paper pools RTS by 2 after the transformer. From 42 pixels that leaves 21, too few for
    # its two convolutions; sampled at 56 and pooled by 2, the classifier gets 28.
    DigitExperiment("mnist-rts", (42, 42), 250_000, sampled_size=(56, 56), pool=2),
    DigitExperiment("mnist-p", (28, 28), 150_000),
    DigitExperiment("mnist-p-fitted", (28, 28), 150_000),
    DigitExperiment("mnist-e", (28, 28), 150_000),
    DigitExperiment("mnist-tc", (60, 60), 390_000, pool=2),
):
    EXPERIMENTS.add(_experiment.data, _experiment)
