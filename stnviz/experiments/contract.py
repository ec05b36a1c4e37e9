"""Base class of the experiments: images, networks, losses and error measure of a data set."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Literal

import torch
from torch import Tensor

from stnviz.coordinates import Size
from stnviz.data.image_source import ImageSource
from stnviz.experiments.losses import cross_entropy
from stnviz.experiments.recipe import Recipe
from stnviz.models import Model, Output
from stnviz.models.config import ModelConfig
from stnviz.models.output import create_model
from stnviz.registry import Registry
from stnviz.shapes import Bool, Float, Shaped
from stnviz.transforms import TRANSFORMS

Part = Literal["train", "validation", "probe", "test", "shown"]


@dataclass(frozen=True)
class ImageRequest:
    """A request for images of an experiment.

    Args:
        part: ``train``; ``validation``, for the error during training; ``probe``, the few images
            on which a run takes its snapshots; ``test``; ``shown``, which pages show one by one.
        folder: the folder of data sets.
        device: device of the images.
        recipe: recipe of the run; it has the strength of the elastic augmentation and the seed.
        config: config of the network for these images, if it was trained on others: images of
            classes that it does not know are left out.
    """

    part: Part
    folder: Path | None
    device: torch.device
    recipe: Recipe | None = None
    config: ModelConfig | None = None

    @property
    def elastic_augmentation(self) -> float:
        """Standard deviation of the elastic deformation of training digits, in pixels."""
        return self.recipe.elastic_augmentation if self.recipe else 0.0


@dataclass(frozen=True)
class Prediction:
    """A network's prediction after one step, or for one place of its answer, as text.

    Args:
        label: short text, such as a digit with its probability.
        sentence: the same as a sentence.
        correct: whether it is correct.
    """

    label: str
    sentence: str
    correct: bool


class Experiment(ABC):
    """An experiment: a data set, the networks compared on it, their loss and error measure.

    Attributes:
        data: name of the data set, as in cards, links and commands.
        family: registered model family of its networks.
        source: reference for its networks.
        input_size: (height, width) of its images.
        transforms: transforms that its networks can use, the default first.
        unused_hyperparameters: hyperparameters without effect here.
        keeps_predictions: whether predictions and windows on the shown images are stored with a
            checkpoint.
        seeded: whether its images depend on the run's seed.
        models: its networks; those with ``st-``, ``stn`` or ``spn`` in their name have a
            transformer, and only those take a transform.
    """

    family: ClassVar[str]
    source: ClassVar[str]
    models: ClassVar[tuple[str, ...]]
    transforms: ClassVar[tuple[str, ...]] = tuple(
        sorted(TRANSFORMS.names(), key=lambda name: name != "affine")
    )
    unused_hyperparameters: ClassVar[tuple[str, ...]] = ("perturbation", "curriculum")
    keeps_predictions: ClassVar[bool] = True
    seeded: ClassVar[bool] = False
    data: str
    input_size: Size

    @abstractmethod
    def config(
        self, model: str, transform: str | None = None, folder: Path | None = None
    ) -> ModelConfig:
        """Config of the network ``model``, as wide as the parameter budget allows.

        Args:
            model: one of ``models``.
            transform: transform of its transformers, if it has any.
            folder: the folder of data sets, for data that determine the number of classes.
        """

    def open(
        self,
        part: Part,
        folder: Path | None,
        device: torch.device,
        recipe: Recipe | None = None,
        config: ModelConfig | None = None,
    ) -> tuple[ImageSource, str | None]:
        """Call :meth:`find_images` with these arguments as an :class:`ImageRequest`."""
        return self.find_images(ImageRequest(part, folder, device, recipe, config))

    @abstractmethod
    def find_images(self, request: ImageRequest) -> tuple[ImageSource, str | None]:
        """The requested images, and a notice if they are not the expected ones, else None."""

    def build(self, config: ModelConfig) -> Model:
        """Create the network of a config."""
        return create_model(self.family, **vars(config))

    def sample_losses(
        self, output: Output, labels: Shaped[Tensor, "b ..."], smoothing: float
    ) -> Float[Tensor, " b"]:
        """The training loss of each image."""
        return cross_entropy(output.logits, labels, smoothing)

    def window_losses(
        self, output: Output, labels: Shaped[Tensor, "b ..."], smoothing: float
    ) -> Float[Tensor, "b n"]:
        """The loss of each image, split over the n windows that are responsible for its parts.

        In training by perturbation, each window learns from its own part alone. By default, all
        windows share the whole of :meth:`sample_losses` (n = 1).
        """
        return self.sample_losses(output, labels, smoothing)[:, None]

    def errors(
        self, logits: Float[Tensor, "b ..."], labels: Shaped[Tensor, "b ..."]
    ) -> Bool[Tensor, " b"]:
        """Which predictions are wrong."""
        return logits.argmax(dim=1) != labels

    def describe_prediction(
        self, output: Output, labels: Shaped[Tensor, "1 ..."]
    ) -> tuple[tuple[Prediction, ...], Prediction]:
        """Describe the prediction for one image: after each step, or for each place; and overall.

        Args:
            output: the network's output for a batch of one.
            labels: the true labels.
        """
        logits = (
            torch.cat(output.step_logits) if output.step_logits else output.logits.flatten(0, -2)
        )
        confidence, answers = logits.softmax(dim=-1).max(dim=-1)
        places = labels.flatten().tolist()
        wanted = places if len(places) == len(answers) else places * len(answers)
        rows = list(zip(answers.tolist(), (100 * confidence).tolist(), wanted, strict=True))
        each = tuple(
            Prediction(
                f"{one}  {share:.0f} %", f"Step {k} reads {one}, {share:.0f} % sure.", one == shown
            )
            for k, (one, share, shown) in enumerate(rows, start=1)
        )
        last = rows if len(places) > 1 else rows[-1:]
        share = 100 * math.prod(share / 100 for _, share, _ in last)
        answer = " ".join(str(one) for one, _, _ in last)
        shown = " ".join(map(str, places))
        this = f"These {shown} are" if len(places) > 1 else f"This {shown} is"
        right = all(one == wanted for one, _, wanted in last)
        return each, Prediction(answer, f"{this} read as {answer}, {share:.0f} % sure.", right)

    def metrics(self, model: Model, pictures: ImageSource) -> dict[str, Any]:
        """Metrics on test images in addition to the error, as JSON values."""
        return {}


EXPERIMENTS: Registry[Experiment] = Registry("data set")
