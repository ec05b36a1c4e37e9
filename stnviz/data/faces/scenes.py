"""Faces without glasses and glasses without faces, and where the ones belong on the others."""

from __future__ import annotations

from dataclasses import dataclass, fields, is_dataclass
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from stnviz.compositing import lay_on
from stnviz.coordinates import sample
from stnviz.data.faces.glasses import Glasses, draw_glasses, render_glasses
from stnviz.data.faces.heads import Faces, draw_faces, render_faces
from stnviz.data.faces.poses import box_corners, draw_poses, draw_starts, worn
from stnviz.data.numbers.sampling import Random
from stnviz.transforms import Projective


@dataclass(frozen=True)
class Scenes:
    """Faces and glasses that are to be brought together, at no size yet.

    Args:
        faces: what they look like.
        pose: (B, 3, 3) from the picture to each face.
        glasses: what they look like.
        start: (B, 3, 3) from the picture to the glasses where they lie at first.
    """

    faces: Faces
    pose: Float[Tensor, "b 3 3"]
    glasses: Glasses
    start: Float[Tensor, "b 3 3"]

    def only(self, index: int) -> Scenes:
        """One of them, as a batch of one."""
        return _row(self, index)

    def background(self, side: int) -> Float[Tensor, "b 3 s s"]:
        """Faces without glasses."""
        return render_faces(self.faces, self.pose, side)

    def foreground(self, side: int) -> Float[Tensor, "b 4 s s"]:
        """Glasses where they lie at first, with their opacity."""
        return render_glasses(self.glasses, self.start, side)

    def theta(self) -> Float[Tensor, "b 8"]:
        """The projective map through which the foreground must be read to lie on the eyes."""
        matrix = torch.linalg.inv(self.start) @ worn(self.pose)
        return (matrix / matrix[:, 2:, 2:]).flatten(1)[:, :8]

    def corners(self) -> Float[Tensor, "b 8 2"]:
        """Of the glasses in the picture: four where they lie at first, four on the eyes."""
        return torch.cat([box_corners(self.start), box_corners(worn(self.pose))], dim=1)

    def finished(self, side: int) -> Float[Tensor, "b 3 s s"]:
        """Faces that wear the glasses.

        The glasses are read out of a picture of their own, as those of a network are: what tells
        the one from the other is where they lie, and not how sharp they are.
        """
        foreground = self.foreground(side)
        return lay_on(
            self.background(side), sample(foreground, Projective().grid(self.theta(), (side, side)))
        )


def draw_scenes(count: int, generator: torch.Generator) -> Scenes:
    """Scenes of people that do not exist; they can be drawn at any size.

    Args:
        count: how many.
        generator: on the device where they are drawn.
    """
    random = Random(count, generator)
    pose, turn = draw_poses(random)
    return Scenes(draw_faces(random, turn), pose, draw_glasses(random), draw_starts(random))


def _row(scenes: Any, index: int) -> Any:
    """The same with one row of every tensor."""
    if is_dataclass(scenes) and not isinstance(scenes, type):
        parts = {f.name: _row(getattr(scenes, f.name), index) for f in fields(scenes)}
        return type(scenes)(**parts)
    return scenes[index : index + 1]
