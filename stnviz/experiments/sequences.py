"""Recurrent STNs on cluttered sequences of three digits (Sønderby et al. 2015)."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch
from torch import Tensor

from stnviz.analysis.glimpse_overlap import distances, successive_overlap
from stnviz.analysis.windows import predict
from stnviz.data.arrangement import Arrangement, Handles, InvalidArrangement
from stnviz.data.clutter import draw_pieces
from stnviz.data.digits import Digits
from stnviz.data.distortions import MAX_PATCHES
from stnviz.data.image_source import (
    TEST_SEED,
    Batch,
    ImageSource,
    SeededSource,
    mix_seed,
)
from stnviz.data.sequences import (
    CANVAS,
    CLUTTER,
    LENGTH,
    PATCH,
    corner_at,
    draw_places,
    draw_sequences,
    frames,
    middles,
)
from stnviz.experiments.contract import EXPERIMENTS, Experiment, ImageRequest
from stnviz.experiments.digits import open_digits
from stnviz.experiments.multi_place import MultiPlaceExperiment, place_losses
from stnviz.models import Model
from stnviz.models.budget import fit_width
from stnviz.models.output import Output
from stnviz.models.sequences import SequenceConfig, SequenceNetwork
from stnviz.shapes import Float, Int

NEIGHBOURS = 9
"""Seed of the combination of digits to sequences in a test set."""

TEST_BATCH = 100
WINDOW = 0.35
"""Size of a translation window, as a share of the image."""

BUDGET = 400_000
"""Number of parameters of every network, a third of the paper's."""

VALIDATED = 500
"""Number of validation sequences; small, because each takes three glimpses."""


class Sequences(SeededSource):
    """Images of three digits in a row among clutter.

    In a complete test set, every digit is once the first, once the second and once the third.

    Args:
        digits: clean digits.
        device: device of the digits and of the batches.
        most: maximum number of test sequences; as many as digits by default.
    """

    batch_size = TEST_BATCH
    refusal = f"Give {LENGTH} places, one for each digit."

    def __init__(self, digits: Digits, device: torch.device, most: int | None = None) -> None:
        self.device, self.source = device, digits.source
        self.images = torch.from_numpy(digits.images).to(device)
        self.labels = torch.from_numpy(digits.labels).to(device).long()
        shuffled = np.random.default_rng(NEIGHBOURS)
        orders = [np.arange(len(digits)), *(shuffled.permutation(len(digits)) for _ in range(2))]
        self.which = torch.from_numpy(np.stack(orders, axis=1))[:most]

    def __len__(self) -> int:
        return len(self.which)

    def draw(self, count: int, seed: int, step: int) -> Batch:
        """``count`` random sequences; a function of (seed, step)."""
        generator = torch.Generator(self.device).manual_seed(mix_seed(seed, step))
        which = torch.randint(
            len(self.labels), (count, LENGTH), generator=generator, device=self.device
        )
        return self._draw(which, draw_places(count, generator), generator)

    def make_batch(self, number: int, seed: int) -> Batch:
        """Test batch ``number``: sequences in order."""
        return self._draw(*self._begin(number, seed))

    def middles(self, seed: int = TEST_SEED) -> Float[Tensor, "m n 2"]:
        """Centres of all digits of a test set, in the order of :meth:`once`."""
        places = [self._begin(number, seed)[1] for number in range(self.batches)]
        return middles(torch.cat(places))

    def arrange(
        self, index: int, handles: Handles | None = None, distractors: int | None = None
    ) -> Arrangement:
        """Sequence number ``index`` with the centres of its digits and the distractors as given.

        Its labels are in order from left to right, wherever the digits were moved.

        Raises:
            InvalidArrangement: the handles are not three finite points.
        """
        part, row = divmod(index, TEST_BATCH)
        which, places, generator = self._begin(part, TEST_SEED)
        if handles is not None:
            if handles.shape != (LENGTH, 2) or not bool(handles.isfinite().all()):
                raise InvalidArrangement(self.refusal)
            places[row] = corner_at(handles)
        amount = CLUTTER if distractors is None else distractors
        here = slice(row, row + 1)
        images, labels = self._draw(which, places, generator, torch.tensor([float(amount)]), here)
        order = places[row, :, 0].argsort(stable=True)
        return Arrangement(
            images, labels[:, order], middles(places[here])[0], "digit",
            frames(places[here])[0], amount,
        )  # fmt: skip

    def ingredients(self, index: int) -> Mapping[str, Tensor]:
        """The three clean digits, and all pieces of others that can be among them."""
        part, row = divmod(index, TEST_BATCH)
        which, _, generator = self._begin(part, TEST_SEED)
        digits = self.images[which.to(self.device)].to(generator.device).float() / 255
        pieces = draw_pieces(
            digits.flatten(0, 1)[:, None], 1, (CANVAS, CANVAS), MAX_PATCHES, generator, PATCH,
            (row, len(which)),
        )  # fmt: skip
        return {
            "digits": digits[row : row + 1], "pieces": pieces.images,
            "places": pieces.places.float(),
        }  # fmt: skip

    def _begin(
        self, part: int, seed: int
    ) -> tuple[Int[Tensor, "b n"], Int[Tensor, "b n 2"], torch.Generator]:
        """A test batch's digit indices, their positions, and the generator for its clutter."""
        which = self.which[part * TEST_BATCH :][:TEST_BATCH]
        generator = torch.Generator().manual_seed(mix_seed(seed, part))
        return which, draw_places(len(which), generator), generator

    def _draw(
        self,
        which: Int[Tensor, "b n"],
        places: Int[Tensor, "b n 2"],
        generator: torch.Generator,
        distractors: Float[Tensor, " r"] | None = None,
        rows: slice = slice(None),
    ) -> Batch:
        """Draw some ``rows`` of a batch; clutter is cut from the digits of the whole batch."""
        which = which.to(self.device)
        digits = self.images[which].to(generator.device).float() / 255
        images = draw_sequences(
            digits[rows], places[rows], digits.flatten(0, 1)[:, None], generator, distractors,
            (rows.start or 0, len(which)),
        )  # fmt: skip
        return images.to(self.device), self.labels[which[rows]]


class SequenceExperiment(MultiPlaceExperiment):
    """RNN-SPNs with several glimpse sizes, an FFN-SPN, and a plain CNN."""

    family = "sequences"
    source = "Sønderby et al. 2015, arXiv 1509.05329"
    models = SequenceConfig.names
    # Windows with a free scale grow until they contain all digits, and the classifier learns to
    # pick the right one. Windows of a small fixed size must follow the digits.
    transforms = (
        "translation",
        *(name for name in Experiment.transforms if name != "translation"),
    )
    unused_hyperparameters = ("elastic_augmentation", "consistency_weight", "curriculum")

    data = "sequences"
    input_size = (CANVAS, CANVAS)

    def config(
        self, model: str, transform: str | None = None, folder: Path | None = None
    ) -> SequenceConfig:
        """Config of the network ``model``, as wide as 400,000 parameters allow.

        Translation windows are about a third of the image in size, a quarter larger than a digit,
        so that a slightly misplaced window still contains the whole digit.
        """
        options = {"scale": WINDOW} if transform == "translation" else {}

        def build(units: int) -> SequenceConfig:
            return SequenceConfig(
                model, self.input_size, LENGTH, units,
                transform=transform, transform_options=options,
            )  # fmt: skip

        return fit_width(build, SequenceNetwork, BUDGET)

    def window_losses(
        self, output: Output, labels: Int[Tensor, "b n"], smoothing: float
    ) -> Float[Tensor, "b n"]:
        """Each window is responsible for the loss of its own digit."""
        return place_losses(output, labels, smoothing)

    def find_images(self, request: ImageRequest) -> tuple[ImageSource, str | None]:
        """Sequences of the digits that the other digit experiments use for this part."""
        digits, notice = open_digits(request.part, request.folder)
        most = VALIDATED if request.part == "validation" else None
        return Sequences(digits, request.device, most), notice

    def metrics(self, model: Model, pictures: ImageSource) -> dict[str, Any]:
        """The error of single digits, as in the paper, and the positions of the glimpses.

        ``overlap`` is how much each glimpse overlaps with the one before; ``away`` is the distance
        of its centre from that of its digit, in pixels.
        """
        found = predict(model, pictures, self.errors)
        details: dict[str, Any] = {"digit_error": float((found.answers != found.labels).mean())}
        if found.corners.shape[1]:
            shares = successive_overlap(found.corners).round(4).tolist()
            details["overlap"] = shares
            places = cast(Sequences, pictures).middles().numpy()
            away = CANVAS / 2 * distances(found.corners, places)
            details["away"] = away.round(2).tolist()
        return details


EXPERIMENTS.add(SequenceExperiment.data, SequenceExperiment())
