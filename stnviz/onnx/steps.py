"""The answers of the Steps page as graphs: what was arranged in, every step of a network out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from stnviz.analysis.corner_error import corner_errors_per_step
from stnviz.analysis.step_trace import follow_steps
from stnviz.checkpoints.card import Card
from stnviz.coordinates import aspect_of
from stnviz.data.arrangement import EditableSource
from stnviz.data.clutter import Pieces, paste
from stnviz.data.digits import DIGIT
from stnviz.data.faces.glasses import Glasses, render_glasses
from stnviz.data.faces.poses import box_corners, lying_between
from stnviz.data.sequences import LENGTH, corner_at, frames, middles, paste_digits
from stnviz.experiments.catalogue import EXPERIMENTS
from stnviz.experiments.glasses import NARROWEST
from stnviz.experiments.iterative import is_convex, with_corners_at
from stnviz.models import Model, Output
from stnviz.onnx.distorted import PIECES
from stnviz.onnx.graph import Graph
from stnviz.onnx.network import card_entries, class_names
from stnviz.records.lattices import WINDOW_LATTICE
from stnviz.transforms.thin_plate_spline import control_points


@dataclass(frozen=True)
class Drawn:
    """An image as its handles arrange it; the fields are those of an ``Arrangement``.

    Args:
        images: (1, C, H, W) in [0, 1].
        handles: (n, 2) where they are.
        frames: (m, 4, 2) corners of the movable objects.
        valid: () whether an image can be drawn so.
    """

    images: Tensor
    handles: Tensor
    frames: Tensor
    valid: Tensor


class StepsAnswer(nn.Module):
    """Draws an image, runs a multi-step network on it and follows its window from step to step.

    Outputs are ``arranged`` (where the handles are), ``frames`` and ``valid``, the fields of
    :class:`stnviz.analysis.step_trace.StepPath`, the pose after each step (``pose.angle`` and so
    on), and the probabilities after each step or at each place.

    Args:
        model: a network of the Steps page.
    """

    def __init__(self, model: Model) -> None:
        super().__init__()
        self.model = model
        self.transform = model.config.create_transform() if model.config.transform else None

    def draw(self, *given: Tensor) -> Drawn:
        """The image, from its ingredients and then the handles."""
        raise NotImplementedError

    def read(self, output: Output, drawn: Drawn, *given: Tensor) -> dict[str, Tensor]:
        """What the prediction is put into words from: here the probabilities."""
        after = output.step_logits or (output.logits.flatten(0, -2),)
        return {"probabilities": torch.cat(after).softmax(dim=-1)}

    def forward(self, *given: Tensor) -> dict[str, Tensor]:
        """All steps on one image."""
        drawn = self.draw(*given)
        images = drawn.images
        output = self.model(images)
        found = {
            "picture": images, "arranged": drawn.handles, "frames": drawn.frames,
            "valid": drawn.valid.float()[None], **self.read(output, drawn, *given),
        }  # fmt: skip
        if self.transform is None:
            return found
        layers = images if self.model.composites else None
        path = follow_steps(
            self.model, output, images, control_points(WINDOW_LATTICE), drawn.frames[:1], layers
        )
        found |= vars(path)
        added, own = found.pop("added"), found.pop("own")
        found |= self._poses("pose", path.thetas)
        if layers is not None:
            found["layers"] = layers
        if self.model.residual_warps:  # else they are the same as without "own"
            found |= {"own": own, **self._poses("own_pose", added)}
        return found

    def _poses(self, kind: str, thetas: Tensor) -> dict[str, Tensor]:
        assert self.transform is not None
        pose = self.transform.measure(thetas, aspect_of(self.model.config.input_size))
        return {f"{kind}.{name}": numbers for name, numbers in pose.items()}


class PerturbedDigit(StepsAnswer):
    """Steps on a clean digit (1, 1, 28, 28) whose frame's corners are at the handles (1, 4, 2)."""

    def draw(self, *given: Tensor) -> Drawn:
        """The perturbed digit."""
        digit, handles = given
        images = with_corners_at(digit, handles)
        return Drawn(images, handles[0], handles.clone(), is_convex(handles[0]))


class RowOfDigits(StepsAnswer):
    """Steps on three digits (1, 3, 28, 28) whose centres are at the handles (1, 3, 2)."""

    def draw(self, *given: Tensor) -> Drawn:
        """The digits among as many pieces of others as the last number says."""
        digits, pieces, at, handles, distractors = given
        places = corner_at(handles[0])[None]
        images = paste(paste_digits(digits, places), Pieces(pieces, at.long()), distractors)
        return Drawn(images, middles(places)[0], frames(places)[0], handles.isfinite().all())


class FaceWithGlasses(StepsAnswer):
    """Steps on a face (1, 3, H, W) and glasses whose lenses are at the handles (1, 2, 2)."""

    def draw(self, *given: Tensor) -> Drawn:
        """The seven layers of the composite."""
        background, glasses, _, handles = given
        start = lying_between(*handles.unbind(1))
        foreground = render_glasses(Glasses.from_row(glasses), start, background.shape[-1])
        wide = (handles[0, 0] - handles[0, 1]).norm() >= NARROWEST
        images = torch.cat([background, foreground], dim=1)
        return Drawn(images, handles[0], box_corners(start), wide)

    def read(self, output: Output, drawn: Drawn, *given: Tensor) -> dict[str, Tensor]:
        """How far the glasses are off (T + 1), at the start and after each step."""
        _, _, worn, _ = given
        off = corner_errors_per_step(output.steps, torch.cat([drawn.frames, worn], dim=1))
        return {"off": off[:, 0]}


ANSWERS = {"iterative": PerturbedDigit, "sequences": RowOfDigits, "compositor": FaceWithGlasses}
"""The answers by the family of the network."""

RANGES = {
    "digit": f"(1, 1, {DIGIT}, {DIGIT}) the clean digit, grey levels in [0, 1]",
    "digits": f"(1, {LENGTH}, {DIGIT}, {DIGIT}) clean digits, grey levels in [0, 1]",
    "background": "(1, 3, height, width) colours of the face, in [0, 1]",
    "glasses": "(1, 12) what they look like: stnviz.data.faces.glasses.Glasses",
    "worn": "(1, 4, 2) corners of the glasses where they belong",
    "handles": "(1, n, 2) corners of the digit, centres of digits, or of lenses, in [-1, 1]",
    "distractors": "(1) how many of the pieces are pasted",
    **PIECES,
}
"""What each input is."""


def steps_graph(model: Model, card: Card) -> Graph:
    """The graph that answers the Steps page for one network."""
    shown, _ = EXPERIMENTS.get(card.data).open("shown", None, torch.device("cpu"))
    assert isinstance(shown, EditableSource)
    arranged = shown.arrange(0)
    inputs = {**shown.ingredients(0), "handles": arranged.handles.float()[None]}
    if arranged.distractors is not None:
        inputs["distractors"] = torch.tensor([float(arranged.distractors)])
    about: dict[str, Any] = {
        "kind": "steps", "card": card_entries(card), "classes": class_names(card),
        "lattice": WINDOW_LATTICE,
    }  # fmt: skip
    ranges = {name: RANGES[name] for name in inputs}
    return Graph(ANSWERS[card.family](model), inputs, ranges, about=about)
