"""What every experiment says: its pictures, its networks, and what counts as an error."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Literal

import torch
from jaxtyping import Bool, Float, Shaped
from torch import Tensor

from stnviz.coordinates import Size
from stnviz.data.image_source import ImageSource
from stnviz.experiments.losses import cross_entropy
from stnviz.experiments.recipe import Recipe
from stnviz.models import Model, Output
from stnviz.models.config import ModelConfig
from stnviz.models.output import create_model
from stnviz.registry import Registry
from stnviz.transforms import TRANSFORMS

Part = Literal["train", "validation", "probe", "test", "shown"]


@dataclass(frozen=True)
class ImageRequest:
    """Which images of an experiment are wanted.

    Args:
        part: ``train``; ``validation``, on which the error is followed; ``probe``, the few that
            are looked at again and again; ``test``; ``shown``, which pages step through one by
            one.
        folder: where data sets lie.
        device: where the images are made.
        recipe: of the run that asks; how far digits are bent, or which are sought, is in it.
        config: of the network that will see them, where it was trained on other images: what it
            has no answer for is left out.
    """

    part: Part
    folder: Path | None
    device: torch.device
    recipe: Recipe | None = None
    config: ModelConfig | None = None

    @property
    def elastic_augmentation(self) -> float:
        """How far points of training digits are moved, in pixels."""
        return self.recipe.elastic_augmentation if self.recipe else 0.0


@dataclass(frozen=True)
class Prediction:
    """What a network tells after a step, or of one place of its answer.

    Args:
        short: a digit, for example.
        long: a whole sentence.
        right: whether it is right.
    """

    label: str
    sentence: str
    correct: bool


class Experiment(ABC):
    """The frame in which networks are compared: one data set, and the rules of the contest.

    Attributes:
        data: name of the data set, as in cards, links and commands.
        family: registered model family of its networks.
        source: where its networks are described.
        input_size: (height, width) of its pictures.
        transforms: those that its networks can be given, the usual one first.
        unused_hyperparameters: those that mean nothing here.
        keeps_predictions: whether answers and windows of the shown images are kept with a
            checkpoint.
        seeded: whether its pictures are those of a run's seed.
        models: the networks that take part; a transformer is part of those with ``st-``,
            ``stn`` or ``spn`` in their name, and only those are given a transform.
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
        """The network ``model`` of this experiment, as wide as its budget allows.

        Args:
            model: one of ``models``.
            transform: of its transformers, if it has any.
            folder: where data sets lie, for those that decide how many answers there are.
        """

    def open(
        self,
        part: Part,
        folder: Path | None,
        device: torch.device,
        recipe: Recipe | None = None,
        config: ModelConfig | None = None,
    ) -> tuple[ImageSource, str | None]:
        """The images of a part, as :class:`ImageRequest` says, and :meth:`find_images` answers."""
        return self.find_images(ImageRequest(part, folder, device, recipe, config))

    @abstractmethod
    def find_images(self, request: ImageRequest) -> tuple[ImageSource, str | None]:
        """The images that are asked for, and a sentence where they are not the expected ones."""

    def build(self, config: ModelConfig) -> Model:
        """The network of a config."""
        return create_model(self.family, **vars(config))

    def sample_losses(
        self, output: Output, labels: Shaped[Tensor, "b ..."], smoothing: float
    ) -> Float[Tensor, " b"]:
        """What training makes small: one number a picture."""
        return cross_entropy(output.logits, labels, smoothing)

    def window_losses(
        self, output: Output, labels: Shaped[Tensor, "b ..."], smoothing: float
    ) -> Float[Tensor, "b n"]:
        """What each window answers for, which is made of :meth:`losses`; all of it for all (n = 1).

        In training by perturbation each of n windows learns from its share alone.
        """
        return self.sample_losses(output, labels, smoothing)[:, None]

    def errors(
        self, logits: Float[Tensor, "b ..."], labels: Shaped[Tensor, "b ..."]
    ) -> Bool[Tensor, " b"]:
        """Which answers are wrong."""
        return logits.argmax(dim=1) != labels

    def describe_prediction(
        self, output: Output, labels: Shaped[Tensor, "1 ..."]
    ) -> tuple[tuple[Prediction, ...], Prediction]:
        """What is told of one picture after each step, or of each of its places; and of all.

        Args:
            output: of a batch of one.
            labels: what it shows.
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
        """What is measured on test pictures beside the error; JSON values."""
        return {}


EXPERIMENTS: Registry[Experiment] = Registry("data set")
