"""Glasses on faces, as in ST-GAN (Lin et al. 2018, arXiv 1803.01837), on drawn ones.

A picture to be finished has seven channels: a face without glasses, and glasses with their
opacity, where the average face would wear them, more or less. Training pictures have three
more: another face, which wears glasses of its own. An answer is a map from the picture to that
of the glasses; it is wrong where the corners of the glasses are still further from where they
belong than half of what they are off at the start, on average. Where they belong is known,
because all is drawn, but it is only measured and never learned from.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from stnviz.analysis.corner_error import corner_errors, corner_errors_per_step
from stnviz.coordinates import Size
from stnviz.data.arrangement import Arrangement, Handles, InvalidArrangement
from stnviz.data.faces.poses import box_corners, lens_middles, lying_between
from stnviz.data.faces.scenes import Scenes, draw_scenes
from stnviz.data.image_source import (
    PROBED,
    TEST_SEED,
    Batch,
    ImageSource,
    SeededSource,
    mix_seed,
)
from stnviz.experiments.contract import (
    EXPERIMENTS,
    Experiment,
    ImageRequest,
    Part,
    Prediction,
)
from stnviz.models import Model, Output
from stnviz.models.compositor import CompositorConfig
from stnviz.models.inference import evaluation_mode

SIDE = 48
COUNTS: dict[Part, int] = {
    "train": 0,
    "validation": 200,
    "probe": PROBED,
    "test": 1_000,
    "shown": 200,
}
TEST_BATCH = 50

OFF = 0.11
"""Half of what corners are off at the start, on average, in half pictures."""

NARROWEST = 0.1
"""The least distance between the middles of two lenses, in half pictures."""

_PARTS: dict[Part, int] = {"train": 0, "validation": 1, "probe": 2, "test": 3, "shown": 4}


class DressedFaces(SeededSource):
    """Faces and glasses drawn anew for every step; a test set is drawn from its seed.

    Labels are the corners of the glasses in the picture, (B, 8, 2) as
    :meth:`stnviz.data.faces.scenes.Scenes.corners` has them.

    Args:
        part: tells the seeds of training, validation and test apart.
        side: height and width of a picture.
        device: where they are drawn.
    """

    batch_size = TEST_BATCH

    def __init__(self, part: Part, side: int, device: torch.device) -> None:
        self.part, self.side, self.device = part, side, device
        self.source = f"{COUNTS[part]:,} drawn faces"
        if part == "train":
            self.source = "faces drawn anew for each step"

    def __len__(self) -> int:
        return COUNTS[self.part]

    def draw(self, count: int, seed: int, step: int) -> Batch:
        """``count`` pictures, with as many others that are finished; a function of (seed, step)."""
        generator = torch.Generator(self.device).manual_seed(mix_seed(seed, step))
        scenes, others = draw_scenes(count, generator), draw_scenes(count, generator)
        images = torch.cat([_unfinished(scenes, self.side), others.finished(self.side)], dim=1)
        return images, scenes.corners()

    def make_batch(self, number: int, seed: int) -> Batch:
        """Unfinished pictures in order."""
        scenes = self._scenes(number, seed)
        images, labels = _unfinished(scenes, self.side), scenes.corners()
        return images.to(self.device), labels.to(self.device)

    def arrange(
        self, index: int, handles: Handles | None = None, distractors: int | None = None
    ) -> Arrangement:
        """Picture number ``index`` with the middles of the lenses where they are wanted.

        It can be had at any size, for warps that were found at the usual one.

        Raises:
            InvalidArrangement: not two points that are apart.
        """
        scene = self._scenes(index // TEST_BATCH, TEST_SEED).only(index % TEST_BATCH)
        if handles is not None:
            if handles.shape != (2, 2) or not bool(handles.isfinite().all()):
                raise InvalidArrangement("Give two places, one for each lens.")
            if float((handles[0] - handles[1]).norm()) < NARROWEST:
                raise InvalidArrangement(
                    "Pull the lenses further apart: these would be no glasses."
                )
            scene = replace(scene, start=lying_between(*handles.float()[:, None]))
        return Arrangement(
            _unfinished(scene, self.side), scene.corners(), lens_middles(scene.start)[0], "lens",
            box_corners(scene.start), larger=partial(_unfinished, scene),
        )  # fmt: skip

    def _scenes(self, number: int, seed: int) -> Scenes:
        count = min(TEST_BATCH, len(self) - number * TEST_BATCH)
        generator = torch.Generator().manual_seed(mix_seed(seed + _PARTS[self.part], number))
        return draw_scenes(count, generator)


class GlassesExperiment(Experiment):
    """One network that lays glasses on faces, in several steps."""

    family: ClassVar[str] = "compositor"
    source: ClassVar[str] = "Lin et al. 2018, arXiv 1803.01837"
    models: ClassVar[tuple[str, ...]] = CompositorConfig.names
    transforms: ClassVar[tuple[str, ...]] = ("similarity", "affine", "projective")
    unused_hyperparameters: ClassVar[tuple[str, ...]] = (
        "elastic_augmentation",
        "dropout",
        "label_smoothing",
        "identity_penalty",
        "consistency_weight",
        "perturbation",
        "curriculum",
    )
    keeps_predictions: ClassVar[bool] = False

    data = "glasses"
    input_size: Size = (SIDE, SIDE)

    def config(
        self, model: str, transform: str | None = None, folder: Path | None = None
    ) -> CompositorConfig:
        """The compositor; its maps are similarities where nothing else is said.

        Lin et al. take homographies. With four numbers instead of eight there are fewer ways to
        please a critic that is not very good yet.
        """
        return CompositorConfig(model, self.input_size, transform=transform or "similarity")

    def find_images(self, request: ImageRequest) -> tuple[ImageSource, str | None]:
        """Drawn faces; nothing has to be found or downloaded."""
        return DressedFaces(request.part, self.input_size[0], request.device), None

    def sample_losses(
        self, output: Output, labels: Float[Tensor, "b 8 2"], smoothing: float
    ) -> Float[Tensor, " b"]:
        """Nothing: the network brings its own price, what its critic thinks."""
        return torch.zeros_like(labels[:, 0, 0])

    def errors(
        self, logits: Float[Tensor, "b 8"], labels: Float[Tensor, "b 8 2"]
    ) -> Bool[Tensor, " b"]:
        """Where the glasses are not on the eyes: their corners are off by more than ``OFF``."""
        return corner_errors(logits, labels) > OFF

    def describe_prediction(
        self, output: Output, labels: Float[Tensor, "1 8 2"]
    ) -> tuple[tuple[Prediction, ...], Prediction]:
        """How far the glasses are from the eyes after each step, and at the start."""
        off = corner_errors_per_step(output.steps, labels)[:, 0].tolist()
        each = tuple(
            Prediction(
                f"off by {far:.2f}",
                f"After step {k} they are off by {far:.2f} half pictures.",
                far <= OFF,
            )
            for k, far in enumerate(off[1:], start=1)
        )
        sentence = (
            f"The glasses begin {off[0]:.2f} half pictures off the eyes and end {off[-1]:.2f} off."
        )
        return each, Prediction(each[-1].label, sentence, off[-1] <= OFF)

    def metrics(self, model: Model, pictures: ImageSource) -> dict[str, Any]:
        """How far corners are off at the start and after each step, on average."""
        with evaluation_mode(model):
            off = [
                corner_errors_per_step(model(images).steps, labels)
                for images, labels in pictures.once()
            ]
        means = torch.cat(off, dim=1).mean(dim=1).tolist()
        return {"corner_errors": [round(mean, 4) for mean in means]}


def _unfinished(scenes: Scenes, side: int) -> Float[Tensor, "b 7 s s"]:
    """A face, and glasses that lie somewhere about it."""
    return torch.cat([scenes.background(side), scenes.foreground(side)], dim=1)


EXPERIMENTS.add(GlassesExperiment.data, GlassesExperiment())
