"""Compositing glasses on drawn faces, as in ST-GAN (Lin et al. 2018, arXiv 1803.01837).

An input has seven channels: the RGB image of a face without glasses, and an RGBA image of glasses
near where the average face wears them. Training inputs have three more: a real example, another
face that wears glasses. The prediction is a warp of the glasses. It counts as wrong where the
corner error is above half of the mean error at the start. The true position of the glasses is
known, because everything is drawn, but it is used only for evaluation and never for training.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from stnviz.analysis.corner_error import corner_errors, corner_errors_per_step
from stnviz.coordinates import Size
from stnviz.data.arrangement import Arrangement, Handles, InvalidArrangement
from stnviz.data.faces.poses import box_corners, lens_middles, lying_between, worn
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
from stnviz.shapes import Bool, Float

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
"""Maximum corner error of a correct prediction, in half images: half of the mean at the start."""

NARROWEST = 0.1
"""Minimum distance between the centres of two lenses, in half images."""

_PARTS: dict[Part, int] = {"train": 0, "validation": 1, "probe": 2, "test": 3, "shown": 4}


class DressedFaces(SeededSource):
    """Faces and glasses: new ones for each training step; a test set is drawn from its seed.

    Labels are the corners of the glasses in the image, (B, 8, 2) as from
    :meth:`stnviz.data.faces.scenes.Scenes.corners`.

    Args:
        part: the part; each has its own seeds.
        side: height and width of an image in pixels.
        device: device of the batches.
    """

    batch_size = TEST_BATCH
    refusal = "Pull the lenses further apart: these would be no glasses."

    def __init__(self, part: Part, side: int, device: torch.device) -> None:
        self.part, self.side, self.device = part, side, device
        self.source = f"{COUNTS[part]:,} drawn faces"
        if part == "train":
            self.source = "faces drawn anew for each step"

    def __len__(self) -> int:
        return COUNTS[self.part]

    def draw(self, count: int, seed: int, step: int) -> Batch:
        """``count`` inputs, each with a real example; a function of (seed, step)."""
        generator = torch.Generator(self.device).manual_seed(mix_seed(seed, step))
        scenes, others = draw_scenes(count, generator), draw_scenes(count, generator)
        images = torch.cat([_unfinished(scenes, self.side), others.finished(self.side)], dim=1)
        return images, scenes.corners()

    def make_batch(self, number: int, seed: int) -> Batch:
        """Test batch ``number``: seven-channel inputs, in order."""
        scenes = self._scenes(number, seed)
        images, labels = _unfinished(scenes, self.side), scenes.corners()
        return images.to(self.device), labels.to(self.device)

    def arrange(
        self, index: int, handles: Handles | None = None, distractors: int | None = None
    ) -> Arrangement:
        """Test input number ``index`` with the centres of the lenses at the given positions.

        It can also be rendered at other sizes, to apply the warp predicted at the usual size.

        Raises:
            InvalidArrangement: the handles are not two finite points, or too close together.
        """
        scene = self._scene(index)
        if handles is not None:
            if handles.shape != (2, 2) or not bool(handles.isfinite().all()):
                raise InvalidArrangement("Give two places, one for each lens.")
            if float((handles[0] - handles[1]).norm()) < NARROWEST:
                raise InvalidArrangement(self.refusal)
            scene = replace(scene, start=lying_between(*handles.float()[:, None]))
        return Arrangement(
            _unfinished(scene, self.side), scene.corners(), lens_middles(scene.start)[0], "lens",
            box_corners(scene.start), larger=partial(_unfinished, scene),
        )  # fmt: skip

    def ingredients(self, index: int) -> Mapping[str, Tensor]:
        """The face, what the glasses look like, and their corners where they belong."""
        scene = self._scene(index)
        return {
            "background": scene.background(self.side), "glasses": scene.glasses.as_row(),
            "worn": box_corners(worn(scene.pose)),
        }  # fmt: skip

    def _scene(self, index: int) -> Scenes:
        return self._scenes(index // TEST_BATCH, TEST_SEED).only(index % TEST_BATCH)

    def _scenes(self, number: int, seed: int) -> Scenes:
        count = min(TEST_BATCH, len(self) - number * TEST_BATCH)
        generator = torch.Generator().manual_seed(mix_seed(seed + _PARTS[self.part], number))
        return draw_scenes(count, generator)


class GlassesExperiment(Experiment):
    """One network that places glasses on faces in several steps."""

    family = "compositor"
    source = "Lin et al. 2018, arXiv 1803.01837"
    models = CompositorConfig.names
    transforms = ("similarity", "affine", "projective")
    unused_hyperparameters = (
        "elastic_augmentation",
        "dropout",
        "label_smoothing",
        "identity_penalty",
        "consistency_weight",
        "perturbation",
        "curriculum",
    )
    keeps_predictions = False

    data = "glasses"
    input_size: Size = (SIDE, SIDE)

    def config(
        self, model: str, transform: str | None = None, folder: Path | None = None
    ) -> CompositorConfig:
        """Config of the compositor; its transform is a similarity by default.

        Lin et al. use homographies. With four parameters instead of eight, there are fewer ways
        to satisfy a critic that is still weak.
        """
        return CompositorConfig(model, self.input_size, transform=transform or "similarity")

    def find_images(self, request: ImageRequest) -> tuple[ImageSource, str | None]:
        """Drawn faces; no files are needed."""
        return DressedFaces(request.part, self.input_size[0], request.device), None

    def sample_losses(
        self, output: Output, labels: Float[Tensor, "b 8 2"], smoothing: float
    ) -> Float[Tensor, " b"]:
        """Zeros: the network adds its own adversarial loss, from its critic."""
        return torch.zeros_like(labels[:, 0, 0])

    def errors(
        self, logits: Float[Tensor, "b 8"], labels: Float[Tensor, "b 8 2"]
    ) -> Bool[Tensor, " b"]:
        """Inputs where the glasses are not on the eyes: the corner error is above ``OFF``."""
        return corner_errors(logits, labels) > OFF

    def describe_prediction(
        self, output: Output, labels: Float[Tensor, "1 8 2"]
    ) -> tuple[tuple[Prediction, ...], Prediction]:
        """Describe the corner error after each step, and overall from start to end."""
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
        """Mean corner error at the start and after each step, in half images."""
        with evaluation_mode(model):
            off = [
                corner_errors_per_step(model(images).steps, labels)
                for images, labels in pictures.once()
            ]
        means = torch.cat(off, dim=1).mean(dim=1).tolist()
        return {"corner_errors": [round(mean, 4) for mean in means]}


def _unfinished(scenes: Scenes, side: int) -> Float[Tensor, "b 7 s s"]:
    """Seven-channel inputs: a face, and glasses at their start."""
    return torch.cat([scenes.background(side), scenes.foreground(side)], dim=1)


EXPERIMENTS.add(GlassesExperiment.data, GlassesExperiment())
