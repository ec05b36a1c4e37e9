"""The answers of the Steps page as graphs: what was arranged in, every step of a network out."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from stnviz.analysis.step_trace import follow_steps
from stnviz.checkpoints.card import Card
from stnviz.coordinates import aspect_of
from stnviz.data.clutter import Pieces, paste
from stnviz.data.digits import DIGIT
from stnviz.data.sequences import CANVAS, CLUTTER, LENGTH, PATCH, paste_digits
from stnviz.experiments.iterative import with_corners_at
from stnviz.models import Model
from stnviz.onnx.graph import Graph
from stnviz.onnx.network import (
    WITHOUT_CLASSES,
    card_entries,
    channels_of,
    class_names,
    example_images,
)
from stnviz.onnx.play import PIECES, example_pieces
from stnviz.records.lattices import WINDOW_LATTICE
from stnviz.transforms.projective import corners
from stnviz.transforms.thin_plate_spline import control_points


class StepsAnswer(nn.Module):
    """Runs a multi-step network on one image and follows its window from step to step.

    Outputs are the fields of :class:`stnviz.analysis.step_trace.StepPath`, the poses, and the
    probabilities after each step or at each place.

    Args:
        model: a network of the Steps page.
        classes: whether it has any.
    """

    def __init__(self, model: Model, *, classes: bool = True) -> None:
        super().__init__()
        self.model, self.classes = model, classes
        self.transform = model.config.create_transform() if model.config.transform else None

    def draw(self, *arranged: Tensor) -> Tensor:
        """The image (1, C, H, W) of what was arranged; here the image itself."""
        return arranged[0]

    def forward(self, *arranged: Tensor) -> dict[str, Tensor]:
        """All steps on one image."""
        images = self.draw(*arranged)
        output = self.model(images)
        found = {"picture": images}
        if self.classes:
            after = output.step_logits or (output.logits.flatten(0, -2),)
            found["probabilities"] = torch.cat(after).softmax(dim=-1)
        if self.transform is None:
            return found
        composites = self.model.composites
        path = follow_steps(
            self.model, output, images, control_points(WINDOW_LATTICE),
            arranged[1] if composites else corners(1), images if composites else None,
        )  # fmt: skip
        found |= vars(path)
        added, own = found.pop("added"), found.pop("own")
        found["poses"] = self._poses(path.thetas)
        if self.model.residual_warps:  # else they are the same as without "own"
            found |= {"own": own, "own_poses": self._poses(added)}
        return found

    def _poses(self, thetas: Tensor) -> Tensor:
        assert self.transform is not None
        pose = self.transform.measure(thetas, aspect_of(self.model.config.input_size))
        return torch.stack(list(pose.values()), dim=1)


class PerturbedDigit(StepsAnswer):
    """Steps on a clean digit (1, 1, 28, 28) whose frame's corners are at ``handles`` (1, 4, 2)."""

    def draw(self, *arranged: Tensor) -> Tensor:
        """The perturbed digit."""
        digit, handles = arranged
        return with_corners_at(digit, handles)


class RowOfDigits(StepsAnswer):
    """Steps on three digits (1, 3, 28, 28) at ``corners`` (1, 3, 2), among distractors."""

    def draw(self, *arranged: Tensor) -> Tensor:
        """The digits among pieces of others."""
        digits, places, count, pieces, piece_places = arranged
        canvas = paste_digits(digits, places.long())
        return paste(canvas, Pieces(pieces, piece_places.long()), count)


def steps_graph(model: Model, card: Card) -> Graph:
    """The graph that answers the Steps page for one network."""
    generator = torch.Generator().manual_seed(0)
    about: dict[str, Any] = {
        "kind": "steps", "card": card_entries(card), "classes": class_names(card),
        "lattice": WINDOW_LATTICE, "pose": _pose_names(model),
    }  # fmt: skip
    if card.family == "iterative":
        inputs = {
            "digit": example_images(1, 1, (DIGIT, DIGIT)),
            "handles": 0.8 * corners(1),
        }
        ranges = {
            "digit": f"(1, 1, {DIGIT}, {DIGIT}) the clean digit, grey levels in [0, 1]",
            "handles": "(1, 4, 2) corners of its frame in the image, clockwise from the top left",
        }
        return Graph(PerturbedDigit(model), inputs, ranges, about=about)
    if card.family == "sequences":
        places = torch.arange(LENGTH)[:, None] * torch.tensor([DIGIT, 3]) + 8
        inputs = {
            "digits": example_images(1, LENGTH, (DIGIT, DIGIT)),
            "corners": places.float()[None],
            "distractors": torch.tensor([float(CLUTTER)]),
            **example_pieces(generator, PATCH, CANVAS),
        }
        ranges = {
            "digits": f"(1, {LENGTH}, {DIGIT}, {DIGIT}) clean digits, grey levels in [0, 1]",
            "corners": f"(1, {LENGTH}, 2) column and row of each digit's top left pixel",
            "distractors": "(1) how many of the pieces are pasted",
            **PIECES,
        }
        return Graph(RowOfDigits(model), inputs, ranges, about=about)
    layers = example_images(1, channels_of(card), model.config.input_size)
    inputs = {"layers": layers, "frame": 0.5 * corners(1)}
    ranges = {
        "layers": "(1, 7, height, width) the background's colours, the foreground's and its "
        "opacity, in [0, 1]",
        "frame": "(1, 4, 2) corners of the foreground's box in the image",
    }
    classes = card.family not in WITHOUT_CLASSES
    return Graph(StepsAnswer(model, classes=classes), inputs, ranges, about=about)


def _pose_names(model: Model) -> list[str]:
    """The names of a pose's numbers, in the order of the outputs ``poses`` and ``own_poses``."""
    if model.config.transform is None:
        return []
    transform = model.config.create_transform()
    return list(transform.measure(transform.identity()[None]))
